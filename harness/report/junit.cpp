#include "harness/report/junit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "harness/system/system.hpp"

namespace cyclecheck {
namespace {

std::string body_of(const Check& check) {
  const auto element = [&](std::string_view name) {
    return fmt::format(">\n      <{0} message=\"{1}\">{2}</{0}>\n    </testcase>\n", name, escaped(check.message),
                       escaped(check.details));
  };
  switch (check.outcome) {
    case Check::Outcome::passed:
      return "/>\n";
    case Check::Outcome::failed:
      return element("failure");
    case Check::Outcome::error:
      return element("error");
    case Check::Outcome::left_out:
      return element("skipped");
  }
  return {};
}

// The attributes that both suites and the whole have.
std::string numbers_of(const std::vector<const Check*>& checks, double seconds) {
  const auto count = [&](Check::Outcome outcome) {
    return std::count_if(checks.begin(), checks.end(), [&](const Check* check) { return check->outcome == outcome; });
  };
  return fmt::format("tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{:.3f}\"", checks.size(),
                     count(Check::Outcome::failed), count(Check::Outcome::error), count(Check::Outcome::left_out),
                     seconds);
}

}  // namespace

std::string junit(const Summary& summary) {
  std::vector<std::string_view> suites;
  std::vector<const Check*> all;
  for (const Check& check : summary.checks) {
    all.push_back(&check);
    if (std::find(suites.begin(), suites.end(), check.suite) == suites.end()) suites.emplace_back(check.suite);
  }
  std::string text = fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"cyclecheck {}\" {}>\n",
                                 escaped(summary.command), numbers_of(all, summary.seconds));
  for (const std::string_view suite : suites) {
    std::vector<const Check*> its;
    double seconds = 0;
    std::string cases;
    for (const Check* check : all) {
      if (check->suite != suite) continue;
      its.push_back(check);
      seconds += check->seconds;
      cases += fmt::format("    <testcase classname=\"{}.{}\" name=\"{}\" time=\"{:.3f}\"{}", escaped(summary.command),
                           escaped(suite), escaped(check->name), check->seconds, body_of(*check));
    }
    text += fmt::format("  <testsuite name=\"{}\" {}>\n{}  </testsuite>\n", escaped(suite), numbers_of(its, seconds),
                        cases);
  }
  return text + "</testsuites>\n";
}

}  // namespace cyclecheck
