// The findings in a campaign's folder, as their files tell. Not thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "harness/campaign/folder_notes.hpp"

namespace cyclecheck {

struct KnownFinding {
  // The name of its folder.
  std::string folder;
  std::string signature;
  std::string profile;
  // "reproducible" or "flaky".
  std::string verdict;
  std::size_t operations = 0;
  // It has a page (harness/campaign/finding_page.hpp).
  bool is_explained = false;
};

// By the names of their folders. What cannot be read is noted and left alone.
[[nodiscard]] std::vector<KnownFinding> load_findings(const std::string& folder, Notes& notes);

}  // namespace cyclecheck
