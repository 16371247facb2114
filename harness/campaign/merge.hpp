// Uniting campaigns from several machines. Not thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <variant>
#include <vector>

#include "harness/campaign/folder_notes.hpp"
#include "trace/file.hpp"

namespace cyclecheck {

// What was new.
struct Merged {
  std::size_t inputs = 0;
  std::size_t findings = 0;
  std::size_t sessions = 0;
  // Heap states of the result, and before.
  std::size_t states = 0;
  std::size_t states_before = 0;
};

// Adds what other campaigns have to one, which is made if it does not exist: the union of inputs, findings, heap states
// and sessions. Doing it again changes nothing; the order does not matter. The others are only read, and may be at
// work. Errors: one of them does not exist or was made by a later version; nothing is changed then. Something cannot be
// written; what was written until then stays, and doing it again completes it.
[[nodiscard]] std::variant<Merged, FileError> merge_campaigns(const std::string& into,
                                                              const std::vector<std::string>& from, Notes& notes);

}  // namespace cyclecheck
