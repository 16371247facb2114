#include "harness/cli/conform_stored.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include "harness/cli/report.hpp"
#include "harness/compare/compare.hpp"
#include "harness/cpython/cpython.hpp"
#include "harness/stored/stored.hpp"
#include "harness/subjects/subjects.hpp"
#include "harness/system/system.hpp"
#include "trace/log_text.hpp"

namespace cyclecheck::cli {
namespace {

class StoredRun {
 public:
  StoredRun(const Interpreter& interpreter, const StoredOptions& options)
      : interpreter_(interpreter), options_(options), subject_(make_cpython_subject(interpreter, options.timeout)) {}

  StoredSummary run(const std::vector<StoredTrace>& traces) {
    for (const StoredTrace& stored : traces) {
      if (was_interrupted()) break;
      run_one(stored);
    }
    return summary_;
  }

 private:
  void run_one(const StoredTrace& stored) {
    StoredCase item;
    item.path = stored.path;
    item.log = stored.log_path;
    item.profile = interpreter_.profile;
    auto loaded = load_case(item);
    if (const auto* error = std::get_if<FileError>(&loaded)) return unreadable(*error);
    const Trace& trace = std::get<Trace>(loaded);
    std::optional<Log> expected;
    const bool writes = options_.write_logs && stored.is_recording;
    if (stored.has_log && !writes) {
      auto log = load_log(item, trace);
      if (const auto* error = std::get_if<FileError>(&log)) return unreadable(*error);
      expected = std::move(std::get<Log>(log));
    }
    const Observe observe = expected ? observation_of(*expected) : Observe::full;
    Log model;
    Reach reach;
    on_large_stack([&] { run_counted(trace, observe, model, reach); });
    ++summary_.traces;
    if (reach.is_undefined() && !options_.run_undefined) {
      ++summary_.undefined;
      fmt::print("{}: left out (rules W6, C2, C7 and M4: undefined)\n", stored.path);
      return;
    }
    if (const auto unknown = subject_->unknown_operation(trace)) {
      ++summary_.undefined;
      fmt::print("{}: left out (the driver does not know '{}')\n", stored.path, info(*unknown).word);
      return;
    }
    Log actual;
    try {
      subject_->run(trace, observe, actual);
    } catch (const SubjectError& error) {
      if (error.kind() == SubjectError::Kind::cannot_start) throw;
      fmt::print("{}: {}\n", stored.path, error.what());
      return;
    }
    bool agrees = agree(stored.path + ": CPython against the model", trace, model, actual);
    if (expected) agrees = agree(stored.log_path + ": CPython against the log", trace, *expected, actual) && agrees;
    if (agrees) ++summary_.agree;
    if (writes) write(stored.log_path, print_log(actual, trace));
  }

  bool agree(const std::string& what, const Trace& trace, const Log& expected, const Log& actual) {
    const auto divergence = compare(trace, expected, actual, std::min(options_.level, subject_->level()));
    if (!divergence) return true;
    fmt::print("{}: {}\n{}\n{}", what, divergence->signature, name_operation(trace, divergence->operation),
               side_by_side(*divergence, trace, "CPython " + interpreter_.version));
    return false;
  }

  // The interpreter's name goes below the line with the version.
  void write(const std::string& path, std::string text) {
    text.insert(text.find('\n') + 1, fmt::format("# {}\n", options_.interpreter_name));
    const auto written = write_file(path, text);
    if (const auto* error = std::get_if<FileError>(&written)) return unreadable(*error);
    ++summary_.written;
  }

  void unreadable(const FileError& error) {
    fmt::print(stderr, "{}\n", error.message);
    ++summary_.unreadable;
  }

  const Interpreter& interpreter_;
  const StoredOptions& options_;
  std::unique_ptr<ProcessSubject> subject_;
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
      if (is_conformance_file(item.path)) continue;
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

StoredSummary conform_stored(const std::vector<StoredTrace>& traces, const Interpreter& interpreter,
                             const StoredOptions& options) {
  return StoredRun(interpreter, options).run(traces);
}

}  // namespace cyclecheck::cli
