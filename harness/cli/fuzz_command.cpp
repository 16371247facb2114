#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <thread>

#include "harness/campaign/campaign.hpp"
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
  std::uint64_t seed = 1;
  std::size_t max_length = 256;
  std::string target;
  std::vector<std::string> seeds;
  std::chrono::milliseconds shrink_time{30'000};
  std::uint32_t max_findings = 100;
  std::vector<std::string> merged;
  bool shows_status = false;
  bool minimises = false;
  bool keeps_all = false;
  bool time_given = false;
  bool profile_given = false;
  bool subject_given = false;
};

int bad(const FileError& error) {
  std::fflush(stdout);
  fmt::print(stderr, "cyclecheck: {}\n", error.message);
  return kBadInput;
}

void tell(const Notes& notes) {
  for (const std::string& line : notes.lines()) fmt::print(stderr, "{}\n", line);
}

int show_status(const std::string& campaign) {
  Notes notes;
  const auto opened = CampaignFolder::read(campaign, notes);
  if (const auto* error = std::get_if<FileError>(&opened)) return bad(*error);
  const CampaignSummary summary = summarise(std::get<CampaignFolder>(opened), notes);
  tell(notes);
  fmt::print("{}", ledger(summary, campaign));
  return kAgree;
}

int merge(const FuzzCommandOptions& options) {
  Notes notes;
  const auto merged = merge_campaigns(options.campaign, options.merged, notes);
  tell(notes);
  if (const auto* error = std::get_if<FileError>(&merged)) return bad(*error);
  const auto& result = std::get<Merged>(merged);
  fmt::print("{}: {} inputs, {} findings and {} sessions are new; {} heap states, {} before\n", options.campaign,
             grouped(result.inputs), result.findings, result.sessions, grouped(result.states),
             grouped(result.states_before));
  return kAgree;
}

// Chooses the engine: a target by name, or one that stands ready, or the built-in one. False: it was said why not.
bool choose_engine(const FuzzCommandOptions& options, FuzzOptions& fuzz) {
  if (options.target == kBuiltIn) return true;
  if (!options.target.empty()) {
    const auto examined = examine_target(options.target);
    if (const auto* error = std::get_if<FileError>(&examined)) {
      (void)bad(*error);
      return false;
    }
    fuzz.target = std::get<FuzzTarget>(examined);
    const char* wrong = options.profile_given           ? "--profile"
                        : options.subject_given         ? "--subject and --level"
                        : options.subject.without.any() ? "--only and --without"
                                                        : nullptr;
    if (wrong == nullptr) return true;
    fmt::print(stderr, "cyclecheck: {} cannot be chosen with --target: the target decides\n", wrong);
    return false;
  }
  // What the target cannot do the built-in engine does.
  if (options.profile_given || options.subject_given || options.subject.without.any()) return true;
  std::string why;
  fuzz.target = find_target(why);
  if (!fuzz.target && !why.empty()) fmt::print("{}\n", why);
  return true;
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
  fuzz.may_minimise = !options.keeps_all;
  return fuzz;
}

// The profiles that inputs may be in: those that were chosen, or those that the subject follows. False: it was said why
// not.
bool choose_profiles(const FuzzCommandOptions& options, const SubjectEntry& subject, FuzzOptions& fuzz) {
  if (!options.profile_given) {
    fuzz.profiles = subject.profiles;
    return true;
  }
  fuzz.profiles = find_profiles(options.profiles);
  for (const ProfileId id : fuzz.profiles) {
    if (subject.follows(id)) continue;
    fmt::print(stderr, "cyclecheck: {} does not follow {}\n", subject.name, profile(id).name);
    return false;
  }
  return true;
}

std::string limit_of(const FuzzOptions& fuzz) {
  if (fuzz.time) return fmt::format(" of {:.0f}s", std::chrono::duration<double>(*fuzz.time).count());
  if (fuzz.executions) return fmt::format(" (until {} executions)", grouped(*fuzz.executions));
  return " (until Ctrl-C)";
}

int fuzz(const FuzzCommandOptions& options, const Registry& registry) {
  if (options.shows_status) return show_status(options.campaign);
  if (!options.merged.empty()) return merge(options);
  const SubjectEntry subject = open_subject(registry, options.subject);
  FuzzOptions fuzz = fuzz_options(options);
  fuzz.timeout += subject.grace;
  if (!choose_profiles(options, subject, fuzz)) return kBadInput;
  if (!choose_engine(options, fuzz)) return kBadInput;
  watch_interrupts();
  invocation().jobs = fuzz.jobs;
  invocation().seed = fuzz.seed;
  FuzzReporter view(options.campaign, limit_of(fuzz));
  if (options.minimises) {
    const auto minimised = minimise_campaign(subject, fuzz, view);
    if (const auto* error = std::get_if<FileError>(&minimised)) return bad(*error);
    view.minimised(std::get<Minimised>(minimised));
    return was_interrupted() ? kInterrupted : kAgree;
  }
  const FuzzResult result = run_fuzz_session(subject, fuzz, view);
  view.end_line();
  if (!result.session.id.empty()) fmt::print("{}", session_summary(result, options.campaign));
  if (result.error) return bad(*result.error);
  if (result.interrupted) return kInterrupted;
  return result.session.failures == 0 && result.session.findings == 0 ? kAgree : kFailed;
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
          ->check(CLI::IsMember(profile_names(true)))
          ->expected(1)
          ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
          ->default_str("all");
  command->add_option("--target", options->target,
                      "A libFuzzer target, fuzz_differential or fuzz_collector, or built-in for the built-in engine");
  add_subject_options(*command, options->subject, registry);
  add_features(*command, options->subject.without);
  add_seed(*command, options->seed);
  command
      ->add_option("--seeds", options->seeds, "Traces and inputs, or folders of them, that are taken into the corpus")
      ->type_name("FILE");
  add_number(*command, "--max-length", options->max_length, 16, 65536, "The longest input to make, in bytes");
  add_number(*command, "--max-findings", options->max_findings, 1, UINT32_MAX,
             "End the session after so many new findings (default 10)");
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
  const CLI::Option* subject = command->get_option("--subject");
  const CLI::Option* level = command->get_option("--level");
  command->callback([=, &registry, &action] {
    options->time_given = time->count() > 0;
    options->profile_given = profile->count() > 0;
    options->subject_given = subject->count() > 0 || level->count() > 0;
    action = [options, &registry] { return fuzz(*options, registry); };
  });
}

}  // namespace cyclecheck::cli
