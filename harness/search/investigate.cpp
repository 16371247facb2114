#include "harness/search/investigate.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "harness/compare/compare.hpp"

namespace cyclecheck {
namespace {

using Clock = std::chrono::steady_clock;

using std::chrono::milliseconds;

constexpr milliseconds kHangTimeout{500};

// What is many times the processor time that a trace needs: the limit while a hang is shrunk, so that most attempts
// take a twentieth of the timeout. It depends on the trace alone, not on how busy the machine is.
milliseconds more_than_enough(const Trace& trace) {
  constexpr std::int64_t kMicrosecondsEach = 50;
  constexpr milliseconds kLeast{25};
  std::int64_t work = 0;
  const auto add = [&](const std::vector<Operation>& operations) {
    for (const Operation& operation : operations)
      work += 1 + (operation.code == OpCode::bulk ? operation.number[0] : 0);
  };
  add(trace.operations);
  for (const Script& script : trace.scripts) add(script);
  return kLeast + milliseconds{work * kMicrosecondsEach / 1000};
}

// While anything else is shrunk attempts may hang, too. None is longer than the first trace, so a multiple of what that
// took is enough.
milliseconds more_than_enough(std::chrono::steady_clock::duration taken) {
  constexpr int kTimes = 20;
  constexpr milliseconds kLeast{200};
  return std::max(kLeast, kTimes * std::chrono::duration_cast<milliseconds>(taken));
}

// Leaves out what comes after the first operation that differs, if the rest fails in the same way.
Trace without_tail(Trace trace, const Verdict& verdict, const StillFails& still_fails) {
  if (!verdict.divergence || verdict.divergence->operation + 1 >= trace.operations.size()) return trace;
  Trace shorter = trace;
  shorter.operations.resize(verdict.divergence->operation + 1);
  return still_fails(shorter) ? shorter : trace;
}

// A few traces of the history behind which the trace fails: the shortest end of it up to a factor of two, without
// those that turned out to be of no use by the deadline. Empty: it fails behind none.
std::vector<Trace> traces_needed(const History& history, TraceChecker& checker, const Trace& trace,
                                 const std::string& signature, std::chrono::steady_clock::time_point deadline) {
  const auto fails_behind = [&](const std::vector<Trace>& earlier) {
    return Behind(checker, earlier).check(trace).find(signature) != nullptr;
  };
  std::vector<Trace> before;
  for (std::size_t count = 1;; count = std::min(count * 2, history.size)) {
    before.clear();
    for (std::size_t i = history.size - count; i < history.size; ++i) before.push_back(history.at(i));
    if (fails_behind(before)) break;
    if (count == history.size || std::chrono::steady_clock::now() >= deadline) return {};
  }
  for (std::size_t i = 0; i < before.size() && std::chrono::steady_clock::now() < deadline;) {
    std::vector<Trace> fewer = before;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
    if (!fewer.empty() && fails_behind(fewer)) {
      before = std::move(fewer);
    } else {
      ++i;
    }
  }
  return before;
}

}  // namespace

std::optional<Beginning> divergent_beginning(TraceChecker& checker, const Trace& trace) {
  std::optional<Beginning> found;
  std::size_t agrees = 0;
  for (std::size_t fails = trace.operations.size(); agrees + 1 < fails;) {
    Trace beginning = trace;
    beginning.operations.resize(agrees + (fails - agrees) / 2);
    checker.start_anew();
    Verdict verdict = checker.check(beginning);
    if (verdict.outcome == Outcome::agree) {
      agrees = beginning.operations.size();
      continue;
    }
    fails = beginning.operations.size();
    found = Beginning{std::move(beginning), std::move(verdict)};
  }
  if (found && found->verdict.outcome != Outcome::divergence) found.reset();
  return found;
}

Investigation investigate(TraceChecker& checker, const Trace& trace, const Verdict& seen,
                          std::chrono::milliseconds timeout, const ShrinkOptions& options, const History& history) {
  const bool hangs = seen.outcome == Outcome::hang;
  // A process that lived on may be about to die of what an earlier attempt did to it. Of a subject elsewhere another
  // one knows that.
  const bool kills = seen.outcome == Outcome::crash && seen.signature != "crash";
  checker.set_timeout(hangs ? std::min(timeout, kHangTimeout) : timeout);
  const StillFails still_fails = [&](const Trace& candidate) {
    return checker.check(candidate).find(seen.signature) != nullptr;
  };
  const StillFails fails_alone = [&](const Trace& candidate) {
    checker.start_anew();
    return still_fails(candidate);
  };
  const StillFails hangs_soon = [&](const Trace& candidate) {
    checker.set_processor_time(more_than_enough(candidate));
    return still_fails(candidate);
  };
  Investigation result;
  result.trace = trace;
  result.signature = seen.signature;
  const auto begin = Clock::now();
  if (fails_alone(trace)) {
    if (!hangs) checker.set_processor_time(more_than_enough(Clock::now() - begin));
    const StillFails& quickly = hangs ? hangs_soon : kills ? fails_alone : still_fails;
    ShrinkResult shrunk = shrink(without_tail(trace, seen, quickly), quickly, options);
    if (hangs) checker.set_processor_time(milliseconds{0});
    // A subject that keeps something from one trace to the next misleads: then each candidate has a new one, which is
    // slower. So does one that is slower than a hang is found out.
    if (!fails_alone(shrunk.trace)) shrunk = shrink(without_tail(trace, seen, fails_alone), fails_alone, options);
    result.trace = std::move(shrunk.trace);
    result.one_minimal = shrunk.one_minimal;
    result.progress = shrunk.progress;
    // That it hangs for good is known now.
    if (hangs) checker.set_processor_time(more_than_enough(result.trace));
  } else if (history.size > 0) {
    result.before = traces_needed(history, checker, trace, seen.signature, begin + options.budget / 2);
    if (!result.before.empty()) {
      Behind behind(checker, result.before);
      const StillFails fails_behind = [&](const Trace& candidate) {
        return behind.check(candidate).find(seen.signature) != nullptr;
      };
      ShrinkOptions rest = options;
      rest.budget = options.budget / 2;
      ShrinkResult shrunk = shrink(without_tail(trace, seen, fails_behind), fails_behind, rest);
      result.trace = std::move(shrunk.trace);
      result.one_minimal = shrunk.one_minimal;
      result.progress = shrunk.progress;
    }
  }
  Behind again(checker, result.before);
  for (int i = 0; i < kReplays; ++i) {
    if (again.check(result.trace).find(seen.signature) != nullptr) ++result.reproduced;
  }
  // Of what does not always fail it is not shown that an operation is needed.
  if (result.is_flaky()) result.one_minimal = false;
  result.examination = again.examine(result.trace);
  if (const Verdict* const same = result.examination.verdict.find(seen.signature)) {
    // A kind of object that was ambiguous in the original trace may be certain in the shrunk one.
    result.signature = same->signature;
    result.examination.verdict = Verdict(*same);
  } else if (result.examination.verdict.outcome == Outcome::agree) {
    result.examination.verdict = seen;
  }
  checker.set_timeout(timeout);
  checker.set_processor_time(milliseconds{0});
  return result;
}

}  // namespace cyclecheck
