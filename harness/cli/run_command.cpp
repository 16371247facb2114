#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <optional>
#include <vector>

#include "harness/cli/commands.hpp"
#include "harness/cli/exit_status.hpp"
#include "harness/cli/junit.hpp"
#include "harness/cli/oom_run.hpp"
#include "harness/cli/options.hpp"
#include "harness/cli/run_reporter.hpp"
#include "harness/search/search.hpp"
#include "harness/system/system.hpp"
#include "trace/file.hpp"

namespace cyclecheck::cli {
namespace {

constexpr std::chrono::milliseconds kDefaultTime{20'000};

struct RunOptions {
  SubjectOptions subject;
  std::vector<std::string> profiles{"python2.7", "python3.11"};
  std::chrono::milliseconds time{kDefaultTime};
  std::uint64_t traces = 0;
  std::uint64_t first = 0;
  std::uint64_t seed = 1;
  std::uint32_t max_operations = 4000;
  std::uint32_t max_findings = 10;
  std::chrono::milliseconds shrink_time{30'000};
  std::string findings = "findings";
  std::string junit;
  bool profiles_given = false;
  bool time_given = false;
  bool traces_given = false;
  bool oom = false;
  bool max_operations_given = false;
};

RandomSearchOptions campaign_options(const RunOptions& options, const SubjectEntry& subject) {
  RandomSearchOptions campaign;
  campaign.batch.seed = options.seed;
  campaign.batch.without = subject.missing;
  campaign.batch.first = options.first;
  if (options.traces_given) campaign.batch.traces = options.traces;
  campaign.batch.max_operations = options.max_operations;
  campaign.batch.timeout = options.subject.timeout + subject.grace;
  if (options.time_given || !options.traces_given) campaign.time = options.time;
  campaign.shrink_time = options.shrink_time;
  campaign.max_findings = options.max_findings;
  campaign.level = options.subject.parsed_level();
  campaign.findings = options.findings;
  return campaign;
}

std::string limit_of(const RandomSearchOptions& campaign) {
  if (campaign.time) return fmt::format("{:.0f}s", std::chrono::duration<double>(*campaign.time).count());
  return fmt::format("{} traces a profile", campaign.batch.traces);
}

bool command_uses_subject(const RunOptions& options) { return options.subject.subject != "impl"; }

// Each failure point is a run of its own: traces are short unless asked for.
int run_oom(const RunOptions& options) {
  OomOptions oom;
  oom.profiles = find_profiles(options.profiles);
  oom.seed = options.seed;
  oom.first = options.first;
  if (options.traces_given) oom.traces = options.traces;
  if (options.time_given || !options.traces_given) oom.time = options.time;
  if (options.max_operations_given) oom.max_operations = options.max_operations;
  oom.shrink_time = options.shrink_time;
  oom.findings = options.findings;
  watch_interrupts();
  return run_out_of_memory(oom);
}

int run(const RunOptions& options, const Registry& registry) {
  if (options.oom) return run_oom(options);
  const SubjectEntry subject = open_subject(registry, options.subject);
  const auto profiles = choose_profiles(options.profiles, options.profiles_given, subject);
  if (!profiles) return kBadInput;
  RandomSearchOptions campaign = campaign_options(options, subject);
  campaign.batch.profiles = *profiles;
  watch_interrupts();
  RunReporter view(limit_of(campaign));
  const RandomSearchResult result = random_search(subject, campaign, view);
  view.end_line();
  if (!result.progress.profiles.empty()) fmt::print("{}", summary(result));
  std::fflush(stdout);
  int status = result.findings.empty() ? kAgree : kFailed;
  if (result.interrupted) status = kInterrupted;
  if (result.error) {
    fmt::print(stderr, "cyclecheck: {}\n", result.error->message);
    status = kBadInput;
  }
  if (!options.junit.empty()) {
    const auto written = write_file(options.junit, junit(result));
    if (const auto* error = std::get_if<FileError>(&written)) {
      fmt::print(stderr, "cyclecheck: {}\n", error->message);
      status = kBadInput;
    }
  }
  return status;
}

}  // namespace

void add_run(CLI::App& app, const Registry& registry, Action& action) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command = app.add_subcommand("run", "Generate random traces and compare the subject with the model");
  command->footer(
      "Every failure is shrunk and stored. Ctrl-C ends the run with a summary.\n"
      "Exit status: 0 all traces agree, 1 a divergence or crash was found, 2 bad usage or unwritable output,\n"
      "130 interrupted.");
  CLI::Option* time =
      add_duration(*command, "--time", options->time, "How long to verify, shrinking not counted (default 20s)");
  CLI::Option* traces =
      command
          ->add_option("--traces", options->traces, "How many traces of each profile; with --time whichever ends first")
          ->check(CLI::PositiveNumber);
  command->add_option("--first", options->first, "The index of the first trace")->capture_default_str();
  command->add_option("--seed", options->seed, "The same seed gives the same traces everywhere")->capture_default_str();
  CLI::Option* profiles =
      command->add_option("--profile", options->profiles, "A profile such as python3.11, or all; may be repeated")
          ->check(CLI::IsMember(profile_names(true)))
          ->expected(1)
          ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
          ->default_str("python2.7, python3.11, or what the subject follows");
  add_subject_options(*command, options->subject, registry);
  CLI::Option* longest =
      command->add_option("--max-operations", options->max_operations, "The longest trace to generate")
          ->check(CLI::Range(1, 1'000'000))
          ->capture_default_str();
  command->add_option("--findings", options->findings, "The directory in which findings are stored")
      ->capture_default_str();
  command->add_option("--max-findings", options->max_findings, "End the run after so many findings")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  add_duration(*command, "--shrink-time", options->shrink_time, "How long to shrink one finding (default 30s)");
  command->add_option("--junit", options->junit, "Write the result to this file as JUnit XML");
  CLI::Option* oom =
      command->add_flag("--oom", options->oom,
                        "Let each request for memory fail that the collector makes in a trace, one after the other");
  command->callback([options, time, traces, profiles, longest, oom, &registry, &action] {
    if (oom->count() > 0 && (command_uses_subject(*options) || !options->junit.empty())) {
      throw CLI::ValidationError("--oom",
                                 "is about the collector of this program: it takes no --subject and no --junit");
    }
    options->max_operations_given = longest->count() > 0;
    options->profiles_given = profiles->count() > 0;
    options->time_given = time->count() > 0;
    options->traces_given = traces->count() > 0;
    action = [options, &registry] { return run(*options, registry); };
  });
}

}  // namespace cyclecheck::cli
