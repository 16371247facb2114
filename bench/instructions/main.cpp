// Instructions that fixed workloads of the collector take, counted by callgrind and compared with a baseline that is
// kept in the repository. The counts are those of a compiler and its version, so the baseline has an entry for each.
//
// Exit status: 0 no workload grew by more than 5 %, or the compiler has no baseline yet; 1 one did; 2 bad usage, or a
// workload cannot be counted.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "harness/system/system.hpp"

namespace cyclecheck::bench {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kAllowed = 0.05;

struct Counted {
  const char* name;
  const char* spec;
};
constexpr Counted kWorkloads[] = {
    {"live", "full objects=100000 edges=3 shape=random hold=G"},
    {"garbage", "full objects=50000 edges=3 shape=random garbage=100"},
    {"pairs", "pairs objects=20000"},
    {"observed", "full objects=20000 edges=3 shape=random garbage=100 observed=weak_callback"},
};

// "GNU 12.2.0 x86_64": whose counts are comparable.
constexpr const char* kCompiler = CYCLECHECK_COMPILER;

std::uint64_t count(const std::string& worker, const char* spec) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(5);
  ChildProcess process({"valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
                        "--toggle-collect=cyclecheck_counted", worker, "--count", spec});
  const std::string end = process.wait_for_end(deadline);
  if (end == "exit status 127") throw std::runtime_error("valgrind is not installed");
  const std::string& said = process.errors();
  if (!end.empty()) throw std::runtime_error(end + ": " + said);
  // "==1234== Collected : 5678"
  const std::size_t at = said.rfind("Collected : ");
  if (at == std::string::npos)
    throw std::runtime_error("valgrind did not say how many instructions it counted: " + said);
  const std::uint64_t instructions = std::stoull(said.substr(at + 12));
  if (instructions == 0) throw std::runtime_error("nothing was counted");
  return instructions;
}

Json read_baseline(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error(path + ": cannot be read");
  return Json::parse(in);
}

int run(const std::string& path, const std::string& only, bool update) {
  const std::string worker = (std::filesystem::read_symlink("/proc/self/exe").parent_path() / "bench_cyclegc").string();
  Json baseline = read_baseline(path);
  const bool is_known = baseline.contains(kCompiler);
  bool grew = false;
  bool shrank = false;
  Json counts;
  for (const Counted& workload : kWorkloads) {
    if (!only.empty() && only != workload.name) continue;
    const std::uint64_t now = count(worker, workload.spec);
    counts[workload.name] = now;
    if (!is_known || !baseline[kCompiler].contains(workload.name)) {
      fmt::print("instructions: {:<9} {:>12}\n", workload.name, now);
      continue;
    }
    const auto before = baseline[kCompiler][workload.name].get<std::uint64_t>();
    const double change = static_cast<double>(now) / static_cast<double>(before) - 1;
    grew = grew || change > kAllowed;
    shrank = shrank || change < -kAllowed;
    fmt::print("instructions: {:<9} {:>12}, {:+.1f} % of {}{}\n", workload.name, now, 100 * change, before,
               change > kAllowed ? ": TOO MANY" : "");
  }
  if (update) {
    baseline[kCompiler] = counts;
    std::ofstream out(path);
    out << baseline.dump(2) << "\n";
    out.close();
    if (!out) throw std::runtime_error(path + ": cannot be written");
    fmt::print("instructions: {} is the baseline of {} now\n", path, kCompiler);
    return 0;
  }
  if (!is_known) {
    fmt::print("instructions: NOT CHECKED: no baseline for {}; ci/check-instructions --update records one\n",
               kCompiler);
    return 0;
  }
  if (grew)
    fmt::print("instructions: more than 5 % above the baseline; ci/check-instructions --update if that is meant\n");
  if (shrank)
    fmt::print("instructions: more than 5 % below the baseline: ci/check-instructions --update keeps the gain\n");
  return grew ? 1 : 0;
}

}  // namespace
}  // namespace cyclecheck::bench

int main(int argc, char** argv) {
  CLI::App app("Counts the instructions of fixed workloads under callgrind.");
  std::string baseline;
  std::string only;
  bool update = false;
  app.add_option("--baseline", baseline, "the file with the counts of each compiler")->required();
  CLI::Option* const chosen = app.add_option("--only", only, "one workload alone")
                                  ->check(CLI::IsMember({"live", "garbage", "pairs", "observed"}));
  app.add_flag("--update", update, "make what is counted the baseline of this compiler")->excludes(chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  try {
    return cyclecheck::bench::run(baseline, only, update);
  } catch (const std::exception& error) {
    fmt::print(stderr, "instructions: {}\n", error.what());
    return 2;
  }
}
