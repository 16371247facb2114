#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

#include "harness/cli/checks.hpp"
#include "harness/cli/commands.hpp"
#include "harness/cli/exit_status.hpp"
#include "harness/cli/options.hpp"
#include "harness/cli/report.hpp"
#include "harness/export/export.hpp"
#include "harness/isolate/isolate.hpp"
#include "harness/replay/replay.hpp"
#include "harness/search/search.hpp"
#include "harness/stored/stored.hpp"
#include "harness/subjects/subjects.hpp"
#include "harness/system/system.hpp"
#include "trace/file.hpp"
#include "trace/log_text.hpp"
#include "trace/text.hpp"

namespace cyclecheck::cli {
namespace {

struct ReplayOptions {
  SubjectOptions subject;
  std::vector<std::string> files;
  std::vector<std::string> recording;
  std::string profile;
  ReportOptions report;
  bool verbose = false;
  bool write_logs = false;
  std::uint32_t jobs = 1;
};

struct Tally {
  std::size_t traces = 0;
  std::size_t agree = 0;
  // Not run on the subject: another profile, an operation that it lacks, freed memory in CPython (W6).
  std::size_t left_out = 0;
};

// Seconds since it was made or asked before.
class Stopwatch {
 public:
  [[nodiscard]] double lap() {
    const auto before = std::exchange(begin_, std::chrono::steady_clock::now());
    return std::chrono::duration<double>(begin_ - before).count();
  }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

class Replay {
 public:
  Replay(const ReplayOptions& options, const Registry& registry, Summary& summary)
      : options_(options), registry_(registry), summary_(summary) {}

  // The text that comes last.
  std::string run() {
    if (options_.recording.empty()) {
      const auto cases = find_cases(options_.files);
      if (const auto* error = std::get_if<FileError>(&cases)) throw std::runtime_error(error->message);
      if (std::get<std::vector<StoredCase>>(cases).empty()) {
        return "every finding was mended and removed: no trace is left\n";
      }
      replay(std::get<std::vector<StoredCase>>(cases));
    } else {
      const ProfileId profile = *find_profile(options_.profile);
      const SubjectEntry& subject = *find_entry(options_.subject.subject);
      if (!subject.follows(profile)) {
        throw std::runtime_error(subject.name + " does not follow the recording's profile");
      }
      replay(options_.recording[0], read_foreign_as_recording(options_.recording[0], options_.recording[1], profile));
    }
    summary_.interrupted = was_interrupted();
    summary_.status = summary_.interrupted ? kInterrupted : status_;
    std::size_t compared = 0;
    std::size_t left_out = 0;
    std::string text;
    const auto add = [&](const std::string& name, const Tally& tally) {
      text += fmt::format("{}: {}, {} agree", name, counted(tally.traces, "trace"), grouped(tally.agree));
      if (tally.left_out > 0) text += fmt::format(", {} left out that it cannot run", tally.left_out);
      text += "\n";
      summary_.counts.push_back(
          {name, {{"traces", tally.traces}, {"agree", tally.agree}, {"left_out", tally.left_out}}});
    };
    // The judge asks for no model.
    if (model_.traces > 0 || subjects_.empty()) add("model", model_);
    for (const auto& [name, tally] : subjects_) {
      add(name, tally);
      left_out += tally.left_out;
      compared += tally.traces;
    }
    // What was not run proves nothing.
    if (summary_.status == kAgree && compared == 0 && left_out > 0) {
      summary_.status = kBadInput;
      summary_.add_error("no trace was run: every one was left out");
      fmt::print(stderr, "cyclecheck: no trace was run: every one was left out\n");
    }
    return text;
  }

 private:
  // A trace, and the log that both sides are compared with.
  struct Expected {
    const StoredCase* suite_case;
    std::optional<Log> log;
  };
  // Traces that follow each other and have one subject and one level.
  struct Group {
    const SubjectEntry* entry = nullptr;
    Level level = Level::order;
    std::vector<LoadedTrace> traces;
    std::vector<Expected> expected;
  };

  void bad_input(const std::string& path, const std::string& message) {
    // Both are often one file: the order is to be that of the traces.
    std::fflush(stdout);
    fmt::print(stderr, "{}\n", message);
    summary_.checks.push_back({"files", path, Check::Outcome::error, 0, message, {}, path});
    status_ = kBadInput;
  }

  void replay(const std::vector<StoredCase>& cases) {
    for (const StoredCase& each : cases) {
      if (was_interrupted()) return;
      if (is_recording_file(each.path)) {
        run_group();
        replay(each.path, read_recording(each.path));
      } else {
        add(each);
      }
    }
    run_group();
  }

  // Model and subject against what a real interpreter did.
  void replay(const std::string& path, const std::variant<Recording, FileError>& read) {
    if (const auto* error = std::get_if<FileError>(&read)) {
      bad_input(path, error->message);
      return;
    }
    const auto& recording = std::get<Recording>(read);
    const SubjectEntry& subject = *find_entry(options_.subject.subject);
    SubjectEntry model;
    model.name = "model";
    model.make = [] { return std::make_unique<ModelSubject>(); };
    check_side(path, recording, model, model_);
    check_side(path, recording, subject, subjects_[subject.name]);
  }

  void check_side(const std::string& path, const Recording& recording, const SubjectEntry& side, Tally& tally) {
    Stopwatch watch;
    Check told{side.name, path};
    RecordingCheck check;
    check.level = options_.subject.parsed_level();
    check.timeout = options_.subject.timeout;
    check.jobs = options_.jobs;
    check.stop = was_interrupted;
    check.on_disagreement = [&](const RecordedTrace& recorded, const Verdict& verdict) {
      const std::string line = recorded_difference(recording, recorded, verdict, side.name);
      fmt::print("{}", line);
      told.details += line;
      if (!options_.verbose) return;
      fmt::print("{}", print_trace(recorded.trace));
      if (verdict.divergence) {
        fmt::print("{}", side_by_side(*verdict.divergence, recorded.trace, side.name, "recorded"));
      }
      if (!verdict.output.empty()) fmt::print("{}\n", verdict.output);
    };
    const RecordingSummary summary = check_recording(recording, side, check);
    tally.traces += summary.traces;
    tally.agree += summary.agree;
    tally.left_out += summary.left_out;
    told.seconds = watch.lap();
    told.file = path;
    if (summary.traces != summary.agree) {
      fail();
      told.outcome = Check::Outcome::failed;
      told.message = "differs from the recording";
      told.details =
          fmt::format("{} of {}\n{}", summary.traces - summary.agree, counted(summary.traces, "trace"), told.details);
    }
    summary_.checks.push_back(std::move(told));
  }

  void fail() { status_ = std::max(status_, kFailed); }

  // Adds a case to the group, or says why it is not run.
  void add(const StoredCase& suite_case) {
    auto loaded = load_case(suite_case);
    if (const auto* error = std::get_if<FileError>(&loaded)) {
      run_group();
      return bad_input(suite_case.path, error->message);
    }
    auto& trace = std::get<Trace>(loaded);
    const std::string name = options_.subject.subject_for(suite_case.subject);
    const SubjectEntry* entry = find_entry(name);
    if (entry == nullptr) {
      run_group();
      return bad_input(suite_case.path,
                       fmt::format("{}: no subject '{}' in this program; try --subject", suite_case.path, name));
    }
    if (!entry->can_run(trace)) {
      ++subjects_[entry->name].left_out;
      summary_.checks.push_back({entry->name, name_of(suite_case), Check::Outcome::left_out, 0,
                                 "it follows another profile, or lacks an operation"});
      return;
    }
    Expected expected{&suite_case, {}};
    if (suite_case.log && !read_log(suite_case, trace, expected.log)) return;
    LoadedTrace ready{std::move(trace), expected.log ? observation_of(*expected.log) : Observe::digest};
    // A log that is written again is observed as it was, but nothing is compared with it.
    if (options_.write_logs) expected.log.reset();
    const Level level = options_.subject.level_for(suite_case.level);
    if (group_.entry != entry || group_.level != level || !suite_case.before.empty()) run_group();
    group_.entry = entry;
    group_.level = level;
    group_.traces.push_back(std::move(ready));
    group_.expected.push_back(std::move(expected));
    // It has a subject of its own.
    if (!suite_case.before.empty()) run_behind();
  }

  // Runs the group side by side, and looks at each in order.
  void run_group() {
    Group group = std::exchange(group_, {});
    if (group.traces.empty() || was_interrupted()) return;
    const SubjectEntry& entry = *group.entry;
    WorkersOptions options;
    options.jobs = static_cast<std::uint32_t>(std::min<std::size_t>(options_.jobs, group.traces.size()));
    options.timeout = options_.subject.timeout + entry.grace;
    const LoadedTraces drawing(std::move(group.traces));
    Stopwatch watch;
    examine_all(
        against_model(entry, group.level), drawing, options, [] { return !was_interrupted(); },
        [&](std::uint64_t position, Examination& examination) {
          const Expected& expected = group.expected[position];
          const Trace& trace = drawing.at(position);
          std::string behind;
          if (examination.verdict.outcome != Outcome::agree) {
            Isolated alone(against_model(entry, group.level), *drawing.observe(position), options.timeout);
            Examination again = alone.examine(trace);
            if (again.verdict.outcome == Outcome::agree) behind = examination.verdict.signature;
            examination = std::move(again);
          }
          tell(expected, trace, entry, group.level, examination, watch.lap());
          if (!behind.empty()) fails_behind(expected.suite_case->path, behind);
          return true;
        });
  }

  // Runs the one trace of the group behind those that it needs.
  void run_behind() {
    const Group group = std::exchange(group_, {});
    const StoredCase& suite_case = *group.expected[0].suite_case;
    auto before = load_before(suite_case);
    if (const auto* error = std::get_if<FileError>(&before)) return bad_input(suite_case.path, error->message);
    const Trace& trace = group.traces[0].trace;
    Stopwatch watch;
    Isolated isolated(against_model(*group.entry, group.level), group.traces[0].observe,
                      options_.subject.timeout + group.entry->grace);
    const Examination examination = Behind(isolated, std::get<std::vector<Trace>>(std::move(before))).examine(trace);
    tell(group.expected[0], trace, *group.entry, group.level, examination, watch.lap());
  }

  void tell(const Expected& expected, const Trace& trace, const SubjectEntry& entry, Level level,
            const Examination& examination, double seconds) {
    const StoredCase& suite_case = *expected.suite_case;
    told_ = {entry.name, name_of(suite_case), Check::Outcome::passed, seconds, {}, {}, suite_case.path};
    judge(suite_case, trace, entry, std::min(level, entry.level), examination, expected.log);
    summary_.checks.push_back(std::move(told_));
    if (options_.write_logs && examination.model) write_log(suite_case, trace, *examination.model);
  }

  void fails_behind(const std::string& path, const std::string& signature) {
    constexpr const char* kBehind = "behind other traces, and not alone";
    fmt::print("{}: {}; {}\n", path, signature, kBehind);
    Check& check = summary_.checks.back();
    check.outcome = Check::Outcome::failed;
    check.message = signature;
    check.details = kBehind;
    fail();
  }

  bool read_log(const StoredCase& suite_case, const Trace& trace, std::optional<Log>& expected) {
    auto log = load_log(suite_case, trace);
    if (const auto* error = std::get_if<FileError>(&log)) {
      bad_input(suite_case.path, error->message);
      return false;
    }
    expected = std::move(std::get<Log>(log));
    return true;
  }

  void write_log(const StoredCase& suite_case, const Trace& trace, const Log& log) {
    if (suite_case.profile) {
      bad_input(suite_case.path,
                fmt::format("{}: is what an interpreter did, and not written by the model; try cyclecheck conform",
                            *suite_case.log));
      return;
    }
    const std::string path = suite_case.path.substr(0, suite_case.path.rfind('.')) + ".log";
    const auto written = write_file(path, print_log(log, trace));
    if (const auto* error = std::get_if<FileError>(&written)) bad_input(suite_case.path, error->message);
  }

  void judge(const StoredCase& suite_case, const Trace& trace, const SubjectEntry& entry, Level level,
             const Examination& examination, const std::optional<Log>& expected) {
    Tally& tally = subjects_[entry.name];
    if (!entry.contract) ++model_.traces;
    const Verdict& verdict = examination.verdict;
    ++(verdict.left_out ? tally.left_out : tally.traces);
    const bool model_died = !entry.contract && !examination.model;
    bool model_agrees = !model_died;
    bool subject_agrees = verdict.outcome == Outcome::agree;
    if (options_.verbose) show(suite_case, trace, examination);
    if (verdict.left_out) told_.outcome = Check::Outcome::left_out;
    if (!subject_agrees) {
      note_failure(suite_case, trace, verdict, entry.name, "model");
      fmt::print("{}: {}: {}\n", suite_case.path, entry.name, one_line(verdict, trace));
      if (options_.verbose && verdict.divergence) {
        fmt::print("{}", side_by_side(*verdict.divergence, trace, entry.name));
      }
      if (options_.verbose && !verdict.output.empty()) fmt::print("{}\n", verdict.output);
    }
    if (expected && !entry.contract) {
      model_agrees = agrees_with_log(suite_case, trace, "model", examination.model, *expected, level) && model_agrees;
      subject_agrees =
          verdict.left_out ||
          (agrees_with_log(suite_case, trace, entry.name, examination.subject, *expected, level) && subject_agrees);
    }
    if (model_agrees && !entry.contract) ++model_.agree;
    if (subject_agrees && !verdict.left_out) ++tally.agree;
    if (!model_agrees || !subject_agrees) {
      fail();
      told_.outcome = Check::Outcome::failed;
      if (told_.message.empty()) told_.message = "the model died";
    }
  }

  bool agrees_with_log(const StoredCase& suite_case, const Trace& trace, const std::string& name,
                       const std::optional<Log>& log, const Log& expected, Level level) {
    if (!log) return false;
    const auto divergence = compare(trace, expected, *log, level);
    if (!divergence) return true;
    Verdict verdict;
    verdict.signature = divergence->signature;
    verdict.divergence = divergence;
    note_failure(suite_case, trace, verdict, name, "the log");
    fmt::print("{}: {} against {}: {}\n", suite_case.path, name, *suite_case.log, one_line(verdict, trace));
    if (options_.verbose) fmt::print("{}", side_by_side(*divergence, trace, name, "the log"));
    return false;
  }

  // The first one is what the check is about.
  void note_failure(const StoredCase& suite_case, const Trace& trace, const Verdict& verdict, const std::string& side,
                    const std::string& other) {
    told_.details += fmt::format("{} against {}: {}\n", side, other, one_line(verdict, trace));
    if (verdict.divergence) told_.details += side_by_side(*verdict.divergence, trace, side, other);
    told_.details += verdict.output;
    if (!told_.message.empty()) return;
    told_.message = verdict.signature;
    const auto bytes = read_file(suite_case.path);
    const auto* text = std::get_if<std::string>(&bytes);
    if (text != nullptr && verdict.divergence) {
      told_.line = line_of_operation(*text, trace, verdict.divergence->operation);
    }
  }

  static std::string name_of(const StoredCase& suite_case) {
    return suite_case.profile ? fmt::format("{} ({})", suite_case.path, profile(*suite_case.profile).name)
                              : suite_case.path;
  }

  static void show(const StoredCase& suite_case, const Trace& trace, const Examination& examination) {
    fmt::print("{}\n{}", suite_case.path, print_trace(trace));
    if (!examination.model) return;
    fmt::print("{}", print_log(*examination.model, trace));
    std::string printed;
    on_large_stack([&] { printed = transcript(trace); });
    if (!printed.empty()) fmt::print("{} prints:\n{}", profile(trace.profile).name, printed);
  }

  // The subject with this name, which is opened once; nullptr: there is none. Throws SubjectError(cannot_start).
  const SubjectEntry* find_entry(const std::string& name) {
    const auto known = entries_.find(name);
    if (known != entries_.end()) return &known->second;
    auto entry = find_subject(registry_, name, options_.subject.timeout);
    if (entry) tell_limits(*entry);
    return entry ? &entries_.emplace(name, std::move(*entry)).first->second : nullptr;
  }

  const ReplayOptions& options_;
  const Registry& registry_;
  std::map<std::string, SubjectEntry> entries_;
  Summary& summary_;
  Group group_;
  // Of the trace that is judged.
  Check told_;
  int status_ = kAgree;
  Tally model_;
  std::map<std::string, Tally> subjects_;
};

std::string replay(const ReplayOptions& options, const Registry& registry, Summary& summary) {
  watch_interrupts();
  apply_limits(options.subject);
  const bool recording = !options.recording.empty();
  const char* wrong = nullptr;
  if (!recording && options.files.empty()) wrong = "expected a FILE or --recording; --help says more";
  if (recording && !options.files.empty()) wrong = "FILE and --recording exclude each other";
  if (recording && options.profile.empty()) wrong = "--recording needs --profile";
  if (!recording && !options.profile.empty()) wrong = "--profile is of --recording, and has no effect on FILEs";
  if (wrong != nullptr) throw std::runtime_error(wrong);
  return Replay(options, registry, summary).run();
}

}  // namespace

void add_replay(CLI::App& app, const Registry& registry, Action& action) {
  auto options = std::make_shared<ReplayOptions>();
  CLI::App* command = app.add_subcommand("replay", "Run stored traces again and compare");
  command->footer(
      "A FILE is a trace, an input that a fuzzer stored (crash-..., id:...), the folder of a finding, a recording\n"
      "(x.conformance, x.conformance.gz), or a directory: a regression suite, searched for *.trace, *.cyct, "
      "*.conformance, *.conformance.gz, "
      "findings\n"
      "and files with a fuzzer's names. If x.log stands beside x.trace, model and\n"
      "subject are both compared with it; a log x.python3.11.log says what happens in that profile.\n"
      "Exit status: 0 all agree, 1 a divergence or crash, 2 bad usage or unreadable input, or every trace was left "
      "out.");
  command->add_option("FILE", options->files, "Traces, findings and directories");
  command
      ->add_option("--recording", options->recording,
                   "TRACES and VERSION: a recording as JSON lines, converted as it is read")
      ->expected(2)
      ->type_name("FILE");
  command->add_option("--profile", options->profile, "The profile of the recording")
      ->check(one_of(profile_names(false)));
  add_subject_options(*command, options->subject, registry);
  add_jobs(*command, options->jobs);
  command->add_flag("-v,--verbose", options->verbose,
                    "Print traces, logs, what the interpreter prints, and differences");
  command->add_flag("--write-logs", options->write_logs,
                    "Write the model's log beside every trace, as x.log, observed as the log that is there");
  add_report_options(*command, options->report);
  command->callback([command, options, &registry, &action] {
    refuse_beside(*command, "--recording",
                  {"--profile", "--subject", "--level", "--timeout", "--memory", "--verbose", "FILE", "--jobs",
                   "--format", "--junit", "--sarif", "--quiet"});
    action = [options, &registry] {
      return report(options->report, "replay", [&](Summary& summary) { return replay(*options, registry, summary); });
    };
  });
}

}  // namespace cyclecheck::cli
