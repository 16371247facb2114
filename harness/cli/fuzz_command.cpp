#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <thread>

#include "harness/campaign/campaign.hpp"
#include "harness/cli/checks.hpp"
#include "harness/cli/commands.hpp"
#include "harness/cli/exit_status.hpp"
#include "harness/cli/fuzz_reporter.hpp"
#include "harness/cli/options.hpp"
#include "harness/cli/report.hpp"
#include "harness/system/system.hpp"

namespace cyclecheck::cli {
namespace {

constexpr const char* kBuiltIn = "built-in";

struct FuzzCommandOptions {
  SubjectOptions subject;
  std::string campaign;
  std::vector<std::string> profiles{"all"};
  std::chrono::milliseconds time{0};
  std::uint64_t executions = 0;
  std::uint32_t jobs = 0;
  // Drawn if none is given, so that two machines do not do the same.
  std::uint64_t seed = random_seed();
  std::size_t max_length = 256;
  std::string target;
  std::vector<std::string> seeds;
  std::chrono::milliseconds shrink_time{30'000};
  std::uint32_t max_findings = 100;
  std::uint64_t max_megabytes = 0;
  std::vector<std::string> merged;
  ReportOptions report;
  bool shows_status = false;
  bool minimises = false;
  bool keeps_all = false;
  bool time_given = false;
  bool profile_given = false;
  bool subject_given = false;
};

template <typename Value>
Value value_of(std::variant<Value, FileError> either) {
  if (auto* error = std::get_if<FileError>(&either)) throw std::runtime_error(error->message);
  return std::get<Value>(std::move(either));
}

void tell(const Notes& notes) {
  for (const std::string& line : notes.lines()) fmt::print(stderr, "{}\n", line);
}

void add_states(Summary& summary, const std::string& campaign, std::uint64_t executions, std::uint64_t corpus,
                std::uint64_t states, std::uint64_t failures, std::uint64_t findings) {
  summary.counts.push_back({campaign,
                            {{"executions", executions},
                             {"corpus", corpus},
                             {"states", states},
                             {"failures", failures},
                             {"findings", findings}}});
}

std::string show_status(const std::string& campaign, Summary& summary) {
  Notes notes;
  const CampaignFolder folder = value_of(CampaignFolder::read(campaign, notes));
  const CampaignSummary all = summarise(folder, notes);
  tell(notes);
  std::uint64_t failures = 0;
  for (const SessionEntry& session : all.sessions) failures += session.failures;
  add_states(summary, campaign, all.executions, all.corpus, all.states.states, failures, all.findings.size());
  return ledger(all, campaign);
}

std::string merge(const FuzzCommandOptions& options, Summary& summary) {
  Notes notes;
  auto merged = merge_campaigns(options.campaign, options.merged, notes);
  tell(notes);
  const Merged result = value_of(std::move(merged));
  summary.counts.push_back({options.campaign,
                            {{"new_inputs", result.inputs},
                             {"new_findings", result.findings},
                             {"new_sessions", result.sessions},
                             {"states", result.states},
                             {"states_before", result.states_before}}});
  return fmt::format("{}: {}, {} and {} are new; {}, {} before\n", options.campaign, counted(result.inputs, "input"),
                     counted(result.findings, "finding"), counted(result.sessions, "session"),
                     counted(result.states, "heap state"), grouped(result.states_before));
}

// Chooses the engine: a target by name, or one that stands ready, or the built-in one. Throws std::runtime_error.
void choose_engine(const FuzzCommandOptions& options, FuzzOptions& fuzz) {
  if (options.target == kBuiltIn) return;
  if (!options.target.empty()) {
    fuzz.target = value_of(examine_target(options.target));
    const char* wrong = options.profile_given           ? "--profile"
                        : options.subject_given         ? "--subject and --level"
                        : options.subject.without.any() ? "--only and --without"
                                                        : nullptr;
    if (wrong == nullptr) return;
    throw std::runtime_error(fmt::format("{} cannot be chosen with --target: the target decides", wrong));
  }
  // What the target cannot do the built-in engine does.
  if (options.profile_given || options.subject_given || options.subject.without.any()) return;
  std::string why;
  fuzz.target = find_target(why);
  if (!fuzz.target && !why.empty() && !options.report.quiet) fmt::print("{}\n", why);
}

FuzzOptions fuzz_options(const FuzzCommandOptions& options) {
  FuzzOptions fuzz;
  fuzz.campaign = options.campaign;
  if (options.time_given) fuzz.time = options.time;
  if (options.executions != 0) fuzz.executions = options.executions;
  fuzz.jobs = options.jobs != 0 ? options.jobs : std::max(1U, std::thread::hardware_concurrency());
  fuzz.seed = options.seed;
  fuzz.max_length = options.max_length;
  fuzz.level = options.subject.parsed_level();
  fuzz.timeout = options.subject.timeout;
  fuzz.seeds = options.seeds;
  fuzz.shrink_time = options.shrink_time;
  fuzz.max_findings = options.max_findings;
  fuzz.max_bytes = options.max_megabytes << 20U;
  fuzz.may_minimise = !options.keeps_all;
  return fuzz;
}

std::string fuzz(const FuzzCommandOptions& options, const Registry& registry, Summary& summary) {
  if (options.shows_status) return show_status(options.campaign, summary);
  if (!options.merged.empty()) return merge(options, summary);
  const SubjectEntry subject = open_subject(registry, options.subject);
  FuzzOptions fuzz = fuzz_options(options);
  fuzz.timeout += subject.grace;
  fuzz.profiles = options.profile_given ? choose_profiles(options.profiles, true, subject) : subject.profiles;
  choose_engine(options, fuzz);
  watch_interrupts();
  invocation().jobs = fuzz.jobs;
  invocation().seed = fuzz.seed;
  FuzzReporter view(fuzz, options.report.quiet);
  if (options.minimises) {
    const Minimised minimised = value_of(minimise_campaign(subject, fuzz, view));
    view.end_line();
    summary.interrupted = was_interrupted();
    summary.status = summary.interrupted ? kInterrupted : kAgree;
    summary.counts.push_back({options.campaign, {{"inputs_before", minimised.before}, {"inputs", minimised.after}}});
    return summary.interrupted && minimised.gave_up ? "" : describe_minimised(minimised);
  }
  const FuzzResult result = run_fuzz_session(subject, fuzz, view);
  view.end_line();
  const SessionEntry& session = result.session;
  summary.seed = fuzz.seed;
  summary.interrupted = result.interrupted;
  add_states(summary, options.campaign, session.executions, session.corpus, session.states, session.failures,
             session.findings);
  Check inputs{"campaign", "inputs", Check::Outcome::passed, session.seconds};
  const bool failed = session.failures > 0 || session.findings > 0;
  if (failed) {
    inputs.outcome = Check::Outcome::failed;
    inputs.message = counted(session.failures, "input") + " failed";
  }
  summary.checks.push_back(std::move(inputs));
  summary.checks.insert(summary.checks.end(), view.checks().begin(), view.checks().end());
  summary.status = result.interrupted ? kInterrupted : failed ? kFailed : kAgree;
  if (result.error) {
    fmt::print(stderr, "cyclecheck: {}\n", result.error->message);
    summary.add_error(result.error->message);
    summary.status = kBadInput;
  }
  return session.id.empty() ? "" : session_summary(result, options.campaign);
}

}  // namespace

void add_fuzz(CLI::App& app, const Registry& registry, Action& action) {
  auto options = std::make_shared<FuzzCommandOptions>();
  CLI::App* command = app.add_subcommand("fuzz", "A coverage-guided campaign that can be interrupted and resumed");
  command->footer(
      "The first call begins a campaign, later ones resume it; everything is in its folder at any moment, whether\n"
      "the session ends, is interrupted or killed. Failures are shrunk and stored once a signature. If a libFuzzer\n"
      "target of the same commit was built (presets fuzz-plain and fuzz), it is used, and edges of the collector\n"
      "count; otherwise the built-in engine is guided by heap states alone. See docs/fuzzing.md.\n"
      "Exit status: 0 nothing failed in this session, 1 something did, 2 bad usage or a folder that cannot be\n"
      "read or written, 130 interrupted.");
  command->add_option("--campaign", options->campaign, "The folder of the campaign")->required();
  CLI::Option* time = add_duration(*command, "--time", options->time,
                                   "How long, shrinking and minimising included (default: until Ctrl-C)");
  add_number(*command, "--executions", options->executions, 1, UINT64_MAX, "End the session after so many executions");
  add_number(*command, "--jobs", options->jobs, 1, 256, "How many processes (default: one a processor)");
  CLI::Option* profile =
      command->add_option("--profile", options->profiles, "A profile such as python3.11, or all; may be repeated")
          ->check(one_of(profile_names(true)))
          ->expected(1)
          ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
          ->default_str("all");
  command->add_option("--target", options->target,
                      "A libFuzzer target, fuzz_differential or fuzz_collector, or built-in for the built-in engine");
  add_subject_options(*command, options->subject, registry);
  add_features(*command, options->subject.without);
  add_seed(*command, options->seed, "random");
  command
      ->add_option("--seeds", options->seeds, "Traces and inputs, or folders of them, that are taken into the corpus")
      ->type_name("FILE");
  add_number(*command, "--max-length", options->max_length, 16, 65536, "The longest input to make, in bytes");
  add_number(*command, "--max-findings", options->max_findings, 1, UINT32_MAX,
             "End the session after so many new findings (default 10)");
  add_number(*command, "--max-megabytes", options->max_megabytes, 1, 1U << 20U,
             "End the session when the campaign's folder is larger (default: no limit)");
  add_duration(*command, "--shrink-time", options->shrink_time, "How long to shrink one finding (default 30s)");
  CLI::Option* status = command->add_flag("--status", options->shows_status, "Only print the ledger");
  CLI::Option* merged =
      command->add_option("--merge", options->merged, "Only add what these campaigns have: may be repeated safely")
          ->type_name("FOLDER");
  CLI::Option* minimise = command->add_flag("--minimise,--minimize", options->minimises,
                                            "Only make the corpus smaller, losing no heap state");
  command
      ->add_flag("--no-minimise,--no-minimize", options->keeps_all, "Keep every input at the end of the session, too")
      ->excludes(minimise);
  status->excludes(merged)->excludes(minimise);
  merged->excludes(minimise);
  add_report_options(*command, options->report);
  const CLI::Option* subject = command->get_option("--subject");
  const CLI::Option* level = command->get_option("--level");
  command->callback([=, &registry, &action] {
    const std::vector<std::string> always{"--campaign", "--format", "--junit", "--sarif", "--quiet"};
    refuse_beside(*command, "--status", always);
    refuse_beside(*command, "--merge", always);
    options->time_given = time->count() > 0;
    options->profile_given = profile->count() > 0;
    if (options->minimises) {
      for (const char* name : {"--executions", "--seed", "--seeds", "--max-length", "--max-findings", "--max-megabytes",
                               "--shrink-time"}) {
        if (command->get_option(name)->count() > 0) throw CLI::ValidationError(name, "has no effect with --minimise");
      }
    }
    options->subject_given = subject->count() > 0 || level->count() > 0;
    action = [options, &registry] {
      return report(options->report, "fuzz", [&](Summary& summary) { return fuzz(*options, registry, summary); });
    };
  });
}

}  // namespace cyclecheck::cli
