#include "harness/cli/promises_view.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "harness/cli/report.hpp"
#include "harness/cli/run_reporter.hpp"
#include "harness/cpython/cpython.hpp"
#include "harness/stored/stored.hpp"
#include "harness/system/system.hpp"

namespace cyclecheck::cli {
namespace {

// Which versions break a promise, oldest first.
using Versions = std::map<Promise, std::vector<std::string>>;

// The promises that an interpreter was found to break.
std::set<Promise> search(const Interpreter& interpreter, PlainTraces::Options drawing, const SearchOptions& options,
                         std::chrono::milliseconds timeout, bool quiet, Summary& summary) {
  const SubjectEntry subject = promise_subject(interpreter, timeout);
  drawing.generate.profile = interpreter.profile;
  drawing.generate.without |= subject.missing;
  drawing.command = "cyclecheck conform --promises --python " + for_shell(interpreter.path);
  SearchOptions search = options;
  search.workers.timeout = timeout + subject.grace;
  RunReporter::Limits limits{options.time};
  if (drawing.traces != UINT64_MAX) limits.traces = drawing.traces;
  RunReporter reporter(limits, quiet, subject.name, fmt::format("CPython {}", interpreter.version));
  const SearchResult result = find_failures(subject, PlainTraces(drawing), search, reporter);
  reporter.end_line();
  if (result.error) throw SubjectError(SubjectError::Kind::cannot_start, "cyclecheck: " + result.error->message);
  std::set<Promise> broken;
  for (const Finding& finding : result.findings) {
    if (const auto promise = promise_of(finding.investigation.signature)) broken.insert(*promise);
  }
  if (!was_interrupted()) {
    const PromiseInfo& promise = info(Promise::failed_call);
    for (const std::string& failed : probe_failed_calls(interpreter)) {
      broken.insert(Promise::failed_call);
      fmt::print("{}: {}\n  promised by  {}\n  instead      {}\n", promise.word, promise.text, promise.source, failed);
    }
  }
  const ProfileCounters counters = result.progress.sum().counters;
  fmt::print("CPython {:<8} {:>9}, {} broken{}\n\n", interpreter.version, counted(counters.traces, "trace"),
             counted(broken.size(), "promise"),
             counters.left_out > 0 ? fmt::format(", {} not judged", counted(counters.left_out, "trace")) : "");
  std::fflush(stdout);
  summary.counts.push_back(
      {subject.name, {{"traces", counters.traces}, {"broken", broken.size()}, {"left_out", counters.left_out}}});
  for (const PromiseInfo& promise : all_promises()) {
    Check check{subject.name, std::string{promise.word}};
    if (broken.contains(promise.promise)) {
      check.outcome = Check::Outcome::failed;
      check.message = promise.text;
    }
    summary.checks.push_back(std::move(check));
  }
  summary.checks.insert(summary.checks.end(), reporter.checks().begin(), reporter.checks().end());
  return broken;
}

}  // namespace

int show_promises(const std::vector<Interpreter>& interpreters, const PlainTraces::Options& drawing,
                  const SearchOptions& options, std::chrono::milliseconds timeout, bool quiet, Summary& summary) {
  Versions broken_by;
  int unusable = 0;
  for (const Interpreter& interpreter : interpreters) {
    if (was_interrupted()) break;
    try {
      for (const Promise promise : search(interpreter, drawing, options, timeout, quiet, summary)) {
        std::vector<std::string>& versions = broken_by[promise];
        if (versions.empty() || versions.back() != interpreter.version) versions.push_back(interpreter.version);
      }
    } catch (const SubjectError& error) {
      fmt::print(stderr, "{}\n", error.what());
      ++unusable;
    }
  }
  fmt::print("{:<24}broken by\n", "promise");
  for (const PromiseInfo& promise : all_promises()) {
    const std::vector<std::string>& versions = broken_by[promise.promise];
    fmt::print("{:<24}{}\n", promise.word, versions.empty() ? "none" : fmt::format("{}", fmt::join(versions, ", ")));
  }
  if (unusable > 0) return unusable;
  const bool any = std::any_of(broken_by.begin(), broken_by.end(), [](const auto& row) { return !row.second.empty(); });
  return any ? -1 : 0;
}

int show_promises_of(const std::vector<std::string>& files, const std::vector<Interpreter>& interpreters,
                     std::chrono::milliseconds timeout, Summary& summary) {
  const auto cases = find_cases(files);
  if (const auto* error = std::get_if<FileError>(&cases)) {
    fmt::print(stderr, "{}\n", error->message);
    return 1;
  }
  int unusable = 0;
  bool any = false;
  for (const StoredCase& item : std::get<std::vector<StoredCase>>(cases)) {
    const auto loaded = load_trace(item.path);
    if (const auto* error = std::get_if<FileError>(&loaded)) {
      fmt::print(stderr, "{}\n", error->message);
      ++unusable;
      continue;
    }
    Versions broken_by;
    for (const Interpreter& interpreter : interpreters) {
      Trace trace = std::get<Trace>(loaded);
      trace.profile = interpreter.profile;
      try {
        const auto make = [&] { return make_cpython_subject(interpreter, timeout); };
        for (const BrokenPromise& broken : judge_trace(make, trace)) {
          broken_by[broken.promise].push_back(interpreter.version);
        }
      } catch (const SubjectError& error) {
        fmt::print(stderr, "{}: {}\n", item.path, error.what());
        ++unusable;
      }
    }
    fmt::print("{}\n", item.path);
    any = any || !broken_by.empty();
    Check check{"promises", item.path};
    check.file = item.path;
    for (const auto& [promise, versions] : broken_by) {
      check.outcome = Check::Outcome::failed;
      check.message += (check.message.empty() ? "" : ", ") + std::string{info(promise).word};
    }
    summary.checks.push_back(std::move(check));
    for (const auto& [promise, versions] : broken_by) {
      fmt::print("  {:<24}{}\n", info(promise).word, fmt::join(versions, ", "));
    }
  }
  if (unusable > 0) return unusable;
  return any ? -1 : 0;
}

}  // namespace cyclecheck::cli
