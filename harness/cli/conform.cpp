#include "harness/cli/conform.hpp"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "harness/cli/checks.hpp"
#include "harness/cli/conform_recorded.hpp"
#include "harness/cli/conform_stored.hpp"
#include "harness/cli/exit_status.hpp"
#include "harness/cli/options.hpp"
#include "harness/cli/promises_view.hpp"
#include "harness/cli/report.hpp"
#include "harness/cli/run_reporter.hpp"
#include "harness/compare/compare.hpp"
#include "harness/cpython/cpython.hpp"
#include "harness/replay/replay.hpp"
#include "harness/search/search.hpp"
#include "harness/stored/stored.hpp"
#include "harness/subjects/subjects.hpp"
#include "harness/system/system.hpp"

namespace cyclecheck::cli {
namespace {

using std::chrono::milliseconds;

// Every so many traces are observed in full, after each operation if they are short.
constexpr std::uint64_t kObserveEvery = 8;

struct ConformCommand {
  std::vector<std::string> pythons;
  bool all_pythons = false;
  std::string level = "order";
  milliseconds timeout{10'000};
  // Where recordings are written; empty: nowhere.
  std::string record;
  // Recordings to check instead of live interpreters.
  std::vector<std::string> recorded;
  // Stored traces to run instead of generated ones.
  std::vector<std::string> files;
  StoredOptions stored;
  // Judges the interpreters by their documentation instead of by the model.
  bool promises = false;
  bool length_given = false;
  // Also runs traces in which an interpreter uses freed memory.
  bool run_undefined = false;
  // Of generated traces. No time: until all traces are done.
  std::uint64_t seed = 1;
  std::uint64_t first = 0;
  std::uint64_t traces = 0;
  milliseconds time{0};
  std::uint32_t max_operations = 4000;
  std::uint32_t max_findings = 10;
  milliseconds shrink_time{5'000};
  std::string findings = "findings";
  std::string known;
  AcceptedFailures accepted;
  std::uint32_t jobs = 1;
  ReportOptions report;
  // As they were given.
  std::string options_of_traces;
};

// Says why an interpreter cannot be used. 1.
int report_unusable(Summary& summary, const std::string& name, const SubjectError& error) {
  fmt::print(stderr, "{}\n", error.what());
  summary.checks.push_back({name, "can be used", Check::Outcome::error, 0, error.what()});
  return 1;
}

// The interpreters that the command line names; those that cannot be used are reported and counted.
std::vector<Interpreter> choose_interpreters(const ConformCommand& command, Summary& summary, int& unusable) {
  std::vector<Interpreter> chosen;
  if (command.all_pythons) {
    FoundInterpreters found = find_interpreters();
    chosen = std::move(found.usable);
    for (const std::string& sentence : found.unusable) fmt::print("left out: {}\n", sentence);
  }
  std::vector<std::string> names = command.pythons;
  if (names.empty() && !command.all_pythons) names.emplace_back("python3");
  for (const std::string& name : names) {
    try {
      chosen.push_back(ask_interpreter(name));
    } catch (const SubjectError& error) {
      unusable += report_unusable(summary, name, error);
    }
  }
  return chosen;
}

std::string summary_line(const Interpreter& interpreter, const SearchProgress& progress, bool may_refuse) {
  const ProfileCounters counters = progress.sum().counters;
  std::string line = fmt::format("CPython {:<8} {:>9}, {:>12} operations, {:>9}/s, {}", interpreter.version,
                                 counted(counters.traces, "trace"), grouped(counters.operations),
                                 grouped(per_second(counters.operations, progress.verifying)),
                                 counted(counters.failures, "divergence"));
  if (counters.left_out > 0) {
    line += fmt::format(", {} left out ({})", counters.left_out,
                        may_refuse ? "no script can follow them" : "rules W6, C2, C7 and M4: undefined");
  }
  return line;
}

// --- recording ---

// What a recording calls the interpreter: "CPython 3.11.7, Linux x86_64".
std::string name_of(const Interpreter& interpreter) {
  utsname system{};
  if (::uname(&system) != 0) return fmt::format("CPython {}", interpreter.version);
  return fmt::format("CPython {}, {} {}", interpreter.version, static_cast<const char*>(system.sysname),
                     static_cast<const char*>(system.machine));
}

// Records one interpreter. False: it differs from the model, or the recording cannot be written; which was said. Throws
// SubjectError.
bool record(const Interpreter& interpreter, const ConformCommand& command) {
  RecordOptions options;
  options.seed = command.seed;
  options.first = command.first;
  options.traces = command.traces;
  options.max_operations = command.max_operations;
  options.timeout = command.timeout;
  options.jobs = command.jobs;
  options.interpreter_name = name_of(interpreter);
  options.stop = was_interrupted;
  const auto recorded = record_interpreter(interpreter, options);
  if (const auto* failure = std::get_if<RecordFailure>(&recorded)) {
    fmt::print(stderr, "CPython {}: trace {}: {}: nothing is recorded; run conform without --record\n",
               interpreter.version, failure->index, failure->signature);
    return false;
  }
  const auto& recording = std::get<Recording>(recorded);
  const std::string file = fmt::format("cpython-{}-seed{}.conformance.gz", interpreter.version, command.seed);
  const std::string path = (std::filesystem::path(command.record) / file).string();
  const auto written = write_recording(recording, path);
  if (const auto* error = std::get_if<FileError>(&written)) {
    fmt::print(stderr, "{}\n", error->message);
    return false;
  }
  fmt::print("recorded {}: {}\n", counted(recording.traces.size(), "trace"), path);
  return true;
}

// --- live ---

SearchOptions search_options(const ConformCommand& command) {
  SearchOptions search;
  search.workers.jobs = command.jobs;
  if (command.time.count() > 0) search.time = command.time;
  search.shrink_time = command.shrink_time;
  search.max_findings = command.max_findings;
  search.level = *find_level(command.level);
  search.findings = command.findings;
  search.runs_findings_again = true;
  search.workers.accepted = &command.accepted;
  return search;
}

// One interpreter's run with its progress on the terminal. Throws SubjectError if it cannot be started.
SearchResult run_one(const Interpreter& interpreter, const ConformCommand& command, Summary& summary,
                     std::string& folders) {
  SubjectEntry subject = open_interpreter(interpreter, "cpython:" + interpreter.path, command.timeout);
  tell_limits(subject);
  if (command.run_undefined) subject.spared_undefined = false;
  GeneratedTraces::Options drawing;
  drawing.seed = command.seed;
  drawing.profiles = {interpreter.profile};
  drawing.first = command.first;
  if (command.traces > 0) drawing.traces = command.traces;
  drawing.max_operations = command.max_operations;
  drawing.without = subject.missing;
  SearchOptions search = search_options(command);
  search.workers.observe_every = kObserveEvery;
  search.workers.timeout = command.timeout + subject.grace;
  invocation().jobs = command.jobs;
  invocation().seed = command.seed;
  invocation().repeat = "cyclecheck conform --python " + for_shell(interpreter.path) + command.options_of_traces;
  invocation().names_subject = true;
  RunReporter::Limits limits{search.time};
  if (command.traces > 0) limits.traces = command.traces;
  RunReporter reporter(limits, command.report.quiet, subject.name, fmt::format("CPython {}", interpreter.version));
  SearchResult result = find_failures(subject, GeneratedTraces(drawing), search, reporter);
  reporter.end_line();
  if (!command.report.quiet) fmt::print("{}\n", summary_line(interpreter, result.progress, subject.may_refuse));
  std::fflush(stdout);
  add_search(summary, result, reporter.checks(), subject.name);
  folders += list_findings(result, reporter.folders());
  return result;
}

// --- stored traces, live ---

int check_stored(const std::vector<Interpreter>& interpreters, const ConformCommand& command, Summary& summary,
                 int status) {
  std::size_t total = 0;
  for (const Interpreter& interpreter : interpreters) {
    if (was_interrupted()) break;
    try {
      StoredOptions options = command.stored;
      options.level = *find_level(command.level);
      options.timeout = command.timeout;
      options.jobs = command.jobs;
      options.run_undefined = command.run_undefined;
      options.interpreter_name = name_of(interpreter);
      status = std::max(status, conform_stored(command.files, interpreter, options, summary, total));
    } catch (const SubjectError& error) {
      status = report_unusable(summary, interpreter.path, error) * kBadInput;
    }
  }
  if (was_interrupted()) return kInterrupted;
  if (total == 0 && status == kAgree) {
    throw std::runtime_error("there is no trace for any of these interpreters");
  }
  return status;
}

// --- promises ---

int check_promises(const ConformCommand& command, const std::vector<Interpreter>& interpreters, Summary& summary,
                   int unusable) {
  PlainTraces::Options drawing;
  drawing.seed = command.seed;
  drawing.first = command.first;
  if (command.traces > 0) drawing.traces = command.traces;
  if (command.length_given) drawing.generate.max_operations = command.max_operations;
  const int outcome = command.files.empty() ? show_promises(interpreters, drawing, search_options(command),
                                                            command.timeout, command.report.quiet, summary)
                                            : show_promises_of(command.files, interpreters, command.timeout, summary);
  if (was_interrupted()) return kInterrupted;
  if (unusable > 0 || outcome > 0) return kBadInput;
  return outcome < 0 ? kFailed : kAgree;
}

// Generated traces on each interpreter, or recordings of them. Returns the text that comes last.
std::string check_generated(const ConformCommand& command, const std::vector<Interpreter>& interpreters, int unusable,
                            Summary& summary) {
  std::vector<ProfileReach> reached;
  std::vector<ProfileRules> rules;
  std::string folders;
  std::uint64_t failed = 0;
  std::uint64_t traces = 0;
  std::uint64_t accepted = 0;
  std::set<std::size_t> accepted_seen;
  summary.seed = command.seed;
  for (const Interpreter& interpreter : interpreters) {
    if (was_interrupted()) break;
    try {
      if (!command.record.empty()) {
        const bool recorded = record(interpreter, command);
        failed += recorded ? 0 : 1;
        summary.checks.push_back({"cpython:" + interpreter.path, "recorded",
                                  recorded ? Check::Outcome::passed : Check::Outcome::failed, 0,
                                  recorded ? "" : "not recorded"});
        continue;
      }
      const SearchResult result = run_one(interpreter, command, summary, folders);
      if (result.error) {
        fmt::print(stderr, "cyclecheck: {}\n", result.error->message);
        ++unusable;
        continue;
      }
      const ProfileCounters counters = result.progress.sum().counters;
      traces += counters.traces;
      accepted += counters.accepted;
      accepted_seen.insert(result.accepted_seen.begin(), result.accepted_seen.end());
      // Traces that were not compared prove nothing.
      failed += counters.traces > 0 && counters.left_out == counters.traces ? counters.left_out : counters.failures;
      failed += result.still_failing.size();
      reached.push_back({interpreter.profile, result.progress.profiles[0].counters.reach});
      rules.push_back({interpreter.profile, result.progress.profiles[0].counters.rules});
    } catch (const SubjectError& error) {
      unusable += report_unusable(summary, interpreter.path, error);
    }
  }
  summary.interrupted = was_interrupted();
  summary.status = summary.interrupted ? kInterrupted : unusable > 0 ? kBadInput : failed > 0 ? kFailed : kAgree;
  if (reached.empty()) return {};
  std::string text;
  if (!command.report.quiet) text = fmt::format("\n{}\n{}\n", reach_table(reached), rule_table(rules));
  if (!command.known.empty()) folders += accepted_report(command.accepted, accepted, accepted_seen);
  const std::string what = failed == 0 ? counted(traces, "trace") + " agree" : counted(failed, "divergence");
  return text + folders +
         fmt::format("{}; seed {}{}\n", what, command.seed, summary.interrupted ? "; interrupted" : "");
}

std::string conform_command(const ConformCommand& command, Summary& summary) {
  if (!command.recorded.empty()) return check_recorded(command.recorded, command.timeout, command.jobs, summary);
  watch_interrupts();
  int unusable = 0;
  const std::vector<Interpreter> interpreters = choose_interpreters(command, summary, unusable);
  if (interpreters.empty() && unusable == 0) {
    throw std::runtime_error("no CPython 2.7 or 3.6 to 3.15 was found on PATH");
  }
  if (command.promises) {
    summary.status = check_promises(command, interpreters, summary, unusable);
    return {};
  }
  if (!command.files.empty()) {
    summary.status = check_stored(interpreters, command, summary, unusable > 0 ? kBadInput : kAgree);
    return {};
  }
  return check_generated(command, interpreters, unusable, summary);
}

}  // namespace

void add_conform(CLI::App& app, Action& action) {
  auto command = std::make_shared<ConformCommand>();
  auto time = std::make_shared<milliseconds>(std::chrono::seconds(20));
  CLI::App* conform = app.add_subcommand("conform", "Compare the model with real CPython interpreters, live");
  std::vector<std::string> levels;
  for (std::size_t i = 0; i < kLevels; ++i) levels.emplace_back(to_string(static_cast<Level>(i)));
  conform->footer(
      "A FILE is a stored trace, run on every interpreter in the interpreter's profile, or a folder of them, of "
      "which "
      "an\n"
      "interpreter gets those of its profile: the traces with a log x.python3.11.log, and others if it is their "
      "own.\n"
      "Without FILEs traces are generated.\n"
      "Exit status: 0 agree, 1 a divergence or crash was found, 2 bad usage or unreadable input.");
  auto* files = conform->add_option("FILE", command->files, "Stored traces, or folders of them, to run instead");
  conform
      ->add_flag("--write-logs", command->stored.write_logs,
                 "Write what each interpreter did beside each FILE, as x.python3.11.log; of a folder's logs those that "
                 "are there")
      ->needs(files);
  conform->add_option("--python", command->pythons, "An interpreter: a path, or a name on PATH (default python3)")
      ->allow_extra_args(false);
  conform->add_flag("--all-pythons", command->all_pythons,
                    "Every CPython 2.7 and 3.6 to 3.15 on PATH, of pyenv and of uv");
  auto* limit =
      add_duration(*conform, "--time", *time, "For each interpreter (default 20s, or no limit with --traces)");
  add_number(*conform, "--traces", command->traces, 1, UINT64_MAX, "So many traces for each interpreter");
  add_seed(*conform, command->seed);
  add_number(*conform, "--first", command->first, 0, UINT64_MAX, "The index of the first trace (default 0)");
  auto* length = add_number(*conform, "--max-operations", command->max_operations, 1, 1'000'000,
                            "The longest trace to generate (default 4000)");
  add_number(*conform, "--max-findings", command->max_findings, 1, UINT32_MAX,
             "End with an interpreter after so many findings (default 10)");
  conform->add_option("--findings", command->findings, "The directory in which findings are stored")
      ->capture_default_str();
  add_known(*conform, command->known);
  add_jobs(*conform, command->jobs);
  conform
      ->add_option("--record", command->record,
                   "Write what each interpreter did into this folder, a recording each (default 500 traces)")
      ->check([](const std::string& path) -> std::string {
        if (path.empty()) return "the value is empty";
        return std::filesystem::is_directory(path) ? "" : path + ": there is no such folder";
      });
  conform->add_option("--recorded", command->recorded,
                      "Check the model against recordings, or folders of them, instead of live interpreters");
  conform->add_flag("--promises", command->promises,
                    "Report what the interpreters do against their documentation, with the shortest trace; traces have "
                    "120 operations at most, unless told otherwise");
  conform->add_option("--level", command->level, "Up to which level logs are compared")
      ->check(one_of(levels))
      ->capture_default_str();
  conform->add_flag("--run-undefined", command->run_undefined,
                    "Also run traces in which the interpreter uses freed memory and may crash");
  add_duration(*conform, "--shrink-time", command->shrink_time, "To shrink each divergence (default 5s)");
  add_duration(*conform, "--timeout", command->timeout, "The longest that one trace may take (default 10s)");
  for (const char* of_generated : {"--time", "--traces", "--seed", "--first", "--max-operations", "--max-findings",
                                   "--findings", "--known", "--record", "--recorded", "--shrink-time"}) {
    files->excludes(conform->get_option(of_generated));
  }
  add_report_options(*conform, command->report);
  conform->callback([command, conform, time, limit, length, &action] {
    const std::vector<std::string> told{"--format", "--junit", "--sarif", "--quiet"};
    const auto beside = [&](std::vector<std::string> names) {
      names.insert(names.end(), told.begin(), told.end());
      return names;
    };
    refuse_beside(*conform, "--recorded", beside({"--timeout", "--jobs"}));
    refuse_beside(*conform, "--record",
                  beside({"--python", "--all-pythons", "--traces", "--seed", "--first", "--max-operations", "--timeout",
                          "--jobs"}));
    command->length_given = length->count() > 0;
    command->options_of_traces = options_of_traces(*conform);
    constexpr std::uint64_t kRecorded = 500;
    const bool records = !command->record.empty();
    if (records && command->traces == 0) command->traces = kRecorded;
    command->time = command->traces > 0 && limit->count() == 0 ? milliseconds{0} : *time;
    action = [command] {
      return report(command->report, "conform", [&](Summary& summary) {
        command->accepted = read_known(command->known);
        return conform_command(*command, summary);
      });
    };
  });
}

}  // namespace cyclecheck::cli
