#include "harness/search/stored_findings.hpp"

#include <filesystem>
#include <map>
#include <memory>
#include <utility>

#include "harness/isolate/isolate.hpp"
#include "harness/stored/stored.hpp"

namespace cyclecheck {
namespace {

namespace fs = std::filesystem;

// What stands in finding.json, for a finding that is still to be shrunk.
Finding finding_of(const FindingFile& file, const std::string& folder) {
  Finding finding;
  finding.subject = file.subject;
  finding.level = file.level.value_or(Level::order);
  finding.promised = file.promised;
  finding.unshrunk = file.shrink == "unshrunk";
  if (file.seed && file.index) {
    finding.seed = *file.seed;
    finding.index = *file.index;
    return finding;
  }
  finding.command = file.command;
  const std::string name = fs::path(folder).filename().string();
  if (const std::size_t at = finding.command.find(name); at != std::string::npos) {
    finding.command.replace(at, name.size(), "FOLDER");
  }
  return finding;
}

}  // namespace

std::variant<std::vector<StoredAgain>, FileError> run_findings_again(const std::string& directory,
                                                                     const SubjectEntry& subject,
                                                                     std::chrono::milliseconds timeout,
                                                                     const std::function<bool()>& stop) {
  std::vector<StoredAgain> all;
  std::error_code ignored;
  if (!fs::is_directory(directory, ignored)) return all;
  const auto cases = find_cases({directory});
  // There may be none.
  if (!std::holds_alternative<std::vector<StoredCase>>(cases)) return all;
  std::map<Level, std::unique_ptr<Isolated>> workers;
  for (const StoredCase& item : std::get<std::vector<StoredCase>>(cases)) {
    if (item.subject != subject.name) continue;
    if (stop()) break;
    StoredAgain again;
    again.folder = fs::path(item.path).parent_path().string();
    auto file = read_finding_file(again.folder);
    if (auto* error = std::get_if<FileError>(&file)) return std::move(*error);
    auto trace = load_case(item);
    if (auto* error = std::get_if<FileError>(&trace)) return std::move(*error);
    auto before = load_before(item);
    if (auto* error = std::get_if<FileError>(&before)) return std::move(*error);
    again.signature = std::get<FindingFile>(file).signature;
    again.finding = finding_of(std::get<FindingFile>(file), again.folder);
    again.finding.investigation.trace = std::get<Trace>(std::move(trace));
    if (!subject.can_run(again.finding.investigation.trace)) continue;
    auto& worker = workers[again.finding.level];
    if (!worker) {
      worker = std::make_unique<Isolated>(against_model(subject, again.finding.level), Observe::digest, timeout);
    }
    Behind behind(*worker, std::get<std::vector<Trace>>(std::move(before)));
    again.verdict = behind.check(again.finding.investigation.trace);
    all.push_back(std::move(again));
  }
  return all;
}

}  // namespace cyclecheck
