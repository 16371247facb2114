// The model against the python3 of this machine, live, at level `order`.
//
// Covers: a few hundred generated traces at every observation, all operations among them; that a divergence is found
// and shrunk; what the driver may lack. Does not cover other versions: `cyclecheck conform --all-pythons`; which
// interpreters are found: interpreters_test.cpp.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "harness/cpython/cpython_subject.hpp"
#include "harness/cpython/driver_build.hpp"
#include "harness/cpython/external_subjects.hpp"
#include "harness/generate/generate_trace.hpp"
#include "harness/search/find_failures.hpp"
#include "harness/subjects/model_subject.hpp"
#include "properties/support/environment.hpp"
#include "properties/support/quiet_listener.hpp"
#include "properties/support/temporary_directory.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

namespace fs = std::filesystem;

class CpythonTest : public testing::Test {
 protected:
  // A machine may have no python3, or one without headers, or one that the driver does not know: the reason is printed.
  // Where ci/test runs there is one, and all is compared.
  void SetUp() override {
    try {
      interpreter_ = ask_interpreter("python3");
      subject_ = make_cpython_subject(interpreter_);
    } catch (const SubjectError& error) {
      if (std::getenv("CYCLECHECK_NEEDS_ALL") != nullptr) FAIL() << error.what();
      GTEST_SKIP() << error.what();
    }
  }

  [[nodiscard]] GenerateOptions generated() const { return {.profile = interpreter_.profile, .max_operations = 300}; }

  // The interpreter's subject, of which `change` makes another one.
  using Change = std::function<std::unique_ptr<Subject>(std::unique_ptr<Subject>)>;

  SearchResult search(std::uint64_t seed, std::uint64_t traces, std::uint64_t observe_every,
                      const Change& change = {}) {
    SubjectEntry entry = open_interpreter(interpreter_, "cpython", std::chrono::seconds{10});
    if (change) entry.make = [make = entry.make, change] { return change(make()); };
    SearchOptions options;
    options.workers.observe_every = observe_every;
    options.shrink_time = std::chrono::seconds{20};
    options.max_findings = 1;
    options.findings = directory_.file("findings");
    GeneratedTraces::Options drawing;
    drawing.seed = seed;
    drawing.profiles = {interpreter_.profile};
    drawing.traces = traces;
    drawing.max_operations = 300;
    return find_failures(entry, GeneratedTraces(std::move(drawing)), options, quiet_);
  }

  TemporaryDirectory directory_;
  QuietListener quiet_;
  Interpreter interpreter_;
  std::unique_ptr<ProcessSubject> subject_;
};

std::string describe(const SearchResult& result) {
  std::string text = result.error ? result.error->message : std::string{};
  for (const Finding& finding : result.findings) {
    text += finding.investigation.signature + "\n" + print_trace(finding.investigation.trace);
  }
  return text;
}

TEST_F(CpythonTest, AgreesWithTheModel) {
  const SearchResult result = search(1, 600, 8);
  EXPECT_EQ(result.progress.sum().counters.traces, 600U);
  EXPECT_EQ(result.progress.sum().counters.failures, 0U) << describe(result);
  const auto& reach = result.progress.profiles.at(0).counters.reach;
  EXPECT_GT(reach[static_cast<std::size_t>(Reached::callback_fired)], 0U);
  EXPECT_GT(reach[static_cast<std::size_t>(Reached::uncollectable)], 0U);
}

TEST_F(CpythonTest, AgreesWhenEverythingIsListed) {
  const SearchResult result = search(2, 200, 1);
  EXPECT_EQ(result.progress.sum().counters.traces, 200U);
  EXPECT_EQ(result.progress.sum().counters.failures, 0U) << describe(result);
}

TEST_F(CpythonTest, AllOperationsOccurAndAreKnown) {
  std::array<bool, kOpCodes> seen{};
  for (std::uint64_t index = 0; index < 600; ++index) {
    const Trace trace = generate(1, index, generated());
    for (const Operation& operation : trace.operations) seen[static_cast<std::size_t>(operation.code)] = true;
    for (const Script& script : trace.scripts) {
      for (const Operation& operation : script) seen[static_cast<std::size_t>(operation.code)] = true;
    }
  }
  for (const OperationInfo& row : all_operations()) {
    EXPECT_EQ(seen[static_cast<std::size_t>(row.code)], subject_->knows(row.code)) << row.word;
  }
  EXPECT_EQ(subject_->greeting().operations.size(), kOpCodes);
  EXPECT_EQ(subject_->greeting().profiles, std::vector{interpreter_.profile});
  EXPECT_EQ(subject_->level(), Level::order);
}

// The driver cleans up behind each trace: the same trace gives the same log before and after others.
TEST_F(CpythonTest, TracesDoNotInfluenceEachOther) {
  Log first;
  Log again;
  Log other;
  ModelSubject model;
  const auto may_crash = [&](const Trace& trace) {
    model.run(trace, Observe::digest, other);
    return model.reach().is_undefined();
  };
  std::uint64_t compared = 0;
  for (std::uint64_t index = 0; index < 40; ++index) {
    const Trace trace = generate(3, index, generated());
    const Trace between = generate(4, index, generated());
    if (may_crash(trace) || may_crash(between)) continue;
    subject_->run(trace, Observe::every, first);
    subject_->run(between, Observe::digest, other);
    subject_->run(trace, Observe::every, again);
    EXPECT_EQ(first, again) << print_trace(trace);
    ++compared;
  }
  EXPECT_GE(compared, 30U);
}

// CPython, but it keeps quiet about what a proxy answered.
class SilentAboutProxies final : public Subject {
 public:
  explicit SilentAboutProxies(std::unique_ptr<Subject> subject) : subject_(std::move(subject)) {}
  [[nodiscard]] std::string name() const override { return "silent"; }
  [[nodiscard]] Level level() const override { return Level::order; }
  void run(const Trace& trace, Observe observe, Log& log) override {
    Log whole;
    subject_->run(trace, observe, whole);
    log.clear();
    for (std::size_t i = 0; i < whole.operations(); ++i) {
      for (const Event& event : whole.of(i)) {
        if (event.kind != EventKind::used) log.add(event);
      }
      log.end_operation();
    }
  }

 private:
  std::unique_ptr<Subject> subject_;
};

TEST_F(CpythonTest, ADivergenceIsFoundAndShrunk) {
  const SearchResult result = search(1, 3000, 8, [](std::unique_ptr<Subject> subject) {
    return std::make_unique<SilentAboutProxies>(std::move(subject));
  });
  ASSERT_EQ(result.findings.size(), 1U) << describe(result);
  const Investigation& investigation = result.findings[0].investigation;
  EXPECT_EQ(investigation.signature, "missing used");
  // A referent, a proxy, its use.
  EXPECT_LE(investigation.trace.operations.size(), 4U) << print_trace(investigation.trace);
}

TEST_F(CpythonTest, AForeignProfileIsRefused) {
  const ProfileId foreign = interpreter_.profile == ProfileId::python2_7 ? ProfileId::python3_6 : ProfileId::python2_7;
  Log log;
  try {
    subject_->run(empty_trace(foreign), Observe::digest, log);
    FAIL() << "it ran";
  } catch (const SubjectError& error) {
    EXPECT_EQ(error.kind(), SubjectError::Kind::refused);
    EXPECT_NE(std::string(error.what()).find("profile"), std::string::npos) << error.what();
  }
}

TEST_F(CpythonTest, NoCompilerNoHeadersNoCache) {
  const fs::path folder = fs::temp_directory_path() / ("cyclecheck-cache-" + std::to_string(::getpid()));
  const auto problem = [&](const Interpreter& interpreter) -> std::string {
    try {
      (void)make_cpython_subject(interpreter);
    } catch (const SubjectError& error) {
      EXPECT_EQ(error.kind(), SubjectError::Kind::cannot_start);
      return error.what();
    }
    return "it started";
  };
  {
    const Environment cache("XDG_CACHE_HOME", folder.string());
    const Environment compiler("CC", "no-such-compiler");
    EXPECT_NE(problem(interpreter_).find("no C compiler: 'no-such-compiler'"), std::string::npos);
    Interpreter bare = interpreter_;
    bare.include = (folder / "nothing").string();
    EXPECT_NE(problem(bare).find("no headers"), std::string::npos);
  }
  {
    fs::create_directories(folder / "include");
    std::ofstream(folder / "include" / "Python.h") << "#error these are no headers\n";
    const Environment cache("XDG_CACHE_HOME", folder.string());
    Interpreter broken = interpreter_;
    broken.include = (folder / "include").string();
    broken.build += " with other headers";
    const std::string message = problem(broken);
    EXPECT_NE(message.find("does not compile"), std::string::npos) << message;
    EXPECT_NE(message.find("these are no headers"), std::string::npos) << message;
  }
  {
    std::ofstream(folder / "include" / "patchlevel.h") << "#define PY_VERSION \"3.99.7\"\n";
    const Environment cache("XDG_CACHE_HOME", folder.string());
    Interpreter other = interpreter_;
    other.include = (folder / "include").string();
    other.build += " with headers of another version";
    const std::string message = problem(other);
    EXPECT_NE(message.find("are of 3.99.7, and it is " + interpreter_.version), std::string::npos) << message;
    // Scripts, which need no headers, are run instead.
    EXPECT_NE(missing_for_driver(other), std::nullopt);
  }
  {
    // A driver in the cache that is none.
    const Environment cache("XDG_CACHE_HOME", (folder / "damaged").string());
    EXPECT_EQ(problem(interpreter_), "it started");
    for (const auto& entry : fs::recursive_directory_iterator(folder / "damaged")) {
      if (entry.path().extension() == ".so") std::ofstream(entry.path()) << "no library\n";
    }
    const std::string message = problem(interpreter_);
    EXPECT_NE(message.find("the extension does not load"), std::string::npos) << message;
  }
  {
    std::ofstream(folder / "file") << "in the way";
    const Environment cache("XDG_CACHE_HOME", (folder / "file").string());
    EXPECT_NE(problem(interpreter_).find("cannot be written"), std::string::npos);
  }
  fs::remove_all(folder);
}

}  // namespace
}  // namespace cyclecheck
