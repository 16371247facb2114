#include "harness/campaign/finding_page.hpp"

#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>
#include <variant>

#include "harness/compare/compare.hpp"
#include "harness/explain/explain.hpp"
#include "harness/stored/stored.hpp"
#include "trace/file.hpp"

namespace cyclecheck {
namespace {

namespace fs = std::filesystem;

std::optional<Log> stored_log(StoredCase finding, const fs::path& log, const Trace& trace) {
  std::error_code ignored;
  if (!fs::exists(log, ignored)) return std::nullopt;
  finding.log = log.string();
  auto read = load_log(finding, trace);
  if (!std::holds_alternative<Log>(read)) return std::nullopt;
  return std::get<Log>(std::move(read));
}

void explain_finding(const fs::path& folder) {
  const auto cases = find_cases({folder.string()});
  const auto file = read_finding_file(folder.string());
  if (!std::holds_alternative<std::vector<StoredCase>>(cases) || !std::holds_alternative<FindingFile>(file)) return;
  const StoredCase& finding = std::get<std::vector<StoredCase>>(cases).front();
  const auto loaded = load_case(finding);
  if (!std::holds_alternative<Trace>(loaded)) return;
  const Trace& trace = std::get<Trace>(loaded);
  PageOptions page;
  page.title = folder.filename().string();
  page.other_name = finding.subject.value_or("subject");
  page.level = finding.level.value_or(Level::order);
  page.verdict = {page.other_name + " fails: " + std::get<FindingFile>(file).signature + "."};
  page.other = stored_log(finding, folder / "subject.log", trace);
  const auto model = stored_log(finding, folder / "model.log", trace);
  if (model && page.other) {
    if (const auto divergence = compare(trace, *model, *page.other, page.level)) {
      page.divergence = divergence->operation;
      page.verdict = diagnose(trace, *divergence, page.other_name);
    }
  }
  (void)write_file((folder / kFindingPage).string(), explanation_page(trace, page));
}

}  // namespace

void explain_findings(const std::string& findings) {
  std::error_code error;
  for (auto entry = fs::directory_iterator(findings, error); !error && entry != fs::directory_iterator{};
       entry.increment(error)) {
    std::error_code ignored;
    // Hidden ones are being written.
    if (entry->path().filename().string().starts_with('.')) continue;
    const bool is_finding = entry->is_directory(ignored) && fs::exists(entry->path() / kFindingFile, ignored);
    if (is_finding && !fs::exists(entry->path() / kFindingPage, ignored)) explain_finding(entry->path());
  }
}

}  // namespace cyclecheck
