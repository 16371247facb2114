#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

#include "harness/cli/checked_program.hpp"
#include "harness/cli/checks.hpp"
#include "harness/cli/commands.hpp"
#include "harness/cli/exit_status.hpp"
#include "harness/cli/options.hpp"
#include "harness/cli/report_options.hpp"
#include "harness/cli/run_reporter.hpp"
#include "harness/cli/scaling_view.hpp"
#include "harness/search/search.hpp"
#include "harness/system/system.hpp"
#include "trace/file.hpp"

namespace cyclecheck::cli {
namespace {

constexpr std::chrono::milliseconds kDefaultTime{20'000};

struct RunOptions {
  SubjectOptions subject;
  std::vector<std::string> profiles = default_profiles();
  std::chrono::milliseconds time{kDefaultTime};
  std::uint64_t traces = 0;
  std::uint64_t first = 0;
  std::uint64_t seed = 1;
  std::uint32_t max_operations = 4000;
  std::uint32_t max_findings = 10;
  std::chrono::milliseconds shrink_time{30'000};
  std::string findings = "findings";
  std::string known;
  std::string checked;
  ReportOptions report;
  bool profiles_given = false;
  bool time_given = false;
  bool traces_given = false;
  bool oom = false;
  bool fresh = false;
  bool shows_reach = false;
  bool scaling = false;
  std::uint32_t jobs = 1;
  bool max_operations_given = false;
};

SearchOptions search_options(const RunOptions& options, const SubjectEntry& subject) {
  SearchOptions search;
  search.workers.jobs = options.jobs;
  search.workers.fresh = options.fresh;
  search.workers.timeout = options.subject.timeout + subject.grace;
  if (options.time_given || !options.traces_given) search.time = options.time;
  search.shrink_time = options.shrink_time;
  search.max_findings = options.max_findings;
  search.level = options.subject.parsed_level();
  search.findings = options.findings;
  search.runs_findings_again = true;
  return search;
}

GeneratedTraces::Options drawing_options(const RunOptions& options, const SubjectEntry& subject,
                                         std::vector<ProfileId> profiles) {
  GeneratedTraces::Options drawing;
  drawing.seed = options.seed;
  drawing.profiles = std::move(profiles);
  if (!options.profiles_given && subject.profiles.empty()) {
    for (const Profile& row : all_profiles()) {
      const auto& own = drawing.profiles;
      if (std::find(own.begin(), own.end(), row.id) == own.end()) drawing.others.push_back(row.id);
    }
  }
  drawing.first = options.first;
  if (options.traces_given) drawing.traces = options.traces;
  drawing.max_operations = options.max_operations_given ? options.max_operations : subject.max_operations;
  drawing.without = subject.missing;
  drawing.lacks = subject.lacks;
  drawing.opening = subject.opening;
  return drawing;
}

// The subject that was named, or all that have a share, which take turns.
std::vector<SubjectEntry> turns(const SubjectEntry& subject, const RunOptions& options, const Registry& registry) {
  std::vector<SubjectEntry> turns;
  for (std::uint32_t round = 0; !options.oom && !options.subject.subject_given; ++round) {
    const std::size_t before = turns.size();
    for (const SubjectEntry& entry : registry) {
      if (entry.share > round) turns.push_back(entry);
    }
    if (turns.size() == before) break;
  }
  if (turns.empty()) turns.push_back(subject);
  return turns;
}

std::string names_of(const std::vector<SubjectEntry>& turns) {
  std::vector<std::string> names;
  for (const SubjectEntry& entry : turns) {
    if (std::find(names.begin(), names.end(), entry.name) == names.end()) names.push_back(entry.name);
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string run(RunOptions options, const Registry& registry, Summary& summary) {
  if (options.scaling) {
    return scaling_view(find_profiles(options.profiles_given ? options.profiles : default_profiles()).back(), summary);
  }
  summary.seed = options.seed;
  if (options.oom) options.subject.subject = "impl-oom";
  const SubjectEntry subject = open_subject(registry, options.subject);
  const std::vector<ProfileId> profiles = choose_profiles(options.profiles, options.profiles_given, subject);
  const GeneratedTraces drawing(drawing_options(options, subject, profiles));
  SearchOptions search = search_options(options, subject);
  const AcceptedFailures accepted = read_known(options.known);
  search.workers.accepted = &accepted;
  watch_interrupts();
  invocation().jobs = options.jobs;
  invocation().seed = options.seed;
  std::vector<SubjectEntry> subjects = turns(subject, options, registry);
  if (!options.checked.empty()) {
    subjects = with_checked(std::move(subjects), options.checked, registry, options.subject.timeout);
  }
  const std::string searched = names_of(subjects);
  RunReporter::Limits limits{search.time};
  if (options.traces_given) limits.traces = drawing.size();
  RunReporter reporter(limits, options.report.quiet, searched);
  const SearchResult result = find_failures(subjects, drawing, search, reporter);
  reporter.end_line();
  add_search(summary, result, reporter.checks(), searched);
  summary.status = result.findings.empty() && result.still_failing.empty() ? kAgree : kFailed;
  std::string text;
  if (!result.progress.profiles.empty() && !options.report.quiet) {
    text += counts_table(result.progress);
    if (drawing.in_full() < drawing.profiles().size()) {
      text +=
          fmt::format("profiles behind the first {} take turns with one trace after every eighth of each of these\n",
                      drawing.in_full());
    }
    if (subjects.size() > 1) text += fmt::format("subjects take turns: {}\n", searched);
    text += "\n";
  }
  if (options.shows_reach) text += reach_report(result) + "\n";
  if (subject.coverage) {
    const Coverage coverage = subject.coverage(profiles);
    if (!options.report.quiet) text += coverage.text + "\n";
    Check complete{subject.name, "coverage is complete"};
    if (!coverage.is_complete) {
      summary.status = kFailed;
      complete.outcome = Check::Outcome::failed;
      complete.message = "coverage is not complete";
      complete.details = coverage.text;
    }
    summary.checks.push_back(std::move(complete));
  }
  if (!options.known.empty()) {
    text += accepted_report(accepted, result.progress.sum().counters.accepted, result.accepted_seen);
  }
  if (!result.progress.profiles.empty()) text += verdict(result, reporter.folders(), options.seed);
  if (result.interrupted) summary.status = kInterrupted;
  if (result.error) {
    fmt::print(stderr, "cyclecheck: {}\n", result.error->message);
    summary.status = kBadInput;
  }
  return text;
}

}  // namespace

void add_run(CLI::App& app, const Registry& registry, Action& action) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command = app.add_subcommand("run", "Generate random traces and compare the subject with the model");
  command->footer(
      "Every failure is shrunk and stored; what is stored already runs first. Ctrl-C ends the run with a summary.\n"
      "Exit status: 0 all traces agree, 1 a divergence or crash was found, 2 bad usage or unwritable output,\n"
      "130 interrupted.");
  CLI::Option* time =
      add_duration(*command, "--time", options->time, "How long to verify, shrinking not counted (default 20s)");
  CLI::Option* traces = add_number(*command, "--traces", options->traces, 1, UINT64_MAX,
                                   "How many traces of each profile; with --time whichever ends first");
  add_number(*command, "--first", options->first, 0, UINT64_MAX, "The index of the first trace (default 0)");
  add_seed(*command, options->seed);
  CLI::Option* profiles =
      command->add_option("--profile", options->profiles, "A profile such as python3.11, or all; may be repeated")
          ->check(one_of(profile_names(true)))
          ->expected(1)
          ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
          ->default_str(fmt::format("{}; every other one has a small share in turn; or what the subject follows",
                                    fmt::join(default_profiles(), ", ")));
  add_subject_options(*command, options->subject, registry);
  add_features(*command, options->subject.without);
  CLI::Option* longest = add_number(*command, "--max-operations", options->max_operations, 1, 1'000'000,
                                    "The longest trace to generate (default 4000)");
  command->add_option("--findings", options->findings, "The directory in which findings are stored")
      ->capture_default_str();
  add_number(*command, "--max-findings", options->max_findings, 1, UINT32_MAX,
             "End the run after so many findings (default 10)");
  add_duration(*command, "--shrink-time", options->shrink_time, "How long to shrink one finding (default 30s)");
  add_known(*command, options->known);
  add_report_options(*command, options->report);
  command
      ->add_flag("--oom", options->oom,
                 "Let each request for memory fail that the collector makes in a trace: --subject impl-oom")
      ->excludes(command->get_option("--subject"));
  command->add_option("--checked", options->checked,
                      "This program, built with checks: it runs the collector in one chunk of traces of 26");
  command->add_flag(
      "--reach", options->shows_reach,
      "Print how often each state of the model was reached, and each condition of the collector's short cuts");
  command->add_flag("--fresh", options->fresh, "A process for each trace");
  command->add_flag("--scaling", options->scaling,
                    "Print how long operations of the collector take as a trace grows by 2, 4 and 8, instead");
  add_jobs(*command, options->jobs);
  command->callback([command, options, time, traces, profiles, longest, &registry, &action] {
    refuse_beside(*command, "--scaling", {"--profile", "--quiet", "--format", "--junit", "--sarif"});
    options->max_operations_given = longest->count() > 0;
    options->profiles_given = profiles->count() > 0;
    options->time_given = time->count() > 0;
    options->traces_given = traces->count() > 0;
    action = [options, &registry] {
      return report(options->report, "run", [&](Summary& summary) { return run(*options, registry, summary); });
    };
  });
}

}  // namespace cyclecheck::cli
