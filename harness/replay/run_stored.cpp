#include "harness/replay/run_stored.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include "harness/replay/driven.hpp"
#include "harness/replay/loaded_traces.hpp"
#include "harness/search/search.hpp"
#include "harness/stored/stored.hpp"
#include "harness/subjects/subjects.hpp"
#include "trace/log_text.hpp"

namespace cyclecheck {
namespace {

class StoredRun {
 public:
  StoredRun(const Interpreter& interpreter, const StoredOptions& options, StoredView& view)
      : interpreter_(interpreter), options_(options), view_(view), entry_(driven(interpreter, options.timeout)) {
    if (options.run_undefined) entry_.spared_undefined = false;
  }

  StoredSummary run(const std::vector<StoredTrace>& traces) {
    for (const StoredTrace& stored : traces) load(stored);
    const LoadedTraces drawing(std::move(loaded_));
    WorkersOptions workers;
    workers.jobs = options_.jobs;
    workers.timeout = options_.timeout + entry_.grace;
    const auto goes_on = [&] { return !view_.stop(); };
    if (drawing.size() == 0 || !goes_on()) return summary_;
    examine_all(against_model(entry_, options_.level), drawing, workers, goes_on,
                [&](std::uint64_t position, Examination& examination) {
                  judge(compared_[position], drawing.at(position), examination);
                  return true;
                });
    return summary_;
  }

 private:
  // What a trace is compared with beside the model.
  struct Compared {
    const StoredTrace* stored;
    std::optional<Log> log;
  };

  void load(const StoredTrace& stored) {
    StoredCase item;
    item.path = stored.path;
    item.log = stored.log_path;
    item.profile = interpreter_.profile;
    auto loaded = load_case(item);
    if (const auto* error = std::get_if<FileError>(&loaded)) return unreadable(*error);
    auto& trace = std::get<Trace>(loaded);
    Compared compared{&stored, {}};
    if (stored.has_log && !writes(stored)) {
      auto log = load_log(item, trace);
      if (const auto* error = std::get_if<FileError>(&log)) return unreadable(*error);
      compared.log = std::move(std::get<Log>(log));
    }
    if (const auto unknown = entry_.missing_operation(trace)) {
      ++summary_.traces;
      ++summary_.left_out;
      return view_.unknown(stored, *unknown);
    }
    loaded_.push_back({std::move(trace), compared.log ? observation_of(*compared.log) : Observe::full});
    compared_.push_back(std::move(compared));
  }

  void judge(const Compared& compared, const Trace& trace, const Examination& examination) {
    const auto& [stored, expected] = compared;
    ++summary_.traces;
    const Verdict& verdict = examination.verdict;
    if (verdict.left_out) {
      ++summary_.left_out;
      return view_.undefined(*stored);
    }
    if (!examination.subject) return view_.died(*stored, verdict);
    if (verdict.divergence) view_.differs_from_model(*stored, trace, *verdict.divergence);
    bool agrees = verdict.outcome == Outcome::agree;
    if (expected) {
      const auto divergence = compare(trace, *expected, *examination.subject, std::min(options_.level, entry_.level));
      if (divergence) view_.differs_from_log(*stored, trace, *divergence);
      agrees = agrees && !divergence;
    }
    if (agrees) ++summary_.agree;
    if (writes(*stored)) write(stored->log_path, print_log(*examination.subject, trace));
  }

  [[nodiscard]] bool writes(const StoredTrace& stored) const { return options_.write_logs && stored.is_recording; }

  // The interpreter's name goes below the line with the version.
  void write(const std::string& path, std::string text) {
    text.insert(text.find('\n') + 1, "# " + options_.interpreter_name + "\n");
    const auto written = write_file(path, text);
    if (const auto* error = std::get_if<FileError>(&written)) return unreadable(*error);
    ++summary_.written;
  }

  void unreadable(const FileError& error) {
    ++summary_.unreadable;
    view_.unreadable(error);
  }

  const Interpreter& interpreter_;
  const StoredOptions& options_;
  StoredView& view_;
  SubjectEntry entry_;
  // What is to run, in parallel.
  std::vector<LoadedTrace> loaded_;
  std::vector<Compared> compared_;
  StoredSummary summary_;
};

}  // namespace

std::variant<std::vector<StoredTrace>, FileError> traces_for(const Interpreter& interpreter,
                                                             const std::vector<std::string>& files) {
  std::vector<StoredTrace> chosen;
  for (const std::string& file : files) {
    auto found = find_cases({file});
    if (auto* error = std::get_if<FileError>(&found)) return std::move(*error);
    std::error_code ignored;
    const bool is_folder = std::filesystem::is_directory(file, ignored);
    if (!is_folder) {
      const std::string log = profile_log(file, interpreter.profile);
      chosen.push_back({file, log, std::filesystem::exists(log, ignored), true});
      continue;
    }
    for (const StoredCase& item : std::get<std::vector<StoredCase>>(found)) {
      if (is_recording_file(item.path)) continue;
      if (item.profile == interpreter.profile) chosen.push_back({item.path, *item.log, true, true});
      if (item.profile) continue;
      // A trace that cannot be read is reported when it is run.
      const auto loaded = load_trace(item.path);
      const auto* trace = std::get_if<Trace>(&loaded);
      if (trace != nullptr && trace->profile != interpreter.profile) continue;
      chosen.push_back({item.path, item.log.value_or(""), item.log.has_value(), false});
    }
  }
  return chosen;
}

StoredSummary run_stored(const std::vector<StoredTrace>& traces, const Interpreter& interpreter,
                         const StoredOptions& options, StoredView& view) {
  return StoredRun(interpreter, options, view).run(traces);
}

}  // namespace cyclecheck
