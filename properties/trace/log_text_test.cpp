// Covers: the exact round trip of logs through text, over random events of every kind, and the errors of the parser.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "properties/trace/random_trace.hpp"
#include "trace/log_text.hpp"

namespace cyclecheck {
namespace {

using test::Random;

Event random_event(Random& random, std::uint32_t names) {
  Event event;
  event.kind = static_cast<EventKind>(random.below(kEventKinds));
  const EventInfo& row = info(event.kind);
  if (row.has_label) {
    const std::uint32_t choice = random.below(8);
    if (choice == 0 || names == 0) {
      event.none = true;
    } else if (choice == 1) {
      event.label.part = Part::callback_tuple;
    } else {
      event.label.name.value = static_cast<std::uint16_t>(random.below(names));
      event.label.serial = random.below(3) == 0 ? random.below(5000) : 0;
      event.label.part = random.below(4) == 0 ? Part::attributes : Part::object;
    }
  }
  for (std::uint8_t i = 0; i < row.numbers; ++i) {
    event.number[i] = random.below(4) == 0 ? static_cast<std::uint32_t>(random.next()) : random.below(10);
  }
  return event;
}

TEST(LogText, round_trip) {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    Random random(seed);
    const Trace trace = test::random_trace(random);
    Log log;
    // One log in four is of a run that ended early.
    const auto length = static_cast<std::uint32_t>(trace.operations.size());
    const std::uint32_t operations = random.below(4) == 0 ? random.below(length + 1) : length;
    for (std::uint32_t i = 0; i < operations; ++i) {
      const std::uint32_t events = random.below(6);
      for (std::uint32_t e = 0; e < events; ++e) log.add(random_event(random, name_count(trace)));
      log.end_operation();
    }
    const std::string text = print_log(log, trace);
    const auto parsed = parse_log(text, trace);
    if (const auto* error = std::get_if<TextError>(&parsed)) FAIL() << to_string(*error, "log") << "\n" << text;
    ASSERT_EQ(std::get<Log>(parsed), log) << "seed " << seed << "\n" << text;
  }
}

class LogTextErrors : public ::testing::Test {
 protected:
  LogTextErrors() {
    auto parsed = parse_trace("cyclecheck-trace 1\nprofile python3.11\nnew a node del={root self}\ndrop a\n");
    trace_ = std::get<Trace>(std::move(parsed));
  }

  [[nodiscard]] std::string error_of(const std::string& text) const {
    const auto parsed = parse_log(text, trace_);
    const auto* error = std::get_if<TextError>(&parsed);
    return error == nullptr ? "" : to_string(*error, "x");
  }

  Trace trace_;
};

TEST_F(LogTextErrors, comments_blank_lines_and_spaces) {
  const std::string text =
      "# why\ncyclecheck-log 1\r\n\n0:  new a node del={root self}  \r\n  # nothing yet\n1: drop a\n\tdied  a\n"
      "  count 0 0 1\n";
  ASSERT_EQ(error_of(text), "");
  EXPECT_EQ(print_log(std::get<Log>(parse_log(text, trace_)), trace_),
            "cyclecheck-log 1\n0: new a node del={root self}\n1: drop a\n  died a\n  count 0 0 1\n");
}

TEST_F(LogTextErrors, messages) {
  const std::string first = "cyclecheck-log 1\n0: new a node del={root self}\n";
  EXPECT_EQ(error_of(""), "x:1:1: expected 'cyclecheck-log 1', found the end of the text");
  EXPECT_EQ(error_of("cyclecheck-log 9\n"),
            "x:1:16: expected version 1, the only one that is known, after 'cyclecheck-log', found '9'");
  EXPECT_EQ(error_of("cyclecheck-log 1\n  died a\n"), "x:2:3: expected '0:' and the first operation, found 'died'");
  EXPECT_EQ(error_of("cyclecheck-log 1\n1: drop a\n"),
            "x:2:1: expected '0:' and an operation, or an indented event, found '1:'");
  EXPECT_EQ(error_of("cyclecheck-log 1\n0: drop a\n"),
            "x:2:4: expected 'new a node del={root self}', the operation of the trace");
  EXPECT_EQ(error_of(first + "1:\n"), "x:3:3: expected 'drop a', the operation of the trace");
  EXPECT_EQ(error_of(first + "1: drop a\n2: drop a\n"), "x:4:1: the trace has only 2 operations");
  EXPECT_EQ(error_of(first + "  fled a\n"), "x:3:3: expected an event, found 'fled'");
  EXPECT_EQ(error_of(first + "  died\n"),
            "x:3:7: expected a label with a name of the trace after 'died', found end of line");
  EXPECT_EQ(error_of(first + "  died b\n"), "x:3:8: expected a label with a name of the trace after 'died', found 'b'");
  EXPECT_EQ(error_of(first + "  died a#0\n"),
            "x:3:8: expected a label such as 'x', 'x#2' or 'x.__dict__' after 'died', found 'a#0'");
  EXPECT_EQ(error_of(first + "  died a b\n"), "x:3:10: expected the end of the line after 'died a', found 'b'");
  EXPECT_EQ(error_of(first + "  count 1 2\n"), "x:3:12: expected a number after 'count 1 2', found end of line");
  EXPECT_EQ(error_of(first + "  count 1 2 -3\n"), "x:3:13: expected a number after 'count 1 2', found '-3'");
  EXPECT_EQ(error_of(first + "  count 1 2 4294967296\n"),
            "x:3:13: expected a number after 'count 1 2', found '4294967296'");
}

}  // namespace
}  // namespace cyclecheck
