#include "harness/cli/promises_view.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <string>
#include <utility>

#include "harness/cli/report.hpp"
#include "harness/cpython/cpython.hpp"
#include "harness/stored/stored.hpp"
#include "harness/system/system.hpp"
#include "trace/text.hpp"

namespace cyclecheck::cli {
namespace {

// Which versions break a promise, oldest first.
using Versions = std::map<Promise, std::vector<std::string>>;

std::string summary_line(const Interpreter& interpreter, const PromiseSummary& summary) {
  std::string line = fmt::format("CPython {:<8} {:>9} traces, {} promises broken", interpreter.version,
                                 grouped(summary.traces), summary.findings.size());
  if (summary.not_judged > 0) {
    line += fmt::format(", {} traces not judged ({})", summary.not_judged, summary.why_not_judged);
  }
  return line;
}

std::string describe(const PromiseFinding& finding) {
  const PromiseInfo& promise = info(finding.broken.promise);
  std::string text = fmt::format("\n{}: {}\n  promised by  {}\n  instead      {}\n", promise.word, promise.text,
                                 promise.source, finding.broken.what);
  if (finding.broken.promise == Promise::failed_call) return text;
  return text +
         fmt::format("  in {} trace(s), first in trace {}, {}:\n", finding.times, finding.index, finding.shrunk) +
         print_trace(finding.trace);
}

PromiseSummary search(const Interpreter& interpreter, PromiseOptions options, std::chrono::milliseconds timeout) {
  const bool terminal = ::isatty(STDOUT_FILENO) == 1;
  options.generate.profile = interpreter.profile;
  options.stop = was_interrupted;
  if (terminal) {
    options.on_progress = [&](const PromiseSummary& so_far) {
      fmt::print("\r{}\x1B[K", summary_line(interpreter, so_far));
      std::fflush(stdout);
    };
  }
  PromiseSummary summary = search_promises([&] { return make_cpython_subject(interpreter, timeout); }, options);
  if (!was_interrupted()) {
    for (PromiseFinding& finding : probe_failed_calls(interpreter)) summary.findings.push_back(std::move(finding));
  }
  fmt::print("{}{}\n", terminal ? "\r\x1B[K" : "", summary_line(interpreter, summary));
  for (const PromiseFinding& finding : summary.findings) fmt::print("{}", describe(finding));
  fmt::print("\n");
  std::fflush(stdout);
  return summary;
}

}  // namespace

int show_promises(const std::vector<Interpreter>& interpreters, const PromiseOptions& options,
                  std::chrono::milliseconds timeout) {
  Versions broken_by;
  int unusable = 0;
  for (const Interpreter& interpreter : interpreters) {
    if (was_interrupted()) break;
    try {
      for (const PromiseFinding& finding : search(interpreter, options, timeout).findings) {
        std::vector<std::string>& versions = broken_by[finding.broken.promise];
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
