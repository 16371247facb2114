#include "harness/campaign/known_findings.hpp"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>
#include <variant>

#include "harness/compare/compare.hpp"
#include "trace/file.hpp"

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
    const std::string path = entry->path().string() + "/finding.json";
    const auto content = read_file(path);
    if (const auto* unread = std::get_if<FileError>(&content)) {
      notes.add("is no finding that can be read: left alone", unread->message);
      continue;
    }
    try {
      const auto json = nlohmann::json::parse(std::get<std::string>(content));
      findings.push_back({name, json.at("signature").get<std::string>(), json.value("profile", ""),
                          json.value("verdict", ""), json.value("operations", std::size_t{0})});
    } catch (const nlohmann::json::exception& damage) {
      notes.add("is no finding that can be read: left alone", path);
    }
  }
  std::sort(findings.begin(), findings.end(),
            [](const KnownFinding& one, const KnownFinding& other) { return one.folder < other.folder; });
  return findings;
}

bool is_known(const std::vector<KnownFinding>& findings, std::string_view signature) {
  return std::any_of(findings.begin(), findings.end(),
                     [&](const KnownFinding& finding) { return same_failure(finding.signature, signature); });
}

}  // namespace cyclecheck
