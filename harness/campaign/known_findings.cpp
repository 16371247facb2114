#include "harness/campaign/known_findings.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>
#include <variant>

#include "harness/campaign/finding_page.hpp"
#include "harness/stored/stored.hpp"

namespace cyclecheck {

std::vector<KnownFinding> load_findings(const std::string& folder, Notes& notes) {
  namespace fs = std::filesystem;
  std::vector<KnownFinding> findings;
  std::error_code error;
  for (auto entry = fs::directory_iterator(folder, error); !error && entry != fs::directory_iterator{};
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    // Hidden ones were being written when the process was killed.
    if (name.starts_with('.')) continue;
    auto read = read_finding_file(entry->path().string());
    auto* file = std::get_if<FindingFile>(&read);
    if (file == nullptr || file->signature.empty()) {
      notes.add("is no finding that can be read: left alone",
                file == nullptr ? std::get<FileError>(read).message : entry->path().string());
      continue;
    }
    std::error_code ignored;
    findings.push_back({name, std::move(file->signature), std::move(file->profile), std::move(file->verdict),
                        file->operations, fs::exists(entry->path() / kFindingPage, ignored)});
  }
  std::sort(findings.begin(), findings.end(),
            [](const KnownFinding& one, const KnownFinding& other) { return one.folder < other.folder; });
  return findings;
}

}  // namespace cyclecheck
