// What CPython's documentation promises about its collector, checked on what an interpreter did.
//
// The model agrees with the interpreters in everything, their bugs included. So it cannot find a bug that every version
// has had; a promise can. Each stands in the documentation of the gc or weakref module, or in a PEP.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "trace/event.hpp"
#include "trace/trace.hpp"

namespace cyclecheck {

enum class Promise : std::uint8_t {
  no_crash,
  disabled,
  threshold_zero,
  one_at_a_time,
  counted_is_gone,
  found_is_counted,
  unreachable_is_gone,
  cleared_is_unseen,
  weakref_to_the_living,
  answers_its_own,
  callback_at_death,
  newest_callback_first,
  finalized_once,
  finalized_before_death,
  garbage_stays_empty,
  reachable_stays,
  unreferenced_is_gone,
  referent_unavailable,
  empty_dict_untracked,
  failed_call,
};
inline constexpr std::size_t kPromises = static_cast<std::size_t>(Promise::failed_call) + 1;

struct PromiseInfo {
  Promise promise;
  // "disabled"
  std::string_view word;
  // What is promised, in one sentence.
  std::string_view text;
  // Where.
  std::string_view source;
};

const PromiseInfo& info(Promise promise);
std::span<const PromiseInfo> all_promises();

struct BrokenPromise {
  Promise promise = Promise::no_crash;
  // The operation of the trace in which it was broken.
  std::size_t operation = 0;
  // "collect answered 2, but 0 objects are gone"
  std::string what;
  // Operations that show it to the program itself, to be run after that operation; empty: the log shows it already.
  std::vector<Operation> witness;
};

// What an interpreter did in a trace, beside the graph that the trace builds, which is taken from the model's run.
// Each promise is reported once, at the first operation that breaks it; no_crash, answers_its_own and failed_call are
// not judged here, and neither is what documented_breach() alone sees.
// O(operations * objects).
// REQUIRES: the log observes `every`, and is that of an interpreter of the trace's profile and agrees with the model's
// at level `order` (otherwise the graph is not what the interpreter had); no operand of the trace is a label (@x),
// since no program lays hands on an object that it does not hold.
[[nodiscard]] std::vector<BrokenPromise> broken_promises(const Trace& trace, const Log& log);

// The first breach of what the documentation says of weak references, callbacks, finalizers and deaths, found by the
// judge (harness/judge/judge.hpp), which follows what happened step by step; none before 3.4, whose collector works
// otherwise, and where the trace has what the judge does not know. Throws SubjectError: the judge cannot follow.
// REQUIRES: what broken_promises() requires; so the log of `impl`, which tells of each step, is the interpreter's.
// O(operations * objects).
[[nodiscard]] std::optional<BrokenPromise> documented_breach(const Trace& trace);

// The operation in which a weak reference answered another object than the model's, if the logs agree up to there: that
// of a run which the rules call undefined (rule M4). O(events).
[[nodiscard]] std::optional<BrokenPromise> wrong_answer(const Trace& trace, const Log& expected, const Log& actual);

}  // namespace cyclecheck
