#include "harness/cli/junit.hpp"

#include <fmt/format.h>

#include <string_view>

#include "harness/cli/report.hpp"
#include "harness/system/system.hpp"

namespace cyclecheck::cli {
std::string junit(const SearchResult& result) {
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"cyclecheck run\">\n";
  for (const ProfileProgress& row : result.progress.profiles) {
    const std::string_view name = profile(row.profile).name;
    std::string cases;
    std::size_t count = 0;
    for (const Finding& finding : result.findings) {
      if (finding.original.profile != row.profile) continue;
      ++count;
      cases += fmt::format(
          "    <testcase classname=\"{}\" name=\"{}\">\n      <failure message=\"{}\">{}</failure>\n    </testcase>\n",
          name, escaped(folder_name(finding)), escaped(finding.investigation.signature),
          escaped(whole_finding(finding)));
    }
    const std::size_t failures = count;
    if (count == 0) {
      count = 1;
      cases =
          fmt::format("    <testcase classname=\"{}\" name=\"{} random traces agree\"/>\n", name, row.counters.traces);
    }
    text += fmt::format("  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\">\n{}  </testsuite>\n", name,
                        count, failures, cases);
  }
  return text + "</testsuites>\n";
}

}  // namespace cyclecheck::cli
