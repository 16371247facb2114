// Single lines of a subject's answer (docs/subject-protocol.md): every event comes back as it was, and nothing else is
// taken for one.
#include "harness/subjects/answer.hpp"

#include <gtest/gtest.h>

#include <string>

#include "trace/trace.hpp"

namespace cyclecheck {
namespace {

Event full_event(EventKind kind) {
  Event event;
  event.kind = kind;
  if (info(kind).has_label) event.label = {Name{7}, Part::attributes, 3};
  for (std::uint8_t i = 0; i < info(kind).numbers; ++i) event.number[i] = 4'294'967'290U + i;
  return event;
}

TEST(Answer, EveryKindOfEventComesBack) {
  const Trace unnamed;
  for (std::size_t i = 0; i < kEventKinds; ++i) {
    const Event event = full_event(static_cast<EventKind>(i));
    const std::string line = " " + to_string(event, unnamed);
    const auto parsed = parse_answer_line(line, 8);
    ASSERT_TRUE(parsed) << line;
    ASSERT_TRUE(std::holds_alternative<Event>(*parsed)) << line;
    EXPECT_EQ(std::get<Event>(*parsed), event) << line;
  }
}

TEST(Answer, LabelsOfAllForms) {
  const auto label = [](const char* line) {
    const auto parsed = parse_answer_line(line, 3);
    return std::get<Event>(parsed.value());
  };
  EXPECT_EQ(label("  died n2"), Event::of(EventKind::died, {Name{2}, Part::object, 0}));
  EXPECT_EQ(label(" died n0#12"), Event::of(EventKind::died, {Name{0}, Part::object, 12}));
  EXPECT_EQ(label(" object n1.__dict__"), Event::of(EventKind::object, {Name{1}, Part::attributes, 0}));
  EXPECT_EQ(label(" object (callbacks)"), Event::of(EventKind::object, {{}, Part::callback_tuple, 0}));
  EXPECT_EQ(label(" deref None"), Event::nothing(EventKind::deref));
}

TEST(Answer, OtherLines) {
  EXPECT_EQ(std::get<OperationLine>(parse_answer_line("12: append n0 n1", 2).value()).index, 12U);
  EXPECT_EQ(std::get<OperationLine>(parse_answer_line("0:", 0).value()).index, 0U);
  EXPECT_EQ(std::get<EndLine>(parse_answer_line("end 60", 0).value()).operations, 60U);
  EXPECT_EQ(std::get<ErrorLine>(parse_answer_line("error no such thing", 0).value()).message, "no such thing");
}

TEST(Answer, Nonsense) {
  for (const char* line : {"",
                           " ",
                           "died n0",
                           " died",
                           " died n3",
                           " died x",
                           " died n0#",
                           " died n0 1",
                           " died n0.dict",
                           " count 1 2",
                           " count 1 2 3 4",
                           " count 1 2 -3",
                           " count 1 2 4294967296",
                           " used",
                           " sneezed n0",
                           "end",
                           "end x",
                           "end 3 4",
                           "3",
                           "x:",
                           "-1:",
                           "error"}) {
    EXPECT_FALSE(parse_answer_line(line, 3)) << "'" << line << "'";
  }
}

}  // namespace
}  // namespace cyclecheck
