// The trace that a command is about: a file, or the folder of a finding; and what is said of steps and objects that
// it does not have.
#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "trace/event.hpp"
#include "trace/file.hpp"
#include "trace/trace.hpp"

namespace cyclecheck::cli {

struct TraceInput {
  std::string path;
  // Empty: the trace's own.
  std::string profile;
};
// TRACE and --profile.
void add_trace_input(CLI::App& command, TraceInput& input);

struct InputTrace {
  Trace trace;
  // "x" for x.trace, and the folder's name for a finding.
  std::string name;
  // Of a finding; and the traces that run before it.
  std::optional<std::string> subject;
  std::optional<Level> level;
  std::vector<Trace> before;
};
// Errors: those of load_any_trace and find_cases, a folder that holds anything but one finding.
[[nodiscard]] std::variant<InputTrace, FileError> load_input(const TraceInput& input);

// What is said when a trace does not have the step or object. `names` are those of the objects that it has.
[[nodiscard]] std::string unknown_step(const std::string& path, const Trace& trace, std::size_t step);
[[nodiscard]] std::string unknown_object(const std::string& path, const std::string& object,
                                         const std::vector<std::string>& names);

}  // namespace cyclecheck::cli
