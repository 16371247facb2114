// cyclecheck-mutants: implants the catalogue's bugs in the collector, one at a time, and tells which are found.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "harness/system/system.hpp"
#include "properties/mutants/detect.hpp"
#include "properties/mutants/fault.hpp"
#include "properties/mutants/report.hpp"
#include "properties/mutants/results.hpp"
#include "properties/mutants/tables.hpp"
#include "properties/mutants/workshop.hpp"
#include "trace/file.hpp"

namespace cyclecheck {
namespace {

constexpr int kAllKilled = 0;
constexpr int kSurvivor = 1;
constexpr int kBadInput = 2;
// 128 + SIGINT, as shells do.
constexpr int kInterrupted = 130;

struct Options {
  bool quick = false;
  std::optional<std::uint32_t> seeds;
  bool harness = false;
  std::vector<std::string> names;
  std::vector<std::string> baselines;
  std::string resume;
  std::string tables;
  std::string catalogue;
  std::string build;
  std::string target;
  std::string flags;
};

// What is wrong with the arguments or with a file: the program ends with kBadInput.
struct BadInput {
  std::string message;
};

// The value, unless it is an error.
template <class Value>
Value require(std::variant<Value, FileError> result) {
  if (const auto* error = std::get_if<FileError>(&result)) throw BadInput{error->message};
  return std::get<Value>(std::move(result));
}

void add_options(CLI::App& app, Options& options) {
  app.footer(
      "Works in a build folder of Ninja and needs the sources: every mutant is compiled and linked there, under "
      "mutants/.\n"
      "Exit status: 0 all are killed with traces as short as the catalogue says, 1 one is not, 2 bad usage or input,\n"
      "130 interrupted.");
  app.add_flag("--quick", options.quick, "One seed unless --seeds says more, and levels are not proved");
  app.add_option("--seeds", options.seeds, "How many seeds (default 5)")->check(CLI::Range(1, 1000));
  CLI::Option* const harness = app.add_flag(
      "--harness", options.harness,
      "Faults of the harness itself (properties/mutants/harness): each must make the test fail that it names");
  app.add_option("--name", options.names, "Only mutants whose names begin so; may be repeated")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  std::vector<std::string> words;
  for (const Way way : kWays) words.emplace_back(to_string(way));
  app.add_option("--baseline", options.baselines,
                 "Also tries CPython's test_gc alone (test_gc), every trace of up to five operations (exhaust), "
                 "libFuzzer (fuzz) or RapidCheck's rc::state (rc); may be repeated")
      ->check(CLI::IsMember(words))
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_option("--resume", options.resume,
                 "Keeps every result in this file, and measures what is not in it: goes on after whatever ended it");
  app.add_option("--tables", options.tables, "Writes the tables to this folder, as mutants.md, kinds.md and ways.md");
  app.add_option("--catalogue", options.catalogue, "A folder of mutants (default: the project's)");
  app.add_option("--build", options.build, "The build folder (default: that of this program)");
  CLI::Option* const target =
      app.add_option("--target", options.target,
                     "Only builds this program of the build folder with each mutant; prints NAME and PATH")
          ->excludes(harness);
  app.add_option("--flags", options.flags, "Of the compiler, for --target: -DCYCLEGC_CHECKED=1")->needs(target);
}

// The build folder in which the program of a way is built.
std::string build_of(Way way, const Workshop& workshop, const std::string& build) {
  return way == Way::fuzz ? workshop.sources() + "/build/fuzz" : build;
}

std::string program_of(Way way) {
  switch (way) {
    case Way::test_gc:
    case Way::exhaust:
      return "cyclecheck";
    case Way::fuzz:
      return "fuzz_differential";
    case Way::rc:
      return "rapidcheck_baseline";
  }
  return {};
}

std::vector<Mutant> choose(std::vector<Mutant> all, const std::vector<std::string>& names) {
  if (names.empty()) return all;
  for (const std::string& name : names) {
    const auto is_named = [&](const Mutant& mutant) { return mutant.id.starts_with(name); };
    if (std::none_of(all.begin(), all.end(), is_named)) throw BadInput{"no mutant has a name that begins with " + name};
  }
  std::erase_if(all, [&](const Mutant& mutant) {
    return std::none_of(names.begin(), names.end(),
                        [&](const std::string& name) { return mutant.id.starts_with(name); });
  });
  return all;
}

// Builds a program with each of the mutants, and prints where it is.
int build_target(const Workshop& workshop, const std::vector<Mutant>& mutants, const std::string& flags) {
  int status = kAllKilled;
  for (const Mutant& mutant : mutants) {
    if (was_interrupted()) return kInterrupted;
    const auto built = workshop.build(mutant, flags);
    if (const auto* error = std::get_if<FileError>(&built)) {
      fmt::print(stderr, "cyclecheck-mutants: {}\n", error->message);
      status = kBadInput;
      continue;
    }
    fmt::print("{} {}\n", mutant.id, std::get<std::string>(built));
    std::fflush(stdout);
  }
  return status;
}

// Calls `work` with each number below `count`, on every processor one.
template <typename Work>
void for_each_at_once(std::size_t count, const Work& work) {
  std::atomic<std::size_t> next{0};
  std::vector<std::thread> threads;
  for (std::uint32_t i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i) {
    threads.emplace_back([&] {
      for (std::size_t item = next++; item < count && !was_interrupted(); item = next++) work(item);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

// Tries them, and prints each as it is done; the answer is in the catalogue's order.
std::vector<Detection> detect_all(const Workshop& workshop, const std::vector<Mutant>& mutants,
                                  const DetectOptions& options) {
  std::vector<std::optional<Detection>> done(mutants.size());
  std::mutex printing;
  for_each_at_once(mutants.size(), [&](std::size_t i) {
    Detection detection = detect(workshop, mutants[i], options);
    // Some of its runs may have been left out.
    if (was_interrupted()) return;
    const std::lock_guard lock(printing);
    fmt::print("{}", row(detection));
    std::fflush(stdout);
    done[i] = std::move(detection);
  });
  std::vector<Detection> detections;
  for (std::optional<Detection>& detection : done) {
    if (detection) detections.push_back(*std::move(detection));
  }
  return detections;
}

// Faults of the harness: which are noticed by the tests that they name.
int try_faults(const std::string& build, const std::vector<Mutant>& faults) {
  std::map<std::string, Workshop> workshops;
  for (const Mutant& fault : faults) {
    if (fault.tests.empty()) throw BadInput{fault.id + ": the header has no `test`"};
    if (!workshops.contains(fault.test_program)) {
      workshops.emplace(fault.test_program, require(Workshop::open(build, fault.test_program)));
    }
  }
  std::vector<std::string> complaints(faults.size());
  std::mutex printing;
  for_each_at_once(faults.size(), [&](std::size_t i) {
    complaints[i] = try_fault(workshops.at(faults[i].test_program), faults[i]);
    const std::lock_guard lock(printing);
    fmt::print("{:<50} {} {}\n", faults[i].id, complaints[i].empty() ? "noticed by" : "NOT NOTICED by",
               faults[i].tests);
    std::fflush(stdout);
  });
  if (was_interrupted()) return kInterrupted;
  const auto noticed = std::count(complaints.begin(), complaints.end(), std::string{});
  fmt::print("\n{} of {} faults of the harness noticed\n", noticed, faults.size());
  for (const std::string& complaint : complaints) {
    if (!complaint.empty()) fmt::print("{}\n", complaint);
  }
  return noticed == static_cast<std::ptrdiff_t>(faults.size()) ? kAllKilled : kSurvivor;
}

void write_tables(const std::string& folder, const std::vector<Detection>& detections, std::uint32_t seeds) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw BadInput{folder + ": " + error.message()};
  const std::string origin =
      fmt::format("\nWritten by `cyclecheck-mutants --tables`, with {} seed{}, at commit {}.\n\n", seeds,
                  seeds == 1 ? "" : "s", build_commit());
  require(write_file(folder + "/mutants.md",
                     "# Every mutant\n" + origin + mutants_table(detections) + "\n" + summary(detections)));
  require(write_file(folder + "/kinds.md", "# Kinds of faults\n" + origin + kinds_table(detections)));
  require(write_file(folder + "/ways.md", "# Ways of testing\n" + origin + ways_table(detections)));
}

int run(const Options& options) {
  const std::string build =
      options.build.empty() ? std::filesystem::read_symlink("/proc/self/exe").parent_path().string() : options.build;
  const std::string target = options.harness          ? "cyclecheck-mutants"
                             : options.target.empty() ? "cyclecheck"
                                                      : options.target;
  const Workshop workshop = require(Workshop::open(build, target));
  const std::string ours =
      workshop.sources() + (options.harness ? "/properties/mutants/harness" : "/properties/mutants/catalogue");
  const std::vector<Mutant> mutants =
      choose(require(load_catalogue(options.catalogue.empty() ? ours : options.catalogue)), options.names);
  watch_interrupts();
  if (options.harness) return try_faults(build, mutants);
  if (!options.target.empty()) return build_target(workshop, mutants, options.flags);

  DetectOptions detecting;
  if (options.quick) detecting.seeds = 1;
  if (options.seeds) detecting.seeds = *options.seeds;
  detecting.proves_level = !options.quick;
  detecting.stops = was_interrupted;
  std::unique_ptr<Results> results;
  if (!options.resume.empty()) {
    results = require(Results::open(options.resume));
    detecting.results = results.get();
  }
  std::map<Way, Workshop> workshops;
  for (const Way way : kWays) {
    if (std::find(options.baselines.begin(), options.baselines.end(), to_string(way)) == options.baselines.end())
      continue;
    const auto opened =
        workshops.emplace(way, require(Workshop::open(build_of(way, workshop, build), program_of(way)))).first;
    detecting.ways[static_cast<std::size_t>(way)] = &opened->second;
  }
  fmt::print("{}", heading());
  const std::vector<Detection> detections = detect_all(workshop, mutants, detecting);
  fmt::print("\n{}", summary(detections));
  if (was_interrupted()) return kInterrupted;
  if (!options.tables.empty()) write_tables(options.tables, detections, detecting.seeds);
  const bool good = std::all_of(detections.begin(), detections.end(),
                                [](const Detection& detection) { return detection.complaint().empty(); });
  return good ? kAllKilled : kSurvivor;
}

}  // namespace
}  // namespace cyclecheck

int main(int argc, char** argv) {
  using namespace cyclecheck;
  CLI::App app{"Implants catalogued bugs in the collector, one at a time, and tells which are found.",
               "cyclecheck-mutants"};
  Options options;
  add_options(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kAllKilled : kBadInput;
  }
  try {
    return run(options);
  } catch (const BadInput& bad) {
    fmt::print(stderr, "cyclecheck-mutants: {}\n", bad.message);
  } catch (const std::exception& error) {
    fmt::print(stderr, "cyclecheck-mutants: {}\n", error.what());
  }
  return kBadInput;
}
