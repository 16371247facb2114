// One line of a subject's answer: docs/subject-protocol.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "trace/event.hpp"

namespace cyclecheck {

// The operation with this index (from 0) begins.
struct OperationLine {
  std::size_t index = 0;
};
// The log of this many operations is complete.
struct EndLine {
  std::size_t operations = 0;
};
struct ErrorLine {
  std::string_view message;
};

using AnswerLine = std::variant<OperationLine, Event, EndLine, ErrorLine>;

// What a line of an answer says; nothing if no answer has such a line. Names are spelled n0, n1, n2 ...; `names` is one
// more than the greatest name of the trace. O(length of the line).
[[nodiscard]] std::optional<AnswerLine> parse_answer_line(std::string_view line, std::uint32_t names);

}  // namespace cyclecheck
