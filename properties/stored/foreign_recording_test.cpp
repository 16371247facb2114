// Covers: reading foreign recordings (plain, gzip, truncated, bad), converting their programs and records, and that a
// log is compared with each part of a record. Does not cover: agreement of the model with what real interpreters did,
// which recording_test.cpp checks.
#include <gtest/gtest.h>
#include <zlib.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "harness/stored/stored.hpp"
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

class ForeignRecordingTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::variant<ForeignRecording, FileError> read(const std::string& traces,
                                                               const std::string& records) const {
    return read_foreign(folder_.write("t", traces), folder_.write("v", records));
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

void expect_contents(const std::variant<ForeignRecording, FileError>& result) {
  ASSERT_TRUE(std::holds_alternative<ForeignRecording>(result)) << std::get<FileError>(result).message;
  const auto& programs = std::get<ForeignRecording>(result).programs;
  ASSERT_EQ(programs.size(), 2U);
  EXPECT_EQ(programs[0].id, "a");
  EXPECT_EQ(programs[0].text, "new 1 P\ncollect 2");
  EXPECT_EQ(programs[0].text_line, 1U);
  ASSERT_EQ(programs[0].records.size(), 2U);
  EXPECT_EQ(programs[0].records[0].count, (std::array<std::uint32_t, 3>{1, 0, 0}));
  EXPECT_EQ(programs[0].records[1].returned, 0U);
  EXPECT_EQ(programs[0].records[1].collections, (std::array<std::uint32_t, 3>{0, 0, 1}));
  EXPECT_EQ((*programs[0].records[0].generations)[0], (std::vector<ForeignObject>{{false, 1}}));
  EXPECT_EQ(programs[1].text_line, 2U);
  ASSERT_EQ(programs[1].records.size(), 3U);
  EXPECT_FALSE(programs[1].records[0].count.has_value());
  EXPECT_EQ(programs[1].records[1].events, (std::vector<std::uint32_t>{10002}));
  EXPECT_EQ(programs[1].records[2].garbage, (std::vector<ForeignObject>{{false, 2}, {true, 3}}));
  EXPECT_EQ(programs[1].records[2].debug, (std::vector<ForeignDebugLine>{{true, {false, 2}}}));
}

TEST_F(ForeignRecordingTest, plain_and_gzip) {
  expect_contents(read(kTraces, kRecords));
  expect_contents(read(gzipped(kTraces), kRecords));
  expect_contents(read(gzipped(kTraces.substr(0, 30)) + gzipped(kTraces.substr(30)), gzipped(kRecords)));
  expect_contents(read(kTraces.substr(0, kTraces.size() - 1), "\n" + kRecords + "\n\r\n"));
}

TEST_F(ForeignRecordingTest, truncated_and_damaged_gzip) {
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

TEST_F(ForeignRecordingTest, foreign_input) {
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

TEST(ForeignProgram, becomes_a_trace) {
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

TEST(ForeignProgram, errors_name_the_operation) {
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

// A program with one record that says everything, and the log of a subject that did the same.
class ConvertedRecord : public ::testing::Test {
 protected:
  ConvertedRecord() {
    foreign_ = {"t", "v", {{"a", "new 1 P\nweakref 1 1\ncollect 2", 7, 8, {}}}};
    auto& records = foreign_.programs[0].records;
    records.resize(3);
    for (ForeignRecord& each : records) {
      each.count = {0, 0, 0};
      each.generations = {{{}, {}, {{true, 1}, {false, 1}}}};
    }
    ForeignRecord& record = records[2];
    record.events = {10001, 30000, 40004, 1, 20001, 50001};
    record.returned = 7;
    record.garbage = {{false, 1}};
    record.collections = {0, 0, 1};
    record.debug = {{true, {true, 1}}};
    const Label node{Name{0}, Part::object, 0};
    const Label weak{Name{1}, Part::object, 0};
    operations_.resize(6);
    operations_[4] = {Event::numbers(EventKind::collect, 2),  Event::of(EventKind::debug_collectable, weak),
                      Event::of(EventKind::finalizer, node),  Event::numbers(EventKind::collect, 0),
                      Event::numbers(EventKind::returned, 4), Event::of(EventKind::died, node),
                      Event::of(EventKind::callback, weak),   Event::of(EventKind::raised, weak),
                      Event::numbers(EventKind::returned, 7), Event::numbers(EventKind::ran, 0, 0, 1)};
    operations_[5] = {Event::of(EventKind::garbage, node)};
    for (auto& events : operations_) {
      events.push_back(Event::numbers(EventKind::members, 0, 0, 2));
      events.push_back({EventKind::listed, false, weak, {2, 0, 0}});
      events.push_back({EventKind::listed, false, node, {2, 0, 0}});
      events.push_back(Event::numbers(EventKind::count, 0, 0, 0));
    }
  }

  [[nodiscard]] ForeignRecord& last() { return foreign_.programs[0].records[2]; }

  [[nodiscard]] std::string error() const {
    const auto converted = convert_foreign(foreign_, ProfileId::python3_11);
    const auto* failed = std::get_if<FileError>(&converted);
    return failed == nullptr ? "" : failed->message;
  }

  // The first difference as "operation signature: expected / found".
  [[nodiscard]] std::string difference() const {
    const auto converted = convert_foreign(foreign_, ProfileId::python3_11);
    const auto* recording = std::get_if<Recording>(&converted);
    if (recording == nullptr) return std::get<FileError>(converted).message;
    Log log;
    for (const auto& events : operations_) {
      for (const Event& event : events) log.add(event);
      log.end_operation();
    }
    const RecordedTrace& recorded = recording->traces.at(0);
    const auto divergence = compare_with_recording(*recording, recorded, log);
    if (!divergence) return "";
    const auto word = [&](const std::vector<Event>& events) {
      return divergence->at < events.size() ? to_string(events[divergence->at], recorded.trace) : "nothing";
    };
    return std::to_string(divergence->operation) + " " + divergence->signature + ": " + word(divergence->expected) +
           " / " + word(divergence->actual);
  }

  ForeignRecording foreign_;
  std::vector<std::vector<Event>> operations_;
};

TEST_F(ConvertedRecord, agreement) {
  EXPECT_EQ(difference(), "");
  const auto converted = convert_foreign(foreign_, ProfileId::python3_11);
  const RecordedTrace& recorded = std::get<Recording>(converted).traces.at(0);
  EXPECT_EQ(recorded.name, "a");
  EXPECT_EQ(where(std::get<Recording>(converted), recorded), "t:7");
  EXPECT_EQ(print_trace(recorded.trace),
            "cyclecheck-trace 1\nprofile python3.11\nfree_lists_filled\nnew n1 node\ngarbage\n"
            "subref w1 @n1\ngarbage\ncollect 2\ngarbage\n");
}

// The parts of a record, one after the other.
TEST_F(ConvertedRecord, each_part) {
  const ForeignRecord good = last();
  const auto with = [&](const auto& change) {
    last() = good;
    change(last());
    return difference();
  };
  EXPECT_EQ(with([](ForeignRecord& r) {
              r.events = {20001, 50001};
            }),
            "4 extra finalizer node: callback w1 / finalizer n1");
  EXPECT_EQ(with([](ForeignRecord& r) { r.events.pop_back(); }), "4 extra raised subref: ran 0 0 1 / raised w1");
  EXPECT_EQ(with([](ForeignRecord& r) { r.events[5] = 1; }), "4 missing died node: died n1 / raised w1");
  EXPECT_EQ(with([](ForeignRecord& r) { r.returned.reset(); }), "4 reordered died node: died n1 / returned 4");
  EXPECT_EQ(with([](ForeignRecord& r) { r.returned = 6; }), "4 changed returned: returned 6 / returned 7");
  EXPECT_EQ(with([](ForeignRecord& r) { r.garbage.clear(); }), "5 extra garbage node: members 0 0 2 / garbage n1");
  EXPECT_EQ(with([](ForeignRecord& r) {
              r.garbage.push_back({true, 1});
            }),
            "5 missing garbage subref: garbage w1 / members 0 0 2");
  EXPECT_EQ(with([](ForeignRecord& r) { r.collections = {1, 0, 1}; }), "4 changed ran: ran 1 0 1 / ran 0 0 1");
  EXPECT_EQ(with([](ForeignRecord& r) { r.collections = {}; }), "4 extra ran: debug_collectable w1 / ran 0 0 1");
  EXPECT_EQ(with([](ForeignRecord& r) { r.count = {1, 0, 0}; }), "4 changed count: count 1 0 0 / count 0 0 0");
  EXPECT_EQ(with([](ForeignRecord& r) {
              r.generations = {{{{false, 1}}, {}, {{true, 1}}}};
            }),
            "4 changed members: members 1 0 1 / members 0 0 2");
  EXPECT_EQ(with([](ForeignRecord& r) {
              r.debug = {{false, {false, 1}}};
            }),
            "4 missing debug_uncollectable node: debug_uncollectable n1 / debug_collectable w1");
}

TEST_F(ConvertedRecord, first_operation_and_short_logs) {
  foreign_.programs[0].records[1].events = {1};
  EXPECT_EQ(difference(), "2 missing died node: died n1 / members 0 0 2");
  foreign_.programs[0].records[1].events.clear();
  operations_.resize(4);
  EXPECT_EQ(difference(), "4 missing collect: collect 2 / nothing");
}

TEST_F(ConvertedRecord, what_was_not_recorded_is_not_compared) {
  for (ForeignRecord& record : foreign_.programs[0].records) {
    record.count.reset();
    record.generations.reset();
  }
  operations_[4].back() = Event::numbers(EventKind::count, 5, 5, 5);
  EXPECT_EQ(difference(), "");
}

TEST_F(ConvertedRecord, errors_name_file_line_and_record) {
  const ForeignRecord good = last();
  last().count.reset();
  EXPECT_EQ(error(), "v:8: record 2: lacks the key 'c', unlike records before");
  last() = good;
  foreign_.programs[0].records[0].generations.reset();
  EXPECT_EQ(error(), "v:8: record 1: has the key 'g', unlike records before");
  foreign_.programs[0].records[0].generations = good.generations;
  last().events = {60001};
  EXPECT_EQ(error(), "v:8: record 2: expected events from 0 to 59999, found 60001");
  last().events = {2};
  EXPECT_EQ(error(), "v:8: record 2: the program does not have the object n2");
  last() = good;
  last().garbage = {{true, 9}};
  EXPECT_EQ(error(), "v:8: record 2: the program does not have the object w9");
  foreign_.programs[0].text = "new 1 P\nfly 1\ncollect 2";
  EXPECT_EQ(error(), "t:7: operation 1 'fly 1': there is no operation 'fly'");
}

}  // namespace
}  // namespace cyclecheck
