// finding.json: what stands in the folder of a finding beside its traces and logs. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "trace/event.hpp"
#include "trace/file.hpp"

namespace cyclecheck {

// The name of the file.
inline constexpr const char* kFindingFile = "finding.json";

// A text that is empty, or an optional that holds nothing, does not stand in the file.
struct FindingFile {
  std::string signature;
  // "divergence", "crash" ...
  std::string outcome;
  std::string profile;
  std::string subject;
  // At which both logs were compared, and which the subject had promised.
  std::optional<Level> level;
  std::optional<Level> promised;
  // From what the trace was generated.
  std::optional<std::uint64_t> seed;
  std::optional<std::uint64_t> index;
  // The operation that differs.
  std::optional<std::size_t> operation;
  std::string operation_text;
  std::size_t operations = 0;
  std::size_t original_operations = 0;
  // What the trace as it was found ended in, behind the operation that differs: "crash SIGSEGV".
  std::string later;
  // The folder of the finding that shows the same.
  std::string same_as;
  // How many traces run before it.
  std::optional<std::size_t> traces_before;
  // How far the trace was shrunk: "1-minimal", "budget reached", "unshrunk".
  std::string shrink;
  // How often the trace was run again, how often it failed in the same way, and what that makes of it.
  std::optional<std::size_t> replays;
  std::optional<std::size_t> reproduced;
  std::string verdict;
  // Finds it again.
  std::string command;
};

// The file of a trace that runs before a finding's: "before-000.trace".
[[nodiscard]] std::string traces_before_name(std::size_t number);

[[nodiscard]] std::string print_finding_file(const FindingFile& finding);

// The file in a finding's folder; keys that are not known are passed over. Errors: those of read_file, text that is no
// JSON object, a value of the wrong type.
[[nodiscard]] std::variant<FindingFile, FileError> read_finding_file(const std::string& folder);

}  // namespace cyclecheck
