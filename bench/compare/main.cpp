// The comparison table: workloads of bench/groups.cpp, run in turn by the worker programs beside this one.
//
// Exit status: 0 whatever the speed; 1 if collectors answer differently or a worker fails; 2 bad usage.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "bench/compare/measure.hpp"
#include "bench/compare/page.hpp"
#include "bench/compare/table.hpp"

namespace cyclecheck::bench {
namespace {

struct Options {
  bool quick = false;
  bool everything = false;
  bool list = false;
  std::size_t rounds = 0;
  std::string only;
  std::string update;
};

std::string processor() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "a processor without a name";
}

std::string compiler() {
#if defined(__clang__)
  return fmt::format("Clang {}", __clang_version__);
#else
  return fmt::format("GCC {}", __VERSION__);
#endif
}

Circumstances circumstances(const std::string& folder, const Options& options) {
  double load[1] = {0};
  static_cast<void>(::getloadavg(load, 1));
  std::string versions;
  for (const char* program : {"cpython", "boehm", "mimalloc"}) {
    const std::string version = version_of(program, folder);
    versions +=
        (versions.empty() ? "" : "; ") + (version.starts_with("not built") ? program + (": " + version) : version);
  }
  return {fmt::format("{}, {} cores, of which a workload uses one; {}", processor(),
                      std::thread::hardware_concurrency(), compiler()),
          versions,
          fmt::format("load average when it began: {:.1f}; rounds: {}", load[0],
                      options.rounds != 0 ? std::to_string(options.rounds) : "3 to 9, 2 of the largest heaps")};
}

bool is_chosen(const Group& group, const Options& options) {
  if (!options.only.empty()) {
    return std::regex_search(group.section + ": " + group.title, std::regex(options.only, std::regex::icase));
  }
  if (options.quick) return group.tier == Tier::quick;
  return options.everything || group.tier != Tier::everything;
}

Effort effort_of(const Options& options, const Group& group) {
  using std::chrono::milliseconds;
  if (options.rounds != 0) return {.least_rounds = options.rounds, .most_rounds = options.rounds, .budget = {}};
  if (options.quick) return {.least_rounds = 2, .most_rounds = 5, .budget = milliseconds(600)};
  if (options.everything) return {.least_rounds = 3, .most_rounds = 15, .budget = milliseconds(10'000)};
  // Ten million objects of CPython take seconds to collect.
  const bool is_large = std::any_of(group.contenders.begin(), group.contenders.end(), [](const Contender& contender) {
    return contender.program == "cpython" && contender.spec.objects >= 10'000'000;
  });
  return {.least_rounds = is_large ? 2U : 3U, .most_rounds = 9, .budget = milliseconds(1000)};
}

int run(const Options& options, const std::string& folder) {
  std::vector<Group> groups = all_groups();
  std::erase_if(groups, [&](const Group& group) { return !is_chosen(group, options); });
  if (groups.empty()) throw std::invalid_argument(options.only + ": matches no workload");
  if (options.list) {
    for (const Group& group : groups) fmt::print("{}: {}\n", group.section, group.title);
    return 0;
  }
  const Circumstances where = circumstances(folder, options);
  for (const std::string& line : where) fmt::print("{}\n", line);

  std::vector<GroupResult> results;
  std::vector<Row> rows;
  std::vector<std::string> failures;
  const auto show = [&](const Row& row) {
    fmt::print("{}", line_of(row, rows.empty() ? nullptr : &rows.back()));
    std::fflush(stdout);
    rows.push_back(row);
  };
  for (const Group& group : groups) {
    results.push_back(measure(group, folder, effort_of(options, group)));
    for (const Row& row : rows_of(results.back())) show(row);
    for (const std::string& failure : results.back().failures) {
      fmt::print("  FAILURE: {}\n", failure);
      failures.push_back(failure);
    }
  }
  if (!options.quick && options.only.empty()) {
    for (const Row& row : rows_across(results)) show(row);
  }
  fmt::print("\n{}\n", summary_of(rows));
  if (!failures.empty()) fmt::print("{} failures\n", failures.size());
  if (!options.update.empty()) update_page(options.update, where, results, rows);
  return failures.empty() ? 0 : 1;
}

}  // namespace
}  // namespace cyclecheck::bench

int main(int argc, char** argv) {
  cyclecheck::bench::Options options;
  CLI::App app(
      "Compares the collector of this project with others: the same workloads, in turn, ratios round by round.");
  CLI::Option* const quick = app.add_flag("--quick", options.quick, "under a minute: no heap of ten million objects");
  app.add_flag("--everything", options.everything, "every size, shape, hold and share of garbage: hours")
      ->excludes(quick);
  app.add_flag("--list", options.list, "say what would be measured");
  CLI::Option* const only =
      app.add_option("--only", options.only, "workloads whose section and title match a regular expression");
  app.add_option("--rounds", options.rounds, "how often each workload is run; otherwise as time permits");
  app.add_option("--update", options.update, "write table, pictures and data into this page")
      ->excludes(quick)
      ->excludes(only);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  try {
    return cyclecheck::bench::run(options, std::filesystem::read_symlink("/proc/self/exe").parent_path().string());
  } catch (const std::exception& error) {
    fmt::print(stderr, "compare: {}\n", error.what());
    return 2;
  }
}
