#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <stdexcept>

#include "harness/cli/checks.hpp"
#include "harness/cli/commands.hpp"
#include "harness/cli/exit_status.hpp"
#include "harness/cli/options.hpp"
#include "harness/cli/report.hpp"
#include "harness/cli/report_options.hpp"
#include "harness/cli/run_reporter.hpp"
#include "harness/exhaust/exhaust.hpp"
#include "harness/system/system.hpp"

namespace cyclecheck::cli {
namespace {

struct Options {
  SubjectOptions subject;
  ExhaustOptions exhaust;
  std::vector<std::string> profiles{"python2.7", "python3.11"};
  std::vector<std::int32_t> threshold;
  std::string shard = "1/1";
  std::vector<std::string> combine;
  std::string known;
  ReportOptions report;
  bool weak_references_given = false;
  bool profiles_given = false;
  bool lists_letters = false;
  bool without_reduction = false;
};

std::string states_of(const ExhaustRow& row) { return (row.states_are_exact ? "" : "about ") + grouped(row.states); }

// The table of a search. `processor` 0: not known.
std::string table(const std::vector<ExhaustRow>& rows) {
  std::string text =
      fmt::format("{:<12}{:>16}{:>16}{:>22}{:>12}\n", "profile", "traces", "operations", "heap states", "divergences");
  ExhaustRow sum;
  for (const ExhaustRow& row : rows) {
    text += fmt::format("{:<12}{:>16}{:>16}{:>22}{:>12}{}\n", profile(row.profile).name, grouped(row.traces),
                        grouped(row.operations), states_of(row), grouped(row.failures),
                        row.done < 1 ? fmt::format("  not done: {:.1f} %", row.done * 100) : "");
    sum.traces += row.traces;
    sum.operations += row.operations;
    sum.failures += row.failures;
  }
  text += fmt::format("{:<12}{:>16}{:>16}{:>22}{:>12}\n", "all", grouped(sum.traces), grouped(sum.operations), "",
                      grouped(sum.failures));
  return text;
}

std::uint64_t failures_of(const std::vector<ExhaustRow>& rows) {
  std::uint64_t failures = 0;
  for (const ExhaustRow& row : rows) failures += row.failures;
  return failures;
}

void add_rows(Summary& summary, const std::string& subject, const std::vector<ExhaustRow>& rows,
              const std::vector<Check>& findings, double seconds) {
  std::uint64_t traces = 1;
  for (const ExhaustRow& row : rows) traces += row.traces;
  for (const ExhaustRow& row : rows) {
    const std::string suite = suite_of(subject, row.profile);
    summary.counts.push_back({suite,
                              {{"traces", row.traces},
                               {"operations", row.operations},
                               {"states", row.states},
                               {"failures", row.failures},
                               {"per_mille_done", static_cast<std::uint64_t>(row.done * 1000)}}});
    Check whole = whole_check(findings, suite, "every trace up to the bound",
                              seconds * static_cast<double>(row.traces) / static_cast<double>(traces));
    if (whole.outcome == Check::Outcome::passed && row.failures > 0) {
      whole.outcome = Check::Outcome::failed;
      whole.message = counted(row.failures, "divergence");
    } else if (whole.outcome == Check::Outcome::passed && row.done < 1) {
      whole.outcome = Check::Outcome::left_out;
      whole.message = fmt::format("not done: {:.1f} %", row.done * 100);
    }
    summary.checks.push_back(std::move(whole));
  }
  summary.checks.insert(summary.checks.end(), findings.begin(), findings.end());
}

// What several parts did together.
std::string combine(const std::vector<std::string>& paths, Summary& summary) {
  std::string search;
  std::vector<ExhaustRow> rows;
  std::vector<std::unique_ptr<DistinctCount>> states;
  std::vector<bool> parts;
  for (const std::string& path : paths) {
    const auto bytes = read_file(path);
    if (const auto* error = std::get_if<FileError>(&bytes)) throw std::runtime_error(error->message);
    const auto parsed = parse_checkpoint(path, std::get<std::string>(bytes));
    if (const auto* error = std::get_if<FileError>(&parsed)) throw std::runtime_error(error->message);
    const auto& part = std::get<Checkpoint>(parsed);
    if (search.empty()) {
      search = part.search;
      parts.resize(part.shards);
      for (const Checkpoint::Row& row : part.rows) {
        rows.emplace_back().profile = find_profiles({row.profile}).at(0);
        rows.back().done = 1;
        states.push_back(std::make_unique<DistinctCount>());
      }
    }
    if (part.search != search || part.shards != parts.size()) {
      throw std::runtime_error(path + ": is of another search: " + part.search);
    }
    if (parts.at(part.shard - 1)) throw std::runtime_error(fmt::format("{}: part {} comes twice", path, part.shard));
    parts[part.shard - 1] = true;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      rows[i].traces += part.rows[i].traces;
      rows[i].operations += part.rows[i].operations;
      rows[i].failures += part.rows[i].failures;
      if (!part.is_done) rows[i].done = 0;
      states[i]->merge(part.rows[i].zeros, part.rows[i].kept);
      rows[i].states = states[i]->size();
      rows[i].states_are_exact = states[i]->is_exact();
    }
  }
  add_rows(summary, "all parts", rows, {}, 0);
  summary.status = failures_of(rows) == 0 ? kAgree : kFailed;
  const auto there = std::count(parts.begin(), parts.end(), true);
  std::string text = fmt::format("{}\n{} of {} parts\n\n{}", search, there, parts.size(), table(rows));
  if (static_cast<std::size_t>(there) < parts.size()) text += "parts are missing\n";
  return text;
}

std::string run(const Options& options, const Registry& registry, Summary& summary) {
  if (!options.combine.empty()) return combine(options.combine, summary);
  ExhaustOptions exhaust = options.exhaust;
  EveryTrace::Options& traces = exhaust.traces;
  const auto alphabets = all_alphabets();
  const auto chosen = std::find_if(alphabets.begin(), alphabets.end(),
                                   [&](const AlphabetInfo& row) { return row.name == traces.alphabet; });
  if (!options.weak_references_given) traces.weak_references = chosen->weak_references;
  if (options.lists_letters) {
    return print_letters(
        make_alphabet(traces.alphabet, traces.objects, traces.weak_references, options.subject.without));
  }
  const SubjectEntry subject = open_subject(registry, options.subject);
  traces.profiles = choose_profiles(options.profiles, options.profiles_given, subject);
  traces.without = subject.lacks;
  if (!options.threshold.empty()) {
    traces.threshold = {700, 10, 10};
    std::copy(options.threshold.begin(), options.threshold.end(), traces.threshold->begin());
  }
  exhaust.search.level = options.subject.parsed_level();
  exhaust.search.workers.timeout = options.subject.timeout + subject.grace;
  const AcceptedFailures accepted = read_known(options.known);
  exhaust.search.workers.accepted = &accepted;
  const Part part = *parse_part(options.shard);
  traces.shard = part.index;
  traces.shards = part.count;
  if (options.without_reduction) traces.walk.one_naming = traces.walk.one_order = traces.walk.without_idle = false;
  watch_interrupts();
  invocation().jobs = exhaust.search.workers.jobs;
  RunReporter reporter({}, options.report.quiet, subject.name);
  const ExhaustResult result = run_exhaust(subject, exhaust, reporter);
  reporter.end_line();
  const SearchResult& search = result.search;
  const SearchProgress& progress = search.progress;
  const std::uint64_t failures = failures_of(result.rows);
  add_rows(summary, subject.name, result.rows, reporter.checks(), progress.verifying.count());
  summary.interrupted = search.interrupted;
  summary.status = search.interrupted ? kInterrupted : failures == 0 ? kAgree : kFailed;
  if (search.error) {
    fmt::print(stderr, "cyclecheck: {}\n", search.error->message);
    summary.add_error(search.error->message);
    summary.status = kBadInput;
  }
  if (result.rows.empty()) return {};
  std::string text;
  if (!options.report.quiet) {
    const std::uint64_t now = progress.sum().counters.traces;
    text = fmt::format("{}\n{} in {:.1f} s: {} traces/s; {} for each second of the processor\n", table(result.rows),
                       counted(now, "trace"), progress.verifying.count(), grouped(per_second(now, progress.verifying)),
                       grouped(per_second(now, progress.processor)));
  }
  text += list_findings(search, reporter.folders());
  if (!options.known.empty()) {
    text += accepted_report(accepted, progress.sum().counters.accepted, search.accepted_seen);
  }
  std::uint64_t all = 0;
  for (const ExhaustRow& row : result.rows) all += row.traces;
  return text + fmt::format("{}; {:.1f}s verified{}{}\n",
                            failures == 0 ? counted(all, "trace") + " agree" : counted(failures, "divergence"),
                            progress.verifying.count(), search.interrupted ? "; interrupted" : "",
                            search.stopped_at_max_findings ? "; stopped at --max-findings" : "");
}

std::string alphabets_help() {
  std::string text =
      "Every trace of up to --ops operations on up to --objects objects, each followed by shutdown.\n"
      "One of those that differ in names or in the order of independent operations alone.\n\nAlphabets:\n";
  for (const AlphabetInfo& row : all_alphabets()) text += fmt::format("  {:<12}{}\n", row.name, row.summary);
  return text +
         "\nExit status: 0 all traces agree, 1 a divergence or crash was found, 2 bad usage or unwritable output,\n"
         "130 interrupted.";
}

}  // namespace

void add_exhaust(CLI::App& app, const Registry& registry, Action& action) {
  auto options = std::make_shared<Options>();
  EveryTrace::Options& traces = options->exhaust.traces;
  SearchOptions& search = options->exhaust.search;
  CLI::App* command = app.add_subcommand("exhaust", "Compare the subject with the model on every trace up to a bound");
  command->footer(alphabets_help());
  std::vector<std::string> names;
  for (const AlphabetInfo& row : all_alphabets()) names.emplace_back(row.name);
  add_number(*command, "--objects", traces.objects, 1, kMostExhaustObjects,
             "How many objects a trace may create (default 3)");
  add_number(*command, "--ops", traces.walk.operations, 0, kMostExhaustOperations,
             "The longest trace, shutdown not counted (default 6)");
  CLI::Option* weak = add_number(*command, "--weakrefs", traces.weak_references, 0, kMostExhaustWeakReferences,
                                 "How many weak references a trace may create (default: the alphabet's)");
  command->add_option("--alphabet", traces.alphabet, "What operations there are")
      ->check(one_of(names))
      ->capture_default_str();
  command->add_flag("--letters", options->lists_letters, "Print the operations of the alphabet, and run nothing");
  CLI::Option* profiles =
      command->add_option("--profile", options->profiles, "A profile such as python3.11, or all; may be repeated");
  profiles->check(one_of(profile_names(true)))
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->default_str("python2.7, python3.11");
  command->add_option("--threshold", options->threshold, "Thresholds at the start, such as 1,1,1")
      ->delimiter(',')
      ->expected(1, 3)
      ->check(CLI::Range(0, kMaxThreshold));
  command->add_option("--shard", options->shard, "One part of the search: 3/16 is the third of sixteen")
      ->check(is_part)
      ->capture_default_str();
  command->add_option("--resume", options->exhaust.checkpoint,
                      "Go on from this file if it exists, and write there every few seconds how far the search is");
  command->add_option("--combine", options->combine, "Run nothing: add up these --resume files of all parts");
  command->add_flag("--no-reduction", options->without_reduction,
                    "Also all other names, orders, and operations that do nothing");
  add_subject_options(*command, options->subject, registry);
  add_features(*command, options->subject.without);
  command->add_option("--findings", search.findings, "The directory in which findings are stored")
      ->capture_default_str();
  add_known(*command, options->known);
  add_number(*command, "--max-findings", search.max_findings, 1, UINT32_MAX,
             "End the search after so many findings (default 10)");
  add_duration(*command, "--shrink-time", search.shrink_time, "How long to shrink one finding (default 30s)");
  add_jobs(*command, search.workers.jobs);
  add_report_options(*command, options->report);
  command->callback([command, options, weak, profiles, &registry, &action] {
    refuse_beside(*command, "--letters", {"--alphabet", "--objects", "--weakrefs", "--only", "--without"});
    refuse_beside(*command, "--combine", {"--format", "--junit", "--sarif", "--quiet"});
    options->weak_references_given = weak->count() > 0;
    options->profiles_given = profiles->count() > 0;
    action = [options, &registry] {
      return report(options->report, "exhaust", [&](Summary& summary) { return run(*options, registry, summary); });
    };
  });
}

}  // namespace cyclecheck::cli
