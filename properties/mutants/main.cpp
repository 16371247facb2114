#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "harness/cli/commands.hpp"
#include "harness/cli/exit_status.hpp"
#include "harness/cli/interrupt.hpp"
#include "harness/cli/options.hpp"
#include "properties/mutants/detection.hpp"
#include "properties/mutants/results.hpp"
#include "trace/file.hpp"

namespace cyclecheck::cli {
namespace {

constexpr const char* kProgram = "cyclecheck";
constexpr const char* kRapidCheck = "rapidcheck_baseline";
constexpr const char* kFuzzTarget = "fuzz_differential";

struct MutantsOptions {
  bool quick = false;
  std::uint32_t jobs = 0;
  std::uint32_t seeds = 0;
  std::vector<std::string> only;
  std::vector<std::string> baselines;
  std::string catalogue;
  std::string build;
  std::string markdown;
  std::string section = "mutants";
  std::string stored;
  std::string fuzz_build;
  std::uint32_t exhaust_operations = 5;
  std::string part = "1/1";
  std::string target;
  std::string flags;
  bool checks_patches = false;
  std::string resume;
  std::uint32_t baseline_seeds = 0;
  std::uint32_t baseline_time = 10;
  std::chrono::milliseconds time{20'000};
  std::chrono::milliseconds shrink_time{20'000};
};

int bad(const FileError& error) {
  fmt::print(stderr, "cyclecheck: {}\n", error.message);
  return kBadInput;
}

// The mutants that --only names, by their ids or by what those begin with.
std::vector<Mutant> choose(std::vector<Mutant> all, const std::vector<std::string>& only) {
  if (only.empty()) return all;
  std::erase_if(all, [&](const Mutant& mutant) {
    return std::none_of(only.begin(), only.end(), [&](const std::string& id) { return mutant.id.starts_with(id); });
  });
  return all;
}

std::vector<Mutant> part_of(std::vector<Mutant> all, const Part& part) {
  std::vector<Mutant> chosen;
  for (std::size_t i = part.index - 1; i < all.size(); i += part.count) chosen.push_back(std::move(all[i]));
  return chosen;
}

// Tries them on several threads, and prints each as it is done; the answer is in the catalogue's order.
std::vector<Detection> detect_all(const Workshop& workshop, const std::vector<Mutant>& mutants,
                                  const DetectOptions& options, std::uint32_t jobs) {
  std::vector<std::optional<Detection>> done(mutants.size());
  std::atomic<std::size_t> next{0};
  std::mutex printing;
  const auto work = [&] {
    for (std::size_t i = next++; i < mutants.size() && !was_interrupted(); i = next++) {
      Detection detection = detect(workshop, mutants[i], options);
      // Some of its runs may have been left out.
      if (was_interrupted()) return;
      const std::lock_guard lock(printing);
      fmt::print("{}", row(detection));
      std::fflush(stdout);
      done[i] = std::move(detection);
    }
  };
  std::vector<std::thread> threads;
  for (std::uint32_t i = 0; i < jobs; ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  std::vector<Detection> detections;
  for (std::optional<Detection>& detection : done) {
    if (detection) detections.push_back(*std::move(detection));
  }
  return detections;
}

// Replaces the table in a file that has one, else writes a file with the table alone.
int write_markdown(const std::string& path, const std::string& section, const std::vector<Detection>& detections) {
  const std::string table = markdown(detections) + "\n" + compare_ways(detections) + "\n" + summary(detections);
  std::string text = table;
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored)) {
    const auto old = read_file(path);
    if (const auto* error = std::get_if<FileError>(&old)) return bad(*error);
    const auto replaced = replace_section(std::get<std::string>(old), section, table);
    if (!replaced)
      return bad({fmt::format("{0}: has no section between <!-- {1} --> and <!-- end {1} -->", path, section)});
    text = *replaced;
  }
  const auto written = write_file(path, text);
  if (const auto* error = std::get_if<FileError>(&written)) return bad(*error);
  return kAgree;
}

int check_patches(const std::vector<Mutant>& mutants, const std::string& sources) {
  int status = kAgree;
  for (const Mutant& mutant : mutants) {
    const auto applied = implant(mutant, sources);
    if (const auto* error = std::get_if<FileError>(&applied)) {
      fmt::print(stderr, "{}\n", error->message);
      status = kFailed;
    }
  }
  if (status == kAgree) fmt::print("{} patches apply\n", mutants.size());
  return status;
}

// Builds a program with each of the mutants, and prints where it is.
int build_target(const std::string& build, const MutantsOptions& options, const std::vector<Mutant>& mutants) {
  const auto opened = Workshop::open(build, options.target);
  if (const auto* error = std::get_if<FileError>(&opened)) return bad(*error);
  int status = kAgree;
  for (const Mutant& mutant : mutants) {
    if (was_interrupted()) return kInterrupted;
    const auto built = std::get<Workshop>(opened).build(mutant, options.flags);
    if (const auto* error = std::get_if<FileError>(&built)) {
      status = bad(*error);
    } else {
      fmt::print("{} {}\n", mutant.id, std::get<std::string>(built));
      std::fflush(stdout);
    }
  }
  return status;
}

int run(const MutantsOptions& options) {
  const std::string build =
      options.build.empty() ? std::filesystem::read_symlink("/proc/self/exe").parent_path().string() : options.build;
  const auto opened = Workshop::open(build, options.target.empty() ? kProgram : options.target);
  if (const auto* error = std::get_if<FileError>(&opened)) return bad(*error);
  const auto& workshop = std::get<Workshop>(opened);
  auto catalogue = load_catalogue(options.catalogue.empty() ? workshop.sources() + "/properties/mutants/catalogue"
                                                            : options.catalogue);
  if (const auto* error = std::get_if<FileError>(&catalogue)) return bad(*error);
  const std::vector<Mutant> mutants =
      part_of(choose(std::get<std::vector<Mutant>>(std::move(catalogue)), options.only), *parse_part(options.part));
  if (mutants.empty()) return bad({"no mutant has such a name"});
  if (options.checks_patches) return check_patches(mutants, workshop.sources());

  if (!options.target.empty()) {
    watch_interrupts();
    return build_target(build, options, mutants);
  }

  DetectOptions detecting;
  detecting.seeds = options.seeds != 0 ? options.seeds : options.quick ? 1 : 5;
  detecting.time = options.time;
  detecting.shrink_time = options.shrink_time;
  detecting.proves_level = !options.quick;
  detecting.baseline.seeds = options.baseline_seeds != 0 ? options.baseline_seeds : detecting.seeds;
  detecting.baseline.time = std::chrono::seconds{options.baseline_time};
  detecting.stops = was_interrupted;
  std::unique_ptr<Results> results;
  if (!options.resume.empty()) {
    auto opened_results = Results::open(options.resume);
    if (const auto* error = std::get_if<FileError>(&opened_results)) return bad(*error);
    results = std::get<std::unique_ptr<Results>>(std::move(opened_results));
    detecting.results = results.get();
  }
  std::optional<Workshop> rapidcheck;
  std::optional<Workshop> fuzzing;
  for (const std::string& baseline : options.baselines) {
    if (baseline == "test_gc")
      detecting.stored = options.stored.empty() ? workshop.sources() + "/corpus/conformance/test_gc" : options.stored;
    if (baseline == "exhaust") detecting.exhaustive = options.exhaust_operations;
    if (baseline == "fuzz") {
      auto opened_target = Workshop::open(
          options.fuzz_build.empty() ? workshop.sources() + "/build/fuzz" : options.fuzz_build, kFuzzTarget);
      if (const auto* error = std::get_if<FileError>(&opened_target)) return bad(*error);
      fuzzing = std::get<Workshop>(std::move(opened_target));
      detecting.fuzzing = &*fuzzing;
    }
    if (baseline == "rc") {
      auto opened_baseline = Workshop::open(build, kRapidCheck);
      if (const auto* error = std::get_if<FileError>(&opened_baseline)) return bad(*error);
      rapidcheck = std::get<Workshop>(std::move(opened_baseline));
      detecting.rapidcheck = &*rapidcheck;
    }
  }
  watch_interrupts();
  fmt::print("{}", heading());
  const std::uint32_t jobs = options.jobs != 0 ? options.jobs : std::max(1U, std::thread::hardware_concurrency());
  const std::vector<Detection> detections = detect_all(workshop, mutants, detecting, jobs);
  fmt::print("\n{}", summary(detections));
  if (was_interrupted()) return kInterrupted;
  if (!options.markdown.empty()) {
    if (const int status = write_markdown(options.markdown, options.section, detections); status != kAgree)
      return status;
  }
  const bool good = std::all_of(detections.begin(), detections.end(),
                                [](const Detection& detection) { return detection.complaint().empty(); });
  return good ? kAgree : kFailed;
}

void add_options(CLI::App& app, MutantsOptions& values) {
  CLI::App* const command = &app;
  MutantsOptions* const options = &values;
  command->footer(
      "Works in a build folder of Ninja and needs the sources: every mutant is compiled and linked there, under "
      "mutants/.\n"
      "Exit status: 0 all are killed with traces as short as the catalogue says, 1 one is not, 2 bad usage or input,\n"
      "130 interrupted.");
  command->add_flag("--quick", options->quick, "One seed instead of five, and levels are not proved");
  command->add_option("--seeds", options->seeds, "How many seeds (default 5)")->check(CLI::Range(1, 1000));
  command->add_option("--jobs", options->jobs, "How many at once (default: one a processor)")
      ->check(CLI::Range(1, 256));
  command->add_option("--only", options->only, "Those whose names begin so; may be repeated")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command
      ->add_option("--baseline", options->baselines,
                   "Also tries RapidCheck's rc::state (rc), stored traces alone (test_gc), every trace up "
                   "to --exhaust-ops (exhaust), or libFuzzer (fuzz); may be repeated")
      ->check(CLI::IsMember({"rc", "test_gc", "exhaust", "fuzz"}))
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command
      ->add_option("--baseline-seeds", options->baseline_seeds,
                   "How many seeds for rc and fuzz (default: as many as for the program itself)")
      ->check(CLI::Range(1, 1000));
  command
      ->add_option("--baseline-time", options->baseline_time,
                   "Seconds of processor time that rc and fuzz have with one seed; rc's shrinking has as many")
      ->check(CLI::Range(1, 3600))
      ->capture_default_str();
  command->add_option(
      "--resume", options->resume,
      "Keeps every result in this file, and measures what is not in it: goes on after whatever ended it");
  command->add_option("--stored", options->stored, "The traces of --baseline test_gc");
  command->add_option("--markdown", options->markdown, "Writes the table to this file, or replaces the one in it");
  command->add_option("--section", options->section, "Of that file: between <!-- NAME --> and <!-- end NAME -->")
      ->capture_default_str();
  command->add_option("--exhaust-ops", options->exhaust_operations, "The longest trace of --baseline exhaust")
      ->check(CLI::Range(1U, 16U))
      ->capture_default_str();
  command->add_option("--fuzz-build", options->fuzz_build, "The build folder of --baseline fuzz (default: build/fuzz)");
  command->add_option("--part", options->part, "The third of each thirteen: 3/13")
      ->check(is_part)
      ->capture_default_str();
  command->add_flag("--check-patches", options->checks_patches, "Builds nothing: do all patches apply?");
  command->add_option("--catalogue", options->catalogue, "A directory of mutants (default: the project's)");
  command->add_option("--target", options->target,
                      "Only builds this program of the build folder with each mutant, and prints NAME and PATH");
  command->add_option("--flags", options->flags, "Of the compiler, for --target: -DCYCLEGC_CHECKED=1");
  command->add_option("--build", options->build, "The build folder (default: that of this program)");
  add_duration(*command, "--time", options->time, "How long to look for one mutant with one seed (default 20s)");
  add_duration(*command, "--shrink-time", options->shrink_time, "How long to shrink a failing trace (default 20s)");
}

}  // namespace
}  // namespace cyclecheck::cli

int main(int argc, char** argv) {
  using namespace cyclecheck::cli;
  CLI::App app{"Implants catalogued bugs in the collector, one at a time, and tells which are found.",
               "cyclecheck-mutants"};
  MutantsOptions options;
  add_options(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kAgree : kBadInput;
  }
  try {
    return run(options);
  } catch (const std::exception& error) {
    fmt::print(stderr, "cyclecheck-mutants: {}\n", error.what());
    return kBadInput;
  }
}
