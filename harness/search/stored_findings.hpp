// What a folder of findings holds already, run again. Not thread-safe.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "harness/search/findings.hpp"
#include "trace/file.hpp"

namespace cyclecheck {

// A finding of one subject that was stored before.
struct StoredAgain {
  std::string folder;
  // As its finding.json has it.
  std::string signature;
  // What a subject that is made anew does with it now.
  Verdict verdict;
  // Its trace, and those before it; of an unshrunk one the rest of a finding, too.
  Finding finding;

  // It does not fail in this way any more.
  [[nodiscard]] bool is_mended() const { return verdict.find(signature) == nullptr; }
};

// All findings of a subject at a level in a folder, in the order of their paths, each run. Those of other subjects are
// passed over. `stop` is asked before each. Errors: one that cannot be read.
[[nodiscard]] std::variant<std::vector<StoredAgain>, FileError> run_findings_again(const std::string& directory,
                                                                                   const SubjectEntry& subject,
                                                                                   std::chrono::milliseconds timeout,
                                                                                   const std::function<bool()>& stop);

}  // namespace cyclecheck
