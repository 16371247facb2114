// Covers: reading recordings (plain, gzip, truncated, foreign), converting their programs, and comparing a log with a
// record part by part. Does not cover: agreement of the model with real recordings, which `cyclecheck replay` checks.
#include "harness/stored/recording.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "properties/trace/temporary_folder.hpp"
#include "trace/normal_form.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

using test::TemporaryFolder;

std::string gzipped(const std::string& bytes) {
  z_stream stream{};
  constexpr int kGzip = 16;
  if (deflateInit2(&stream, 9, Z_DEFLATED, MAX_WBITS + kGzip, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::runtime_error("zlib cannot be started");
  }
  std::string input = bytes;
  std::string output(deflateBound(&stream, input.size()), '\0');
  stream.next_in = reinterpret_cast<unsigned char*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<unsigned char*>(output.data());
  stream.avail_out = static_cast<uInt>(output.size());
  deflate(&stream, Z_FINISH);
  output.resize(stream.total_out);
  deflateEnd(&stream);
  return output;
}

const std::string kTraces = R"({"id": "a", "cls": "plain", "text": "new 1 P\ncollect 2", "extra": [1]})"
                            "\n"
                            R"({"id": "b", "text": "new 2 D del=root self\ndrop 2\ncollect 1"})"
                            "\n";
const std::string kRecords =
    R"({"id": "a", "rec": [{"c": [1, 0, 0], "g": [[1], [], []]}, {"c": [0, 0, 0], "ret": 0, "coll": [0, 0, 1]}]})"
    "\n"
    R"({"id": "b", "rec": [{}, {"log": [10002], "new": {}}, {"garb": [2, "w3"], "dbg": [["collectable", "N2"]]}]})"
    "\n";

class RecordingTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::variant<std::vector<Recording>, FileError> read(const std::string& traces,
                                                                     const std::string& records) const {
    return read_recordings(folder_.write("t", traces), folder_.write("v", records));
  }

  [[nodiscard]] std::string error_of(const std::string& traces, const std::string& records) const {
    const auto result = read(traces, records);
    const auto* error = std::get_if<FileError>(&result);
    if (error == nullptr) return "";
    std::string message = error->message;
    for (std::size_t at = message.find(folder_.path()); at != std::string::npos; at = message.find(folder_.path())) {
      message.erase(at, folder_.path().size() + 1);
    }
    return message;
  }

  TemporaryFolder folder_;
};

void expect_contents(const std::variant<std::vector<Recording>, FileError>& result) {
  ASSERT_TRUE(std::holds_alternative<std::vector<Recording>>(result)) << std::get<FileError>(result).message;
  const auto& recordings = std::get<std::vector<Recording>>(result);
  ASSERT_EQ(recordings.size(), 2U);
  EXPECT_EQ(recordings[0].id, "a");
  EXPECT_EQ(recordings[0].cls, "plain");
  EXPECT_EQ(recordings[0].program, "new 1 P\ncollect 2");
  ASSERT_EQ(recordings[0].records.size(), 2U);
  EXPECT_EQ(recordings[0].records[0].count, (std::array<std::uint32_t, 3>{1, 0, 0}));
  EXPECT_EQ(recordings[0].records[1].returned, 0U);
  EXPECT_EQ(recordings[0].records[1].collections, (std::array<std::uint32_t, 3>{0, 0, 1}));
  EXPECT_EQ((*recordings[0].records[0].generations)[0], (std::vector<RecordedObject>{{false, 1}}));
  ASSERT_EQ(recordings[1].records.size(), 3U);
  EXPECT_FALSE(recordings[1].records[0].count.has_value());
  EXPECT_EQ(recordings[1].records[1].events, (std::vector<std::uint32_t>{10002}));
  EXPECT_EQ(recordings[1].records[2].garbage, (std::vector<RecordedObject>{{false, 2}, {true, 3}}));
  EXPECT_EQ(recordings[1].records[2].debug, (std::vector<RecordedDebugLine>{{true, {false, 2}}}));
}

TEST_F(RecordingTest, plain_and_gzip) {
  expect_contents(read(kTraces, kRecords));
  expect_contents(read(gzipped(kTraces), kRecords));
  expect_contents(read(gzipped(kTraces.substr(0, 30)) + gzipped(kTraces.substr(30)), gzipped(kRecords)));
  expect_contents(read(kTraces.substr(0, kTraces.size() - 1), "\n" + kRecords + "\n\r\n"));
}

TEST_F(RecordingTest, truncated_and_damaged_gzip) {
  const std::string whole = gzipped(kRecords);
  for (const std::size_t length :
       {whole.size() - 1, whole.size() - 9, whole.size() / 2, std::size_t{12}, std::size_t{2}}) {
    const std::string message = error_of(kTraces, whole.substr(0, length));
    EXPECT_TRUE(message.starts_with("v:") && message.ends_with(": the gzip data is truncated")) << length << message;
  }
  std::string damaged = whole;
  damaged[whole.size() - 6] = static_cast<char>(damaged[whole.size() - 6] ^ 1);
  EXPECT_EQ(error_of(kTraces, damaged), "v:3: the gzip data is damaged");
  EXPECT_EQ(error_of(kTraces, whole + "x"), "v:3: there is something else after the gzip data");
}

TEST_F(RecordingTest, foreign_input) {
  EXPECT_EQ(error_of("", kRecords), "t: is empty, expected a recording");
  EXPECT_EQ(error_of(kTraces, "{\"id\": \"a\"\n"), "v:1:11: this is not valid JSON");
  EXPECT_EQ(error_of(kTraces, "[1]\n"), "v:1: expected a JSON object");
  EXPECT_EQ(error_of(kTraces, "{\"id\": \"a\", \"rec\": [1e999]}\n"), "v:1: a number is too large");
  EXPECT_EQ(error_of("1e999\n", kRecords), "t:1: a number is too large");
  EXPECT_EQ(error_of("{\"text\": \"new 1 P\"}\n", kRecords), "t:1: expected the key 'id'");
  EXPECT_EQ(error_of("{\"id\": 7, \"text\": \"\"}\n", kRecords), "t:1: expected text under the key 'id'");
  EXPECT_EQ(error_of("{\"id\": \"a\"}\n", kRecords), "t:1: expected the key 'text'");
  EXPECT_EQ(error_of(kTraces, "{\"rec\": []}\n"), "v:1: expected the key 'id'");
  EXPECT_EQ(error_of(kTraces, "{\"id\": \"a\"}\n"), "v:1: expected the key 'rec'");
  EXPECT_EQ(error_of(kTraces, "{\"id\": \"z\", \"rec\": []}\n"), "v:1: expected the id 'a' of t:1, found 'z'");
  EXPECT_EQ(error_of(kTraces, "{\"id\": \"a\", \"rec\": [{}]}\n"),
            "v:1: has 1 records, expected 2, the number of operations in t:1");
  EXPECT_EQ(error_of(kTraces, kRecords.substr(0, kRecords.find('\n') + 1)),
            "v: ends after 1 recordings, expected 'b' of t:2");
  EXPECT_EQ(error_of(kTraces, kRecords + "{}\n"), "v:3: expected the end, as t has 2 programs");
  const auto record_error = [&](const std::string& record) {
    return error_of("{\"id\": \"a\", \"text\": \"enable\"}\n", "{\"id\": \"a\", \"rec\": [" + record + "]}\n");
  };
  EXPECT_EQ(record_error("{}"), "");
  EXPECT_EQ(record_error("7"), "v:1: record 0: expected an object");
  EXPECT_EQ(record_error("{\"c\": [1, 2]}"), "v:1: record 0, key 'c': expected a list of three");
  EXPECT_EQ(record_error("{\"c\": 1}"), "v:1: record 0, key 'c': expected a list");
  EXPECT_EQ(record_error("{\"log\": [-1]}"), "v:1: record 0, key 'log': expected a number from 0 to 4294967295");
  EXPECT_EQ(record_error("{\"ret\": \"4\"}"), "v:1: record 0, key 'ret': expected a whole number");
  EXPECT_EQ(record_error("{\"g\": [[\"x1\"], [], []]}"),
            "v:1: record 0, key 'g': expected an object such as 7 or \"w7\"");
  EXPECT_EQ(record_error("{\"dbg\": [[\"maybe\", \"N1\"]]}"),
            "v:1: record 0, key 'dbg': expected \"collectable\" or \"uncollectable\"");
}

TEST(RecordedProgram, becomes_a_trace) {
  const std::string program =
      "new 1 P\nnew 2 D\nnew 3 L del=root self;ref self 1;ref 1 self;ref 1 2;log;raise\nref 1 2\nunref 1 2\ndrop 1\n"
      "root 1\nweakref 1 2\nweakref 2 2 cb=\nweakref 3 2 cb=drop 2;dropweak 1;new 9;collect 0;child 4\nrefw 1 2\n"
      "dropweak 2\ncollect 2\nset_threshold 5 2 2\nenable\ndisable\nget_count\nclear_garbage\nset_debug 38\n"
      "set_debug 32\nnew 4 D del=log";
  const auto converted = convert_program(program, ProfileId::python2_7);
  ASSERT_TRUE(std::holds_alternative<Trace>(converted)) << std::get<std::string>(converted);
  const Trace& trace = std::get<Trace>(converted);
  EXPECT_EQ(print_trace(trace),
            "cyclecheck-trace 1\nprofile python2.7\nfree_lists_filled\nnew n1 node\nnew n2 node del={}\n"
            "new n3 node legacy={root self; append self n1; append n1 self; append n1 n2; raise}\nappend @n1 @n2\n"
            "remove @n1 @n2\ndrop n1\nroot @n1\nsubref w1 @n2\nsubref w2 @n2 cb={}\n"
            "subref w3 @n2 cb={drop n2; drop w1; new n9 node; collect 0; root self[4]}\nappend @n1 @w2\ndrop w2\n"
            "collect 2\nset_threshold 5 2 2\nenable\ndisable\nget_count\nclear_garbage\nset_debug 63\nset_debug 32\n"
            "new n4 node del={}\n");
  EXPECT_EQ(normalised(trace), trace);
  EXPECT_FALSE(find_defect(trace).has_value());
  const auto later = convert_program("set_debug 38", ProfileId::python3_13);
  EXPECT_EQ(print_trace(std::get<Trace>(later)),
            "cyclecheck-trace 1\nprofile python3.13\nthreshold 700 10 10\nfree_lists_filled\nset_debug 38\n");
}

TEST(RecordedProgram, errors_name_the_operation) {
  const auto error_of = [](std::string_view program) {
    const auto converted = convert_program(program, ProfileId::python3_11);
    const auto* error = std::get_if<std::string>(&converted);
    return error == nullptr ? std::string() : *error;
  };
  EXPECT_EQ(error_of(""), "");
  EXPECT_EQ(error_of("new 1 P\nfly 1"), "operation 1 'fly 1': there is no operation 'fly'");
  EXPECT_EQ(error_of("new 1 X"), "operation 0 'new 1 X': expected a kind of node (P, D, L), found 'X'");
  EXPECT_EQ(error_of("new 10000 P"), "operation 0 'new 10000 P': expected a node from 0 to 9999, found '10000'");
  EXPECT_EQ(error_of("ref 1"), "operation 0 'ref 1': expected a node");
  EXPECT_EQ(error_of("ref 1 2 3"), "operation 0 'ref 1 2 3': expected the end of the operation, found '3'");
  EXPECT_EQ(error_of("collect 3"), "operation 0 'collect 3': expected a generation from 0 to 2, found '3'");
  EXPECT_EQ(error_of("new 1 D del=fly"), "operation 0 'new 1 D del=fly': a script has no operation 'fly'");
  EXPECT_EQ(error_of("new 1 D cb=log"), "operation 0 'new 1 D cb=log': expected 'del=', found 'cb=log'");
  EXPECT_EQ(error_of("get_count\n\nget_count"), "operation 1 '': expected an operation");
}

// A log for `new 1 P; collect 2` that says what the record of a real run would say.
class CompareTest : public ::testing::Test {
 protected:
  CompareTest() {
    trace_ = std::get<Trace>(convert_program("new 1 P\nweakref 1 1\ncollect 2", ProfileId::python3_11));
    recording_.records.resize(3);
    Record& record = recording_.records[2];
    record.events = {10001, 30000, 40004, 1};
    record.returned = 7;
    record.garbage = {{false, 1}};
    record.collections = {0, 0, 1};
    record.count = {0, 0, 0};
    record.generations = {{{}, {}, {{true, 1}, {false, 1}}}};
    record.debug = {{true, {true, 1}}};
    const Label node{Name{0}, Part::object, 0};
    const Label weak{Name{1}, Part::object, 0};
    operations_.resize(6);
    operations_[4] = {Event::numbers(EventKind::collect, 2),
                      Event::of(EventKind::debug_collectable, weak),
                      Event::of(EventKind::finalizer, node),
                      Event::numbers(EventKind::collect, 0),
                      Event::numbers(EventKind::returned, 4),
                      Event::of(EventKind::died, node),
                      Event::numbers(EventKind::returned, 7),
                      Event::numbers(EventKind::ran, 0, 0, 1),
                      Event::numbers(EventKind::members, 0, 0, 2),
                      {EventKind::listed, false, weak, {2, 0, 0}},
                      {EventKind::listed, false, node, {2, 0, 0}},
                      {EventKind::listed, false, {{}, Part::callback_tuple, 0}, {2, 0, 0}},
                      Event::numbers(EventKind::count, 0, 0, 0)};
    operations_[5] = {Event::of(EventKind::garbage, node)};
  }

  // The differences as "part: expected / found", one a line.
  [[nodiscard]] std::string differences() const {
    Log log;
    for (const auto& events : operations_) {
      for (const Event& event : events) log.add(event);
      log.end_operation();
    }
    std::string text;
    for (const RecordDifference& difference : compare_with_recording(recording_, trace_, log)) {
      text.append(std::to_string(difference.operation)).append(" ").append(to_string(difference.part)).append(": ");
      text.append(difference.expected).append(" / ").append(difference.found).append("\n");
    }
    return text;
  }

  Trace trace_;
  Recording recording_;
  std::vector<std::vector<Event>> operations_;
};

TEST_F(CompareTest, agreement) {
  EXPECT_EQ(with_garbage_read(trace_).operations.size(), 6U);
  EXPECT_EQ(differences(), "");
}

TEST_F(CompareTest, each_part) {
  Record& record = recording_.records[2];
  record.events = {20003, 50001};
  record.returned.reset();
  record.garbage.clear();
  record.collections = {1, 0, 1};
  record.count = {1, 0, 0};
  record.generations = {{{{false, 1}}, {}, {{true, 1}}}};
  record.debug = {{false, {false, 1}}};
  EXPECT_EQ(differences(),
            "2 events: callback 3, raised 1 / finalizer 1, collect 0, returned 4, died 1\n"
            "2 returned: nothing / 7\n"
            "2 garbage: nothing / n1\n"
            "2 collections: 1, 0, 1 / 0, 0, 1\n"
            "2 count: 1, 0, 0 / 0, 0, 0\n"
            "2 generations: [n1] [nothing] [w1] / [nothing] [nothing] [w1, n1]\n"
            "2 debug: uncollectable n1 / collectable w1\n");
}

TEST_F(CompareTest, first_operation_and_short_logs) {
  recording_.records[1].events = {1};
  EXPECT_EQ(differences(), "1 events: died 1 / nothing\n");
  recording_.records[1].events.clear();
  operations_.resize(4);
  EXPECT_EQ(differences(), "2 events: the events of the operation / the log's end\n");
}

// Says what the recording of kTraces says, apart from what it is told to get wrong.
class Echo : public Subject {
 public:
  [[nodiscard]] std::string name() const override { return "echo"; }
  [[nodiscard]] Level level() const override { return Level::order; }
  void run(const Trace& trace, Observe observe, Log& log) override {
    EXPECT_EQ(observe, Observe::every);
    log.clear();
    for (const Operation& operation : trace.operations) {
      if (operation.code == OpCode::create) log.add(Event::numbers(EventKind::count, 1));
      if (operation.code == OpCode::create) log.add({EventKind::listed, false, {}, {0, 0, 0}});
      if (operation.code == OpCode::collect) {
        log.add(Event::numbers(EventKind::returned, 0));
        log.add(Event::numbers(EventKind::ran, 0, 0, 1));
      }
      log.end_operation();
    }
  }
};

TEST_F(RecordingTest, a_subject_is_checked) {
  std::vector<std::string> disagreements;
  const OnDisagreement note = [&](const Recording& recording, const Trace&, const auto& differences) {
    disagreements.push_back(recording.id + " " + std::to_string(differences.front().operation));
  };
  Echo echo;
  const std::string traces = folder_.write("t", kTraces);
  const std::string records = folder_.write("v", kRecords);
  const auto result = check_recording(traces, records, ProfileId::python3_11, echo, note);
  ASSERT_TRUE(std::holds_alternative<RecordingSummary>(result)) << std::get<FileError>(result).message;
  EXPECT_EQ(std::get<RecordingSummary>(result).traces, 2U);
  EXPECT_EQ(std::get<RecordingSummary>(result).agree, 1U);
  EXPECT_EQ(disagreements, (std::vector<std::string>{"b 1"}));
  const auto bad =
      check_recording(folder_.write("t", "{\"id\": \"a\", \"text\": \"fly\"}\n"),
                      folder_.write("v", "{\"id\": \"a\", \"rec\": [{}]}\n"), ProfileId::python3_11, echo, note);
  ASSERT_TRUE(std::holds_alternative<FileError>(bad));
  EXPECT_TRUE(std::get<FileError>(bad).message.ends_with("t:1: operation 0 'fly': there is no operation 'fly'"));
}

}  // namespace
}  // namespace cyclecheck
