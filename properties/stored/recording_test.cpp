// Covers: model and collector against what real interpreters did (corpus/conformance), reading and writing of
// recordings with bad input, and which parts of a log are compared with a recording. Does not cover: live interpreters.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "harness/collector/impl_subject.hpp"
#include "harness/stored/stored.hpp"
#include "harness/subjects/model_subject.hpp"
#include "harness/system/gzip.hpp"
#include "properties/support/sanitized.hpp"
#include "trace/log_text.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> corpus_files() {
  std::vector<std::string> paths;
  for (const auto& entry : fs::directory_iterator(CYCLECHECK_SOURCE_DIR "/corpus/conformance")) {
    if (is_recording_file(entry.path().string())) paths.push_back(entry.path().string());
  }
  return paths;
}

std::vector<std::unique_ptr<Subject>> both_sides() {
  std::vector<std::unique_ptr<Subject>> sides;
  sides.push_back(std::make_unique<ModelSubject>());
  sides.push_back(std::make_unique<ImplSubject>());
  return sides;
}

TEST(Recordings, ModelAndCollectorDoWhatRealInterpretersDid) {
  const std::vector<std::string> paths = corpus_files();
  ASSERT_GE(paths.size(), 6U);
  std::map<std::string, std::size_t> traces_of;
  Log log;
  for (const std::string& path : paths) {
    const auto read = read_recording(path);
    ASSERT_TRUE(std::holds_alternative<Recording>(read)) << std::get<FileError>(read).message;
    const Recording& recording = std::get<Recording>(read);
    // "CPython 3.11.7, Linux x86_64"
    traces_of[recording.interpreter.substr(0, recording.interpreter.find(','))] += recording.traces.size();
    for (const auto& subject : both_sides()) {
      for (std::size_t i = 0; i < recording.traces.size(); i += fewer<std::size_t>(1, 20)) {
        const RecordedTrace& recorded = recording.traces[i];
        subject->run(recorded.trace, recording.observe, log);
        const auto divergence = compare_with_recording(recording, recorded, log);
        EXPECT_FALSE(divergence) << subject->name() << ", " << where(recording, recorded) << ": "
                                 << divergence->signature << " at operation " << divergence->operation;
      }
    }
  }
  EXPECT_GE(traces_of.size(), kProfiles);
  for (const auto& [interpreter, traces] : traces_of) EXPECT_GE(traces, 500U) << interpreter;
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

class RecordingFile : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("recording_test_" + std::to_string(::getpid()));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& bytes) {
    const std::string path = (folder_ / name).string();
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }
  std::string error_of(const std::string& text) {
    const auto read = read_recording(write("bad.conformance", text));
    return std::holds_alternative<FileError>(read) ? std::get<FileError>(read).message : "no error";
  }

  fs::path folder_;
};

TEST_F(RecordingFile, SurvivesWritingAndReading) {
  const auto first = read_recording(write("small.conformance", kSmall));
  ASSERT_TRUE(std::holds_alternative<Recording>(first)) << std::get<FileError>(first).message;
  for (const char* name : {"again.conformance", "again.conformance.gz"}) {
    const std::string path = (folder_ / name).string();
    ASSERT_TRUE(std::holds_alternative<std::monostate>(write_recording(std::get<Recording>(first), path)));
    const auto second = read_recording(path);
    ASSERT_TRUE(std::holds_alternative<Recording>(second)) << std::get<FileError>(second).message;
    const Recording& recording = std::get<Recording>(second);
    EXPECT_EQ(recording.interpreter, "CPython 3.11.7");
    ASSERT_EQ(recording.traces.size(), 1U);
    EXPECT_EQ(recording.traces[0].trace, std::get<Recording>(first).traces[0].trace);
    EXPECT_EQ(recording.traces[0].log, std::get<Recording>(first).traces[0].log);
  }
}

TEST_F(RecordingFile, AWrongRecordIsFound) {
  std::string wrong = kSmall;
  wrong.replace(wrong.find("count 0 0 0"), 11, "count 7 0 0");
  const auto read = read_recording(write("wrong.conformance", wrong));
  ASSERT_TRUE(std::holds_alternative<Recording>(read));
  const Recording& recording = std::get<Recording>(read);
  const RecordedTrace& recorded = recording.traces.at(0);
  EXPECT_EQ(where(recording, recorded), (folder_ / "wrong.conformance:5").string());
  for (const auto& subject : both_sides()) {
    Log log;
    subject->run(recorded.trace, recording.observe, log);
    const auto divergence = compare_with_recording(recording, recorded, log);
    ASSERT_TRUE(divergence);
    EXPECT_EQ(divergence->signature, "changed count");
    EXPECT_EQ(divergence->operation, 1U);
    EXPECT_EQ(to_string(divergence->expected.at(divergence->at), recorded.trace), "count 7 0 0");
    EXPECT_EQ(to_string(divergence->actual.at(divergence->at), recorded.trace), "count 0 0 0");
  }
}

TEST_F(RecordingFile, BadInputIsNamedWithItsLine) {
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
  EXPECT_TRUE(has(error_of(gzip(whole).substr(0, 60)), "bad.conformance:"));
  EXPECT_TRUE(has(error_of(gzip(whole).substr(0, 60)), ": the gzip data is truncated"));
}

// --- comparing ---

// A recording of `new a node; collect 2` with every part that one can have.
class ComparedLog : public testing::Test {
 protected:
  ComparedLog() {
    recorded_.trace = std::get<Trace>(parse_trace("cyclecheck-trace 1\nprofile python3.11\nnew a node\ncollect 2\n"));
    recording_.recorded.set();
    recording_.recorded.reset(static_cast<std::size_t>(EventKind::deref));
    recorded_.log = log_of(kEvents);
  }

  // Events of the two operations, in the words of a log.
  struct Events {
    std::string first;
    std::string second;
  };

  [[nodiscard]] Log log_of(const Events& events) const {
    const auto log = parse_log("cyclecheck-log 1\n0: new a node\n" + events.first + "1: collect 2\n" + events.second,
                               recorded_.trace);
    EXPECT_TRUE(std::holds_alternative<Log>(log)) << to_string(std::get<TextError>(log), "log");
    return std::get<Log>(log);
  }

  // The signature with the operation, or "agrees".
  [[nodiscard]] std::string verdict(const Log& log) const {
    const auto divergence = compare_with_recording(recording_, recorded_, log);
    return divergence ? divergence->signature + " at " + std::to_string(divergence->operation) : "agrees";
  }
  [[nodiscard]] std::string verdict(const Events& events) const { return verdict(log_of(events)); }

  const Events kEvents{"  members 1 0 0\n  listed a 0\n  count 1 0 0\n",
                       "  collect 2\n  finalizer a\n  debug_collectable a\n  died a\n  returned 1\n  ran 0 0 1\n"
                       "  members 0 0 0\n  count 0 0 0\n"};
  Recording recording_;
  RecordedTrace recorded_;
};

TEST_F(ComparedLog, KindsThatWereNotRecordedArePassedOver) {
  EXPECT_EQ(verdict(kEvents), "agrees");
  EXPECT_EQ(verdict({"  deref a\n" + kEvents.first, kEvents.second}), "agrees");
}

TEST_F(ComparedLog, DebugLinesAndAnswersHaveNoPlaceIfObservedAfterEveryOperation) {
  const Events moved{kEvents.first,
                     "  debug_collectable a\n  collect 2\n  returned 1\n  finalizer a\n  died a\n  ran 0 0 1\n"
                     "  members 0 0 0\n  count 0 0 0\n"};
  EXPECT_EQ(verdict(moved), "agrees");
  recording_.observe = Observe::full;
  EXPECT_EQ(verdict(kEvents), "agrees");
  EXPECT_EQ(verdict(moved), "reordered collect at 1");
}

TEST_F(ComparedLog, WhatARecordingLeavesOutIsAsBeforeAndWhatASubjectLeavesOutIsMissing) {
  recorded_.log = log_of({kEvents.first, "  collect 2\n  returned 0\n"});
  EXPECT_EQ(verdict({kEvents.first, "  collect 2\n  returned 0\n" + kEvents.first}), "agrees");
  EXPECT_EQ(verdict({kEvents.first, "  collect 2\n  returned 0\n  members 1 0 0\n  listed a 0\n"}),
            "missing count at 1");
  EXPECT_EQ(verdict({kEvents.first, "  collect 2\n  returned 0\n  count 1 0 0\n"}), "missing members at 1");
  recording_.observe = Observe::full;
  EXPECT_EQ(verdict({kEvents.first, "  collect 2\n  returned 0\n"}), "agrees");
}

TEST_F(ComparedLog, AShortLogAndALongOneDiffer) {
  Log log = recorded_.log;
  log.end_operation();
  EXPECT_EQ(verdict(log), "long log at 2");
  Log half;
  for (const Event& event : recorded_.log.of(0)) half.add(event);
  half.end_operation();
  EXPECT_EQ(verdict(half), "missing collect at 1");
  EXPECT_EQ(verdict(Log{}), "missing members at 0");
}

TEST_F(ComparedLog, AgreementIsCountedByKind) {
  Log expected;
  Log found;
  keep_recorded(recording_, recorded_, expected);
  keep_recorded(recording_, recorded_.trace,
                log_of({"  members 1 0 0\n  listed a 1\n", kEvents.second + "  count 9 0 0\n"}), found);
  Agreement agreement;
  count_agreement(expected, found, agreement);
  const auto of = [&](EventKind kind) {
    return std::pair(agreement.recorded[static_cast<std::size_t>(kind)],
                     agreement.agreed[static_cast<std::size_t>(kind)]);
  };
  EXPECT_EQ(of(EventKind::members), std::pair(std::size_t{2}, std::size_t{2}));
  EXPECT_EQ(of(EventKind::listed), std::pair(std::size_t{1}, std::size_t{0}));
  EXPECT_EQ(of(EventKind::count), std::pair(std::size_t{2}, std::size_t{0}));
  EXPECT_EQ(of(EventKind::died), std::pair(std::size_t{1}, std::size_t{1}));
  EXPECT_EQ(of(EventKind::deref), std::pair(std::size_t{0}, std::size_t{0}));
}

}  // namespace
}  // namespace cyclecheck
