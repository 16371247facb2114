#include "harness/promises/promise.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "harness/promises/graph_history.hpp"

namespace cyclecheck {
namespace {

using model::Id;
using model::kNone;

constexpr std::array<PromiseInfo, kPromises> kTable{{
    {Promise::no_crash, "no-crash", "a program that uses gc and weakref alone does not crash the interpreter",
     "the language"},
    {Promise::disabled, "disabled", "after gc.disable() no collection starts by itself",
     "gc.disable(): \"Disable automatic garbage collection.\""},
    {Promise::threshold_zero, "threshold-zero", "while the first threshold is zero no collection starts by itself",
     "gc.set_threshold(): \"Setting threshold0 to zero disables collection.\""},
    {Promise::one_at_a_time, "one-at-a-time", "no collection starts while another one runs",
     "gc.callbacks: \"start\" and \"stop\" enclose a collection; collect() in a finalizer answers 0"},
    {Promise::counted_is_gone, "counted-is-gone",
     "every object that gc.collect() counts is freed, or gc.garbage keeps it",
     "gc.collect(): the number of unreachable objects found (3.12 on: the sum of collected and uncollectable objects)"},
    {Promise::found_is_counted, "found-is-counted",
     "gc.collect() counts every unreachable object that it makes go away",
     "gc.collect(): \"The number of unreachable objects found is returned.\" (up to 3.11)"},
    {Promise::unreachable_is_gone, "unreachable-is-gone",
     "a full collection frees what is unreachable, whatever finalizers of other objects resurrect",
     "PEP 442: objects that are not resurrected are cleared; gc.collect(): \"run a full collection\""},
    {Promise::cleared_is_unseen, "cleared-is-unseen", "no program ever sees an object that the collector has cleared",
     "PEP 442: clearing comes when nothing can see the objects; weakref: a referent is whole, or the answer is None"},
    {Promise::weakref_to_the_living, "weakref-to-the-living",
     "a weak reference to an object that was reachable all the time answers it",
     "weakref.ref: None \"if the referent is no longer alive\""},
    {Promise::answers_its_own, "weakref-answers-its-own",
     "a weak reference answers the object that it was made for, or None",
     "weakref.ref: \"The original object can be retrieved by calling the reference object if the referent is still "
     "alive\""},
    {Promise::callback_at_death, "callback-at-death",
     "the callback of a living weak reference is called when the referent dies",
     "weakref.ref: \"the callback will be called when the object is about to be finalized\""},
    {Promise::newest_callback_first, "newest-callback-first",
     "callbacks of one object are called from the newest weak reference to the oldest",
     "weakref.ref: \"from the most recently registered callback to the oldest\""},
    {Promise::finalized_once, "finalized-once", "__del__ is called at most once for an object (3.4 on)",
     "PEP 442: \"the finalizer is called only once\""},
    {Promise::finalized_before_death, "finalized-before-death",
     "an object is not cleared or freed before its __del__ was called (3.4 on)",
     "PEP 442: finalizers are called before an object's references are cleared"},
    {Promise::garbage_stays_empty, "garbage-stays-empty",
     "without legacy finalizers and DEBUG_SAVEALL gc.garbage stays empty (3.4 on)",
     "gc.garbage: \"Starting with Python 3.4, this list should be empty most of the time\""},
    {Promise::reachable_stays, "reachable-stays", "nothing reachable is finalized, called back for or freed",
     "the language: \"Objects are never explicitly destroyed; however, when they become unreachable they may be "
     "garbage-collected.\""},
    {Promise::unreferenced_is_gone, "unreferenced-is-gone", "what nobody refers to any more is freed at once",
     "Glossary, reference count: \"When the reference count of an object drops to zero, it is deallocated.\""},
    {Promise::referent_unavailable, "referent-unavailable",
     "while the callback of a weak reference runs nobody gets its referent from a weak reference",
     "weakref.ref: \"the weak reference object will be passed as the only parameter to the callback; the referent will "
     "no longer be available\""},
    {Promise::empty_dict_untracked, "empty-dict-untracked", "a dict that never had an item is not tracked",
     "gc.is_tracked(): \">>> gc.is_tracked({})  False\""},
    {Promise::failed_call, "failed-call", "a call of a gc function that raises an exception changes nothing",
     "what an exception means; gc.set_threshold() names no effect beside success"},
}};

class PromiseJudge {
 public:
  PromiseJudge(const Trace& trace, const Log& log)
      : trace_(trace), profile_(profile(trace.profile)), log_(log), history_(graph_history(trace)) {}

  std::vector<BrokenPromise> run() {
    for (operation_ = 0; operation_ < trace_.operations.size(); ++operation_) {
      // At the end of a program CPython promises little.
      if (trace_.operations[operation_].code == OpCode::shutdown) break;
      judge();
    }
    return std::move(broken_);
  }

 private:
  void judge() {
    judge_automatic();
    judge_nesting();
    if (is(OpCode::collect) && trace_.operations[operation_].number[0] != kInvalidGeneration) judge_collect();
    judge_weak_references();
    judge_callback_order();
    for (const Event& event : events()) judge_event(event);
  }

  // --- what is known ---
  [[nodiscard]] std::span<const Event> events() const { return log_.of(operation_); }
  [[nodiscard]] const GraphSnapshot& before() const { return history_[operation_]; }
  [[nodiscard]] const GraphSnapshot& after() const { return history_[operation_ + 1]; }
  [[nodiscard]] bool is(OpCode code) const { return trace_.operations[operation_].code == code; }

  [[nodiscard]] bool scripts_contain(OpCode code) const {
    return std::any_of(trace_.scripts.begin(), trace_.scripts.end(), [&](const Script& script) {
      return std::any_of(script.begin(), script.end(), [&](const Operation& o) { return o.code == code; });
    });
  }

  [[nodiscard]] bool happened(EventKind kind, const Label& label) const {
    return std::any_of(events().begin(), events().end(),
                       [&](const Event& event) { return event.kind == kind && event.label == label; });
  }

  void report(Promise promise, std::string what, std::vector<Operation> witness = {}) {
    const auto same = [&](const BrokenPromise& known) { return known.promise == promise; };
    if (std::any_of(broken_.begin(), broken_.end(), same)) return;
    broken_.push_back({promise, operation_, std::move(what), std::move(witness)});
  }

  // --- promises ---
  void judge_automatic() {
    std::uint32_t began = 0;
    std::uint32_t asked_for = 0;
    for (const Event& event : events()) {
      if (event.kind == EventKind::ran) began += event.number[0] + event.number[1] + event.number[2];
      if (event.kind == EventKind::collect) ++asked_for;
    }
    if (began <= asked_for) return;
    if (!before().enabled && !after().enabled && !is(OpCode::enable) && !scripts_contain(OpCode::enable)) {
      report(Promise::disabled, "a collection began by itself while the collector was disabled");
    }
    if (before().threshold == 0 && after().threshold == 0 && !scripts_contain(OpCode::set_threshold)) {
      report(Promise::threshold_zero, "a collection began by itself while the first threshold was zero");
    }
  }

  void judge_nesting() {
    int running = 0;
    for (const Event& event : events()) {
      if (event.kind == EventKind::gc_stop) --running;
      if (event.kind == EventKind::gc_start && ++running > 1) {
        report(Promise::one_at_a_time, "a collection began before the one that was running had ended");
      }
    }
  }

  void judge_collect() {
    std::uint32_t answer = 0;
    for (const Event& event : events()) {
      if (event.kind == EventKind::returned) answer = event.number[0];  // the outermost answers last
    }
    std::uint32_t gone = 0;
    std::uint32_t kept = 0;
    std::uint32_t found_and_gone = 0;
    const std::vector<bool> hidden = model::live(before().graph, invisible());
    const std::vector<bool> may_stay = what_may_stay();
    const bool full = trace_.operations[operation_].number[0] == 2;
    for (Id id = 0; id < before().objects.size(); ++id) {
      if (!before().objects[id].listed) continue;
      const bool went = !after().objects[id].listed;
      gone += went;
      kept += !went && after().from_garbage[id];
      found_and_gone += after().objects[id].freed && !before().live[id] && !hidden[id];
      if (full && !went && !before().live[id] && !after().live[id] && !may_stay[id]) {
        report(Promise::unreachable_is_gone, name(id) + " was unreachable all the time and is still there");
      }
    }
    if (answer > gone + kept) {
      report(Promise::counted_is_gone, "collect answered " + std::to_string(answer) + ", but " + std::to_string(gone) +
                                           " objects are gone and gc.garbage keeps " + std::to_string(kept));
    }
    if (full && answer < found_and_gone) {
      report(Promise::found_is_counted, "collect answered " + std::to_string(answer) + ", but " +
                                            std::to_string(found_and_gone) + " unreachable objects are gone");
    }
  }

  // Unreachable objects that the collector does not look at, opaque and frozen ones, and what it is not shown of the
  // others. What they refer to, it cannot find.
  [[nodiscard]] std::vector<Id> invisible() const {
    std::vector<Id> ids = before().payload;
    for (Id id = 0; id < before().objects.size(); ++id) {
      const GraphObject& object = before().objects[id];
      if (!object.freed && !object.listed && !before().live[id]) ids.push_back(id);
    }
    return ids;
  }

  // Unreachable objects that a collection may leave alone for a reason of its own: also those that finalizers and
  // callbacks could lay hands on meanwhile.
  [[nodiscard]] std::vector<bool> what_may_stay() const {
    std::vector<Id> roots = invisible();
    for (Id id = 0; id < before().objects.size(); ++id) {
      const Label& label = before().objects[id].label;
      if (happened(EventKind::finalizer, label) || happened(EventKind::callback, label)) roots.push_back(id);
    }
    return model::live(before().graph, roots);
  }

  // Before a `collect` the graph is that which the collection sees, so what was reachable then was no garbage in
  // between. In other operations it may have been, if a finalizer could bring it back.
  void judge_weak_references() {
    const bool collects = is(OpCode::collect);
    const bool finalizes = std::any_of(events().begin(), events().end(),
                                       [](const Event& event) { return event.kind == EventKind::finalizer; });
    for (Id weak = 0; weak < before().objects.size(); ++weak) {
      const Id referent = before().objects[weak].referent;
      const GraphObject& now = after().objects[weak];
      if (referent == kNone || now.freed || now.referent == referent) continue;
      if (!before().live[weak] && !after().live[weak]) continue;
      const GraphObject& target = after().objects[referent];
      const bool lives = !target.dead && before().live[referent] && after().live[referent];
      if (collects && lives && after().live[weak] && !happened(EventKind::finalizer, target.label)) {
        report(Promise::weakref_to_the_living,
               name(weak) + " answers None, although " + name(referent) + " was reachable all the time",
               show(weak, referent));
      }
      const bool was_held = before().live[weak] && after().live[weak] && (collects || !finalizes);
      if (was_held && target.freed && before().objects[weak].has_callback &&
          !happened(EventKind::callback, now.label) && !lacked_memory()) {
        report(Promise::callback_at_death, name(referent) + " died and the callback of " + name(weak) + " did not run");
      }
    }
  }

  // Without memory for it no callback runs, and 3.13 says so (`sys.unraisablehook`).
  [[nodiscard]] bool lacked_memory() const {
    const auto all = events();
    return std::any_of(all.begin(), all.end(), [](const Event& event) { return event.kind == EventKind::no_memory; });
  }

  // Operations after which the program itself has seen that a weak reference lost an object that exists. None if the
  // trace's language cannot name them.
  [[nodiscard]] std::vector<Operation> show(Id weak, Id referent) const {
    Operation deref;
    deref.code = OpCode::deref;
    deref.target = {static_cast<std::uint16_t>(name_count(trace_))};
    deref.a = Operand::label(after().objects[weak].label.name);
    Operation exists;
    exists.code = OpCode::refcount;
    exists.a = Operand::label(after().objects[referent].label.name);
    return {deref, exists};
  }

  void judge_callback_order() {
    std::map<Id, Id> last;  // referent: the weak reference whose callback ran last
    for (const Event& event : events()) {
      if (event.kind != EventKind::callback) continue;
      const auto found = history_.find(event.label);
      if (!found || *found >= before().objects.size()) continue;
      const Id referent = before().objects[*found].referent;
      if (referent == kNone) continue;
      const auto [known, is_first] = last.emplace(referent, *found);
      if (!is_first && known->second < *found) {
        report(Promise::newest_callback_first,
               "the callback of " + name(known->second) + " ran before that of " + name(*found) + ", which is newer");
      }
      known->second = *found;
    }
  }

  void judge_event(const Event& event) {
    const auto id = event.none ? std::nullopt : history_.find(event.label);
    const bool pep442 = profile_.pep442 && id && history_.last().objects[*id].finalizer == FinalizerKind::del;
    switch (event.kind) {
      case EventKind::deref:
        if (id && state_[*id].died) {
          report(Promise::cleared_is_unseen, "a weak reference answered " + name(*id) + " after it was cleared");
        }
        break;
      case EventKind::finalizer:
        if (!id) break;
        if (pep442 && state_[*id].finalized) report(Promise::finalized_once, name(*id) + " was finalized again");
        state_[*id].finalized = true;
        break;
      case EventKind::died:
        if (!id) break;
        if (pep442 && !state_[*id].finalized) {
          report(Promise::finalized_before_death, name(*id) + " died without having been finalized");
        }
        state_[*id].died = true;
        break;
      case EventKind::garbage_size:
        if (event.number[0] > 0 && profile_.pep442 && nothing_is_kept()) {
          report(Promise::garbage_stays_empty, "gc.garbage has elements");
        }
        break;
      default:
        break;
    }
  }

  // Nothing in the trace puts an object into gc.garbage.
  [[nodiscard]] bool nothing_is_kept() const {
    const auto keeps = [](const Operation& operation) {
      return operation.finalizer == FinalizerKind::legacy || operation.finalizer == FinalizerKind::both ||
             (operation.code == OpCode::set_debug && (operation.number[0] & 32) != 0);
    };
    return std::none_of(trace_.operations.begin(), trace_.operations.end(), keeps) &&
           std::none_of(trace_.scripts.begin(), trace_.scripts.end(),
                        [&](const Script& script) { return std::any_of(script.begin(), script.end(), keeps); });
  }

  [[nodiscard]] std::string name(Id id) const { return to_string(history_.last().objects[id].label, trace_); }

  struct State {
    bool finalized = false;
    bool died = false;
  };

  const Trace& trace_;
  const Profile& profile_;
  const Log& log_;
  const GraphHistory history_;
  std::size_t operation_ = 0;
  std::map<Id, State> state_;
  std::vector<BrokenPromise> broken_;
};

}  // namespace

const PromiseInfo& info(Promise promise) { return kTable[static_cast<std::size_t>(promise)]; }

std::span<const PromiseInfo> all_promises() { return kTable; }

std::vector<BrokenPromise> broken_promises(const Trace& trace, const Log& log) {
  return PromiseJudge(trace, log).run();
}

std::optional<BrokenPromise> wrong_answer(const Trace& trace, const Log& expected, const Log& actual) {
  for (std::size_t operation = 0; operation < trace.operations.size(); ++operation) {
    const auto right = expected.of(operation);
    const auto found = actual.of(operation);
    const auto [a, b] = std::mismatch(right.begin(), right.end(), found.begin(), found.end());
    if (a == right.end() && b == found.end()) continue;
    if (a == right.end() || b == found.end() || a->kind != EventKind::deref || b->kind != EventKind::deref || b->none) {
      return std::nullopt;
    }
    const auto name = [&](const Event& event) { return event.none ? "None" : to_string(event.label, trace); };
    return BrokenPromise{Promise::answers_its_own,
                         operation,
                         "a weak reference answered " + name(*b) + "; " + name(*a) + " is right",
                         {}};
  }
  return std::nullopt;
}

}  // namespace cyclecheck
