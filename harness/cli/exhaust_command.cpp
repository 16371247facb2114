#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>

#include "harness/cli/commands.hpp"
#include "harness/cli/exit_status.hpp"
#include "harness/cli/live_line.hpp"
#include "harness/cli/options.hpp"
#include "harness/cli/report.hpp"
#include "harness/exhaust/exhaust.hpp"
#include "harness/system/system.hpp"

namespace cyclecheck::cli {
namespace {

constexpr int kBar = 20;

struct Options {
  SubjectOptions subject;
  ExhaustOptions exhaust;
  std::vector<std::string> profiles{"python2.7", "python3.11"};
  std::vector<std::int32_t> threshold;
  std::string shard = "1/1";
  std::vector<std::string> combine;
  bool weak_references_given = false;
  bool profiles_given = false;
  bool lists_letters = false;
  bool without_reduction = false;
};

std::string bar(double done) {
  const auto full = static_cast<std::size_t>(done * kBar);
  return "[" + std::string(full, '#') + std::string(kBar - full, '.') + "]";
}

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

class View final : public SearchListener {
 public:
  void progress(const SearchProgress& progress) override {
    double done = 0;
    for (const ProfileProgress& row : progress.profiles)
      done += row.done / static_cast<double>(progress.profiles.size());
    const ProfileCounters sum = progress.sum().counters;
    line_.show(fmt::format("{} {:.1f} % {} traces, {}/s, {} divergences", bar(done), done * 100, grouped(sum.traces),
                           grouped(per_second(sum.traces, progress.verifying)), grouped(sum.failures)));
  }
  void failed(const SearchFailure& failure, const Trace& trace) override {
    line_.print(fmt::format("{}: {}; shrinking\n", profile(trace.profile).name, one_line(failure.verdict, trace)));
  }
  void shrinking(const Trace& best, const ShrinkProgress& progress) override {
    line_.show(shrinking_line(best, progress));
  }
  void found(const Finding& finding, const std::optional<StoredFinding>& stored,
             const std::optional<FileError>& error) override {
    line_.print(announce(finding, stored, error));
  }
  [[nodiscard]] bool interrupted() override { return was_interrupted(); }
  void end_line() { line_.end(); }

 private:
  LiveLine line_;
};

int bad(const std::string& message) {
  fmt::print(stderr, "cyclecheck: {}\n", message);
  return kBadInput;
}

// What several parts did together.
int combine(const std::vector<std::string>& paths) {
  std::string search;
  std::vector<ExhaustRow> rows;
  std::vector<std::unique_ptr<DistinctCount>> states;
  std::vector<bool> parts;
  for (const std::string& path : paths) {
    const auto bytes = read_file(path);
    if (const auto* error = std::get_if<FileError>(&bytes)) return bad(error->message);
    const auto parsed = parse_checkpoint(path, std::get<std::string>(bytes));
    if (const auto* error = std::get_if<FileError>(&parsed)) return bad(error->message);
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
    if (part.search != search || part.shards != parts.size())
      return bad(path + ": is of another search: " + part.search);
    if (parts.at(part.shard - 1)) return bad(fmt::format("{}: part {} comes twice", path, part.shard));
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
  fmt::print("{}\n{} of {} parts\n\n{}", search, std::count(parts.begin(), parts.end(), true), parts.size(),
             table(rows));
  const bool whole = std::all_of(parts.begin(), parts.end(), [](bool there) { return there; });
  if (!whole) fmt::print("parts are missing\n");
  return failures_of(rows) == 0 ? kAgree : kFailed;
}

int run(const Options& options, const Registry& registry) {
  if (!options.combine.empty()) return combine(options.combine);
  ExhaustOptions exhaust = options.exhaust;
  EveryTrace::Options& traces = exhaust.traces;
  const auto alphabets = all_alphabets();
  const auto chosen = std::find_if(alphabets.begin(), alphabets.end(),
                                   [&](const AlphabetInfo& row) { return row.name == traces.alphabet; });
  if (!options.weak_references_given) traces.weak_references = chosen->weak_references;
  if (options.lists_letters) {
    fmt::print("{}", print_letters(make_alphabet(traces.alphabet, traces.objects, traces.weak_references,
                                                 options.subject.without)));
    return kAgree;
  }
  const SubjectEntry subject = open_subject(registry, options.subject);
  const auto profiles = choose_profiles(options.profiles, options.profiles_given, subject);
  if (!profiles) return kBadInput;
  traces.profiles = *profiles;
  traces.without = subject.lacks;
  if (!options.threshold.empty()) {
    traces.threshold = {700, 10, 10};
    std::copy(options.threshold.begin(), options.threshold.end(), traces.threshold->begin());
  }
  exhaust.search.level = options.subject.parsed_level();
  exhaust.search.workers.timeout = options.subject.timeout + subject.grace;
  const Part part = *parse_part(options.shard);
  traces.shard = part.index;
  traces.shards = part.count;
  if (options.without_reduction) traces.walk.one_naming = traces.walk.one_order = traces.walk.without_idle = false;
  watch_interrupts();
  View view;
  const ExhaustResult result = run_exhaust(subject, exhaust, view);
  view.end_line();
  const SearchResult& search = result.search;
  if (!result.rows.empty()) {
    const std::uint64_t now = search.progress.sum().counters.traces;
    fmt::print("{}", table(result.rows));
    fmt::print("\n{} traces in {:.1f} s: {} traces/s; {} for each second of the processor{}{}\n", grouped(now),
               search.progress.verifying.count(), grouped(per_second(now, search.progress.verifying)),
               grouped(per_second(now, search.progress.processor)), search.interrupted ? "; interrupted" : "",
               search.stopped_at_max_findings ? "; stopped at --max-findings" : "");
  }
  std::fflush(stdout);
  if (search.error) return bad(search.error->message);
  if (search.interrupted) return kInterrupted;
  return failures_of(result.rows) == 0 ? kAgree : kFailed;
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
      ->check(CLI::IsMember(names))
      ->capture_default_str();
  command->add_flag("--letters", options->lists_letters, "Print the operations of the alphabet, and run nothing");
  CLI::Option* profiles =
      command->add_option("--profile", options->profiles, "A profile such as python3.11, or all; may be repeated");
  profiles->check(CLI::IsMember(profile_names(true)))
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
  add_number(*command, "--max-findings", search.max_findings, 1, UINT32_MAX,
             "End the search after so many findings (default 10)");
  add_duration(*command, "--shrink-time", search.shrink_time, "How long to shrink one finding (default 30s)");
  add_jobs(*command, search.workers.jobs);
  command->callback([options, weak, profiles, &registry, &action] {
    options->weak_references_given = weak->count() > 0;
    options->profiles_given = profiles->count() > 0;
    action = [options, &registry] { return run(*options, registry); };
  });
}

}  // namespace cyclecheck::cli
