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
                         std::chrono::milliseconds timeout) {
  const SubjectEntry subject = promise_subject(interpreter, timeout);
  drawing.generate.profile = interpreter.profile;
  drawing.generate.without |= subject.missing;
  drawing.command = "cyclecheck conform --promises --python " + for_shell(interpreter.path);
  SearchOptions search = options;
  search.workers.timeout = timeout + subject.grace;
  RunReporter reporter(fmt::format("CPython {}", interpreter.version));
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
  fmt::print("CPython {:<8} {:>9} traces, {} promises broken{}\n\n", interpreter.version, grouped(counters.traces),
             broken.size(),
             counters.left_out > 0 ? fmt::format(", {} traces not judged", grouped(counters.left_out)) : "");
  std::fflush(stdout);
  return broken;
}

}  // namespace

int show_promises(const std::vector<Interpreter>& interpreters, const PlainTraces::Options& drawing,
                  const SearchOptions& options, std::chrono::milliseconds timeout) {
  Versions broken_by;
  int unusable = 0;
  for (const Interpreter& interpreter : interpreters) {
    if (was_interrupted()) break;
    try {
      for (const Promise promise : search(interpreter, drawing, options, timeout)) {
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
                     std::chrono::milliseconds timeout) {
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
    for (const auto& [promise, versions] : broken_by) {
      fmt::print("  {:<24}{}\n", info(promise).word, fmt::join(versions, ", "));
    }
  }
  if (unusable > 0) return unusable;
  return any ? -1 : 0;
}

}  // namespace cyclecheck::cli
