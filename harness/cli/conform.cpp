#include "harness/cli/conform.hpp"

#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "harness/cli/conform_recorded.hpp"
#include "harness/cli/conform_stored.hpp"
#include "harness/cli/exit_status.hpp"
#include "harness/cli/interrupt.hpp"
#include "harness/cli/options.hpp"
#include "harness/cli/promises_view.hpp"
#include "harness/cli/report.hpp"
#include "harness/compare/compare.hpp"
#include "harness/cpython/cpython.hpp"
#include "harness/search/search.hpp"
#include "harness/stored/stored.hpp"
#include "harness/subjects/subjects.hpp"
#include "trace/text.hpp"

namespace cyclecheck::cli {
namespace {

using std::chrono::milliseconds;

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
  StoredOptions stored;
  // Judges the interpreters by their documentation instead of by the model.
  bool promises = false;
  bool length_given = false;
  ConformOptions run;
};

// The interpreters that the command line names; those that cannot be used are reported and counted.
std::vector<Interpreter> choose_interpreters(const ConformCommand& command, int& unusable) {
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
      fmt::print(stderr, "{}\n", error.what());
      ++unusable;
    }
  }
  return chosen;
}

std::string summary_line(const Interpreter& interpreter, const ConformSummary& summary) {
  const auto rate =
      summary.operations * 1000 / static_cast<std::uint64_t>(std::max<long long>(summary.time.count(), 1));
  std::string line =
      fmt::format("CPython {:<8} {:>9} traces, {:>12} operations, {:>9}/s, {} divergences", interpreter.version,
                  grouped(summary.traces), grouped(summary.operations), grouped(rate), summary.failed);
  if (summary.undefined > 0)
    line += fmt::format(", {} left out (rules W6, C2, C7 and M4: undefined)", summary.undefined);
  if (summary.refused > 0) line += fmt::format(", {} refused: no script can follow them", summary.refused);
  return line;
}

std::string describe(const ConformFailure& failure) {
  std::string text = fmt::format("\n{} in {} trace(s), first in trace {} ({})\n", failure.signature, failure.times,
                                 failure.index, failure.shrunk);
  text += print_trace(failure.trace);
  if (failure.divergence) {
    text += name_operation(failure.trace, failure.divergence->operation) + "\n";
    text += side_by_side(*failure.divergence, failure.trace, "CPython");
  } else {
    text += failure.error + "\n";
  }
  return text;
}

// --- recording ---

// What a recording calls the interpreter: "CPython 3.11.7, Linux x86_64".
std::string name_of(const Interpreter& interpreter) {
  utsname system{};
  if (::uname(&system) != 0) return fmt::format("CPython {}", interpreter.version);
  return fmt::format("CPython {}, {} {}", interpreter.version, static_cast<const char*>(system.sysname),
                     static_cast<const char*>(system.machine));
}

// Writes a recording and says where; false if it cannot be written.
bool write_recording(const Conformance& conformance, const std::string& path) {
  const auto written = write_conformance(conformance, path);
  if (const auto* error = std::get_if<FileError>(&written)) {
    fmt::print(stderr, "{}\n", error->message);
    return false;
  }
  fmt::print("recorded {} traces: {}\n", grouped(conformance.cases.size()), path);
  return true;
}

// --- live ---

// One interpreter's run with its progress on the terminal. Throws SubjectError if it cannot be started.
// `recorded` becomes false if a recording was asked for and could not be written.
ConformSummary run_one(const Interpreter& interpreter, const ConformCommand& command, bool& recorded) {
  const InterpreterSubject opened = make_interpreter_subject(interpreter, command.timeout);
  Subject& subject = *opened.subject;
  if (!opened.limited.empty()) {
    if (!command.record.empty()) throw SubjectError(SubjectError::Kind::cannot_start, opened.limited);
    fmt::print("CPython {}: {}; scripts are run instead, and compared at level {} only\n", interpreter.version,
               opened.limited, to_string(subject.level()));
  }
  const bool terminal = ::isatty(STDOUT_FILENO) == 1;
  ConformOptions options = command.run;
  options.level = *find_level(command.level);
  options.generate.profile = interpreter.profile;
  options.stop = was_interrupted;
  if (terminal) {
    options.on_progress = [&](const ConformSummary& so_far) {
      fmt::print("\r{}\x1B[K", summary_line(interpreter, so_far));
      std::fflush(stdout);
    };
  }
  Conformance recording;
  recording.interpreter = name_of(interpreter);
  recording.observe = Observe::full;
  recording.recorded = all_recorded_kinds();
  if (!command.record.empty()) {
    options.on_agreement = [&](std::uint64_t index, const Trace& trace, const Log& log) {
      add_case(recording, fmt::format("seed{}-{}", options.seed, index), trace, log);
    };
  }
  ConformSummary summary = conform(subject, options);
  fmt::print("{}{}\n", terminal ? "\r\x1B[K" : "", summary_line(interpreter, summary));
  for (const ConformFailure& failure : summary.failures) fmt::print("{}", describe(failure));
  std::fflush(stdout);
  if (!command.record.empty()) {
    const std::string file = fmt::format("cpython-{}-seed{}.conformance.gz", interpreter.version, options.seed);
    recorded = write_recording(recording, (std::filesystem::path(command.record) / file).string());
  }
  return summary;
}

// --- stored traces, live ---

// The exit status of one interpreter; adds the number of its traces to `total`. Throws SubjectError if it cannot be
// started.
int run_stored(const Interpreter& interpreter, const ConformCommand& command, std::size_t& total) {
  const auto traces = traces_for(interpreter, command.stored.files);
  if (const auto* error = std::get_if<FileError>(&traces)) {
    fmt::print(stderr, "{}\n", error->message);
    return kBadInput;
  }
  StoredOptions options = command.stored;
  options.level = *find_level(command.level);
  options.timeout = command.timeout;
  options.run_undefined = command.run.run_undefined;
  options.interpreter_name = name_of(interpreter);
  const StoredSummary summary = conform_stored(std::get<std::vector<StoredTrace>>(traces), interpreter, options);
  std::string line =
      fmt::format("CPython {:<8} {:>6} traces, {} agree", interpreter.version, summary.traces, summary.agree);
  if (summary.undefined > 0)
    line += fmt::format(", {} left out (rules W6, C2, C7 and M4: undefined)", summary.undefined);
  if (options.write_logs) line += fmt::format(", {} logs written", summary.written);
  fmt::print("{}\n", line);
  total += summary.traces + summary.unreadable;
  if (summary.unreadable > 0) return kBadInput;
  return summary.agree + summary.undefined == summary.traces ? kAgree : kFailed;
}

int check_stored(const std::vector<Interpreter>& interpreters, const ConformCommand& command, int status) {
  std::size_t total = 0;
  for (const Interpreter& interpreter : interpreters) {
    if (was_interrupted()) break;
    try {
      status = std::max(status, run_stored(interpreter, command, total));
    } catch (const SubjectError& error) {
      fmt::print(stderr, "{}\n", error.what());
      status = kBadInput;
    }
  }
  if (was_interrupted()) return kInterrupted;
  if (total == 0 && status == kAgree) {
    fmt::print(stderr, "cyclecheck: there is no trace for any of these interpreters\n");
    return kBadInput;
  }
  return status;
}

// --- promises ---

int check_promises(const ConformCommand& command, const std::vector<Interpreter>& interpreters, int unusable) {
  PromiseOptions options;
  options.seed = command.run.seed;
  options.first = command.run.first;
  options.traces = command.run.traces;
  options.time = command.run.time;
  options.shrink = command.run.shrink;
  if (command.length_given) options.generate.max_operations = command.run.generate.max_operations;
  const int outcome = command.stored.files.empty()
                          ? show_promises(interpreters, options, command.timeout)
                          : show_promises_of(command.stored.files, interpreters, command.timeout);
  if (was_interrupted()) return kInterrupted;
  if (unusable > 0 || outcome > 0) return kBadInput;
  return outcome < 0 ? kFailed : kAgree;
}

int conform_command(const ConformCommand& command) {
  if (!command.recorded.empty()) return check_recorded(command.recorded);
  watch_interrupts();
  int unusable = 0;
  const std::vector<Interpreter> interpreters = choose_interpreters(command, unusable);
  if (interpreters.empty() && unusable == 0) {
    fmt::print(stderr, "cyclecheck: no CPython 2.7 or 3.6 to 3.15 was found on PATH\n");
    return kBadInput;
  }
  if (command.promises) return check_promises(command, interpreters, unusable);
  if (!command.stored.files.empty()) return check_stored(interpreters, command, unusable > 0 ? kBadInput : kAgree);
  std::vector<ProfileReach> reached;
  std::vector<ProfileRules> rules;
  std::uint64_t failed = 0;
  for (const Interpreter& interpreter : interpreters) {
    if (was_interrupted()) break;
    try {
      bool recorded = true;
      const ConformSummary summary = run_one(interpreter, command, recorded);
      if (!recorded) ++unusable;
      // Traces that were not compared prove nothing.
      failed += summary.traces > 0 && summary.refused == summary.traces ? summary.refused : summary.failed;
      reached.push_back({interpreter.profile, summary.reach.count});
      rules.push_back({interpreter.profile, summary.reach.rules});
    } catch (const SubjectError& error) {
      fmt::print(stderr, "{}\n", error.what());
      ++unusable;
    }
  }
  if (!reached.empty()) fmt::print("\n{}\n{}", reach_table(reached), rule_table(rules));
  if (was_interrupted()) return kInterrupted;
  if (unusable > 0) return kBadInput;
  return failed > 0 ? kFailed : kAgree;
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
  auto* files = conform->add_option("FILE", command->stored.files, "Stored traces, or folders of them, to run instead");
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
  conform->add_option("--traces", command->run.traces, "So many traces for each interpreter")
      ->check(CLI::PositiveNumber);
  conform->add_option("--seed", command->run.seed, "Of the generated traces")->capture_default_str();
  conform->add_option("--first", command->run.first, "The index of the first trace")->capture_default_str();
  auto* length =
      conform->add_option("--max-operations", command->run.generate.max_operations, "Length of a trace at most")
          ->capture_default_str();
  conform->add_option("--failures", command->run.failures, "Ends after so many different divergences; 0: never")
      ->capture_default_str();
  conform
      ->add_option("--record", command->record,
                   "Write what each interpreter did into this folder, a conformance file each (default 500 traces)")
      ->check(CLI::ExistingDirectory);
  conform->add_option("--recorded", command->recorded,
                      "Check the model against conformance files, or folders of them, instead of live interpreters");
  conform->add_flag("--promises", command->promises,
                    "Report what the interpreters do against their documentation, with the shortest trace; traces have "
                    "120 operations at most, unless told otherwise");
  conform->add_option("--level", command->level, "Up to which level logs are compared")
      ->check(CLI::IsMember(levels))
      ->capture_default_str();
  conform->add_flag("--run-undefined", command->run.run_undefined,
                    "Also run traces in which the interpreter uses freed memory and may crash");
  add_duration(*conform, "--shrink-time", command->run.shrink, "To shrink each divergence (default 5s)");
  add_duration(*conform, "--timeout", command->timeout, "The longest that one trace may take (default 10s)");
  for (const char* of_generated : {"--time", "--traces", "--seed", "--first", "--max-operations", "--failures",
                                   "--record", "--recorded", "--shrink-time"}) {
    files->excludes(conform->get_option(of_generated));
  }
  conform->callback([command, time, limit, length, &action] {
    command->length_given = length->count() > 0;
    constexpr std::uint64_t kRecorded = 500;
    const bool records = !command->record.empty();
    if (records && command->run.traces == 0 && limit->count() == 0) command->run.traces = kRecorded;
    command->run.time = command->run.traces > 0 && limit->count() == 0 ? milliseconds{0} : *time;
    action = [command] { return conform_command(*command); };
  });
}

}  // namespace cyclecheck::cli
