// The text parser, and the round trips between text, trace and binary encoding.
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "fuzz/failure.hpp"
#include "fuzz/target.hpp"
#include "trace/binary.hpp"
#include "trace/normal_form.hpp"
#include "trace/text.hpp"

namespace cyclecheck::fuzz {
namespace {

void require(bool condition, std::string_view what) {
  if (!condition) fail(what);
}

void round_trips(const Trace& trace) {
  running(&trace);
  if (const auto defect = find_defect(trace)) fail("the trace is not valid: " + *defect);
  require(decode_trace(encode_trace(trace)) == trace, "the binary encoding decodes to another trace");
  const std::string text = print_trace(trace);
  const auto parsed = parse_trace(text);
  if (const auto* error = std::get_if<TextError>(&parsed)) fail("printed, not parsed: " + to_string(*error, "trace"));
  require(std::get<Trace>(parsed) == normalised(trace), "the printed text parses to another trace");
  require(print_trace(std::get<Trace>(parsed)) == text, "the printed text is not canonical");
  running(nullptr);
}

// The error stands where the text has something, or at its end.
void check_error(const TextError& error, std::string_view text) {
  require(!error.message.empty(), "an error without a message");
  std::size_t lines = 1;
  for (const char c : text) lines += c == '\n' ? 1U : 0U;
  // What is missing at the end is missing on the line after it.
  require(error.line >= 1 && error.line <= lines + 1, "an error behind the text");
  require(error.column >= 1 && error.column <= text.size() + 1, "an error behind the end of the text");
}

void run(std::span<const std::uint8_t> bytes) {
  const std::string text(bytes.begin(), bytes.end());
  const auto parsed = parse_trace(text);
  if (const auto* error = std::get_if<TextError>(&parsed)) {
    check_error(*error, text);
  } else {
    const auto& trace = std::get<Trace>(parsed);
    require(trace == normalised(trace), "the parsed trace is not in normal form");
    round_trips(trace);
  }
  round_trips(decode_trace(bytes));
}

}  // namespace
}  // namespace cyclecheck::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  cyclecheck::fuzz::run({data, size});
  return 0;
}
