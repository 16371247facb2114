// Covers: model and collector against what real interpreters did (corpus/conformance), and reading and writing of
// conformance files with bad input.
// Does not cover: live interpreters.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "harness/collector/impl_subject.hpp"
#include "harness/stored/conformance.hpp"
#include "harness/subjects/model_subject.hpp"
#include "harness/system/gzip.hpp"

namespace cyclecheck {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> corpus_files() {
  std::vector<std::string> paths;
  for (const auto& entry : fs::directory_iterator(CYCLECHECK_SOURCE_DIR "/corpus/conformance")) {
    if (is_conformance_file(entry.path().string())) paths.push_back(entry.path().string());
  }
  return paths;
}

std::vector<std::unique_ptr<Subject>> both_sides() {
  std::vector<std::unique_ptr<Subject>> sides;
  sides.push_back(std::make_unique<ModelSubject>());
  sides.push_back(std::make_unique<ImplSubject>());
  return sides;
}

TEST(Conformance, ModelAndCollectorDoWhatRealInterpretersDid) {
  const std::vector<std::string> paths = corpus_files();
  ASSERT_GE(paths.size(), 6U);
  std::map<std::string, std::size_t> cases_of;
  for (const std::string& path : paths) {
    const auto read = read_conformance(path);
    ASSERT_TRUE(std::holds_alternative<Conformance>(read)) << std::get<FileError>(read).message;
    const Conformance& conformance = std::get<Conformance>(read);
    // "CPython 3.11.7, Linux x86_64"
    cases_of[conformance.interpreter.substr(0, conformance.interpreter.find(','))] += conformance.cases.size();
    for (const auto& subject : both_sides()) {
      const ConformanceSummary summary = check_conformance(
          conformance, *subject, [&](const ConformanceCase& item, const ConformanceDifference& difference) {
            ADD_FAILURE() << subject->name() << ", " << path << ":" << item.line << ", operation "
                          << difference.operation << ": expected " << difference.expected << ", found "
                          << difference.found;
          });
      EXPECT_EQ(summary.traces, conformance.cases.size());
      EXPECT_EQ(summary.agree, summary.traces);
    }
  }
  EXPECT_GE(cases_of.size(), kProfiles);
  for (const auto& [interpreter, cases] : cases_of) EXPECT_GE(cases, 500U) << interpreter;
}

// --- files ---

constexpr const char* kSmall =
    "cyclecheck-conformance 1\n"
    "interpreter CPython 3.11.7\n"
    "observed every\n"
    "events died count\n"
    "trace one\n"
    "cyclecheck-trace 1\n"
    "profile python3.11\n"
    "new a node\n"
    "drop a\n"
    "log\n"
    "cyclecheck-log 1\n"
    "0: new a node\n"
    "  count 1 0 0\n"
    "1: drop a\n"
    "  died a\n"
    "  count 0 0 0\n"
    "end\n";

class ConformanceFile : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("conformance_test_" + std::to_string(::getpid()));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& bytes) {
    const std::string path = (folder_ / name).string();
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }
  std::string error_of(const std::string& text) {
    const auto read = read_conformance(write("bad.conformance", text));
    return std::holds_alternative<FileError>(read) ? std::get<FileError>(read).message : "no error";
  }

  fs::path folder_;
};

TEST_F(ConformanceFile, SurvivesWritingAndReading) {
  const auto first = read_conformance(write("small.conformance", kSmall));
  ASSERT_TRUE(std::holds_alternative<Conformance>(first)) << std::get<FileError>(first).message;
  for (const char* name : {"again.conformance", "again.conformance.gz"}) {
    const std::string path = (folder_ / name).string();
    ASSERT_TRUE(std::holds_alternative<std::monostate>(write_conformance(std::get<Conformance>(first), path)));
    const auto second = read_conformance(path);
    ASSERT_TRUE(std::holds_alternative<Conformance>(second)) << std::get<FileError>(second).message;
    const Conformance& conformance = std::get<Conformance>(second);
    EXPECT_EQ(conformance.interpreter, "CPython 3.11.7");
    ASSERT_EQ(conformance.cases.size(), 1U);
    EXPECT_EQ(conformance.cases[0].trace, std::get<Conformance>(first).cases[0].trace);
    EXPECT_EQ(conformance.cases[0].log, std::get<Conformance>(first).cases[0].log);
  }
}

TEST_F(ConformanceFile, AWrongRecordIsFound) {
  std::string wrong = kSmall;
  wrong.replace(wrong.find("count 0 0 0"), 11, "count 7 0 0");
  const auto read = read_conformance(write("wrong.conformance", wrong));
  ASSERT_TRUE(std::holds_alternative<Conformance>(read));
  for (const auto& subject : both_sides()) {
    std::string found;
    const auto summary = check_conformance(
        std::get<Conformance>(read), *subject,
        [&](const ConformanceCase& /*item*/, const ConformanceDifference& d) { found = d.expected + " / " + d.found; });
    EXPECT_EQ(summary.agree, 0U);
    EXPECT_EQ(found, "count 7 0 0 / count 0 0 0");
  }
}

TEST_F(ConformanceFile, BadInputIsNamedWithItsLine) {
  const std::string whole = kSmall;
  const auto has = [](const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  };
  EXPECT_TRUE(has(error_of(""), "bad.conformance:1: expected 'cyclecheck-conformance 1'"));
  EXPECT_TRUE(has(error_of("cyclecheck-conformance 9\n"), ":1: this version of the format is not known"));
  EXPECT_TRUE(has(error_of("cyclecheck-conformance 1\ninterpreter X\nobserved full\nevents died flew\n"),
                  ":4: 'flew' is no kind"));
  EXPECT_TRUE(
      has(error_of("cyclecheck-conformance 1\ninterpreter X\nobserved twice\n"), ":3: expected 'observed every'"));
  EXPECT_TRUE(has(error_of(whole.substr(0, whole.find("log\n"))), "the file ends within trace 'one'"));
  EXPECT_TRUE(has(error_of(whole.substr(0, whole.size() - 4)), "the file ends within the log of trace 'one'"));
  std::string misspelled = whole;
  misspelled.replace(misspelled.find("drop a"), 4, "drip");
  EXPECT_TRUE(has(error_of(misspelled), "bad.conformance:9:1: expected an operation")) << error_of(misspelled);
  EXPECT_TRUE(has(error_of(gzip(whole).substr(0, 60)), "bad.conformance: "));
}

}  // namespace
}  // namespace cyclecheck
