// The traces that a path stands for: a file, a finding's folder, or a directory of such things.
//
// Thread-safe.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "trace/event.hpp"
#include "trace/file.hpp"
#include "trace/trace.hpp"

namespace cyclecheck {

// A trace of a regression suite.
struct SuiteCase {
  // The trace's file, or a conformance file (harness/conformance.hpp).
  std::string path;
  // The log that stands beside it: `x.log` for `x.trace`.
  std::optional<std::string> log;
  // A finding says itself which subject it is about, and at which level.
  std::optional<std::string> subject;
  std::optional<Level> level;
};

// All cases, a directory's in the order of their paths: files ending in .trace or .cyct, conformance files,
// and folders with a finding.json. Hidden files and folders are passed over. Errors: a path that does not exist, a
// directory without any trace, a finding.json that cannot be read.
[[nodiscard]] std::variant<std::vector<SuiteCase>, FileError> find_cases(const std::vector<std::string>& paths);

// How the run behind a log was observed, as far as its events tell.
[[nodiscard]] Observe observation_of(const Log& log);

}  // namespace cyclecheck
