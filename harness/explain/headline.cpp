#include "harness/explain/headline.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "harness/explain/wording.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

using model::Id;
using model::kNone;

class Headline {
 public:
  Headline(const Trace& trace, const Divergence& divergence, const Scene& scene, const std::string& side)
      : trace_(trace), divergence_(divergence), scene_(scene), side_(side), guilty_(guilty_event(divergence)) {}

  [[nodiscard]] std::string text() const {
    if (!guilty_.event) return side_ + " says nothing of the last operations.";
    const Event& event = *guilty_.event;
    if (guilty_.difference == "reordered") return order(event);
    switch (event.kind) {
      case EventKind::died:
        return missing() ? missing_death() : extra_death();
      case EventKind::callback:
        return missing() ? missing_callback() : extra_callback();
      case EventKind::finalizer:
        return missing() ? missing_finalizer() : extra_finalizer();
      case EventKind::leaked:
        return leak();
      case EventKind::deref:
      case EventKind::used:
        return dereference();
      default:
        return number(event);
    }
  }

 private:
  [[nodiscard]] bool missing() const { return guilty_.difference != "extra"; }
  [[nodiscard]] std::string name() const { return to_string(guilty_.event->label, trace_); }
  [[nodiscard]] std::optional<Id> object() const { return scene_.after.find(guilty_.event->label); }
  [[nodiscard]] bool was_there(Id id) const {
    return id < scene_.before.objects.size() && !scene_.before.objects[id].freed;
  }

  [[nodiscard]] std::string order(const Event& event) const {
    switch (event.kind) {
      case EventKind::died:
        return scene_.collections.empty()
                   ? fmt::format("{} frees the same objects in another order (rule D5).", side_)
                   : fmt::format("{} frees the same objects in another order (rules C10 and D5).", side_);
      case EventKind::callback:
        return fmt::format("{} calls the same callbacks in another order (rules W4 and C7.4).", side_);
      case EventKind::finalizer:
        return fmt::format("{} runs the same finalizers in another order (rule C8).", side_);
      case EventKind::garbage:
        return fmt::format("{} has the same objects in gc.garbage in another order (rule C11).", side_);
      case EventKind::object:
      case EventKind::listed:
        return fmt::format("{} lists the same objects in another order (rules C4 and X3).", side_);
      default:
        return fmt::format("In {} the same things happen in another order.", side_);
    }
  }

  [[nodiscard]] std::string missing_death() const {
    const auto id = object();
    if (!id) return fmt::format("{} does not free {} (rule R1).", side_, name());
    const auto* finder = scene_.finder(*id);
    if (finder != nullptr) {
      return fmt::format(
          "{} does not free {}, although it is garbage: every reference to it comes from the garbage "
          "itself (rules C3 and C10).",
          side_, name());
    }
    return fmt::format("{} does not free {}, although nothing refers to it any more (rule R1).", side_, name());
  }

  [[nodiscard]] std::string extra_death() const {
    const auto id = object();
    if (!id) return fmt::format("{} says that {} dies, which does not exist.", side_, name());
    if (scene_.happened(EventKind::died, guilty_.event->label, divergence_.operation)) {
      return fmt::format("{} says that {} dies, which is dead already (rule D1).", side_, name());
    }
    const ViewedObject& now = scene_.after.objects[*id];
    if (now.dead) return fmt::format("{} frees {} too early, or twice (rule D1).", side_, name());
    const std::string chain = chain_to(scene_.after, *id, trace_);
    if (!chain.empty()) {
      return fmt::format("{} frees {}, although it can be reached: {} (rule R2).", side_, name(), chain);
    }
    if (now.in_garbage) return fmt::format("{} frees {}, although it is in gc.garbage (rule B1).", side_, name());
    return fmt::format("{} frees {}, although {} and no collection of the model has found it (rules R1 and C3).", side_,
                       name(), counted_holders(*id));
  }
  [[nodiscard]] std::string counted_holders(Id id) const {
    return fmt::format("it has {}", counted(scene_.after.objects[id].references, "reference"));
  }

  [[nodiscard]] std::string extra_callback() const {
    const auto id = object();
    const std::string begin = fmt::format("{} calls the callback of {}", side_, name());
    if (!id) return begin + ", which does not exist.";
    if (scene_.happened(EventKind::callback, guilty_.event->label, divergence_.operation)) {
      return begin + " again, although a callback runs once at most (rule W7).";
    }
    if (scene_.finder(*id) != nullptr)
      return begin + fmt::format(", although {} is garbage itself (rule C7.3).", name());
    if (scene_.after.objects[*id].freed) return begin + fmt::format(", although {} is dead (rule D8).", name());
    const Id referent = scene_.after.objects[*id].referent;
    if (referent != kNone) {
      return begin + fmt::format(", although {}, to which it refers, is alive (rules W4 and C7).",
                                 to_string(scene_.after.objects[referent].label, trace_));
    }
    return begin + ", although nothing that it refers to died (rules W4 and C7).";
  }

  [[nodiscard]] std::string missing_callback() const {
    const auto id = object();
    const std::string begin = fmt::format("{} does not call the callback of {}", side_, name());
    const Id referent = id && *id < scene_.before.objects.size() ? scene_.before.objects[*id].referent : kNone;
    if (referent == kNone) return begin + " (rules W4 and C7.4).";
    const std::string what = to_string(scene_.before.objects[referent].label, trace_);
    if (scene_.finder(referent) != nullptr) {
      return begin + fmt::format(", although {}, to which it refers, is garbage, and {} is not (rules C7.3 and C7.4).",
                                 what, name());
    }
    return begin + fmt::format(", although {}, to which it refers, dies (rules W4 to W6).", what);
  }

  [[nodiscard]] std::string extra_finalizer() const {
    const auto id = object();
    const std::string begin = fmt::format("{} runs the finalizer of {}", side_, name());
    if (!id) return begin + ", which does not exist.";
    const bool again = scene_.happened(EventKind::finalizer, guilty_.event->label, divergence_.operation) ||
                       std::count(divergence_.expected.begin(), divergence_.expected.end(), *guilty_.event) > 0;
    if (again) return begin + " again, although it ran before (rule F2).";
    const std::string chain = chain_to(scene_.after, *id, trace_);
    if (!chain.empty()) return begin + fmt::format(", although {} can be reached: {} (rule R2).", name(), chain);
    if (scene_.finder(*id) != nullptr) {
      return begin +
             fmt::format(", although {} must wait: a legacy finalizer in a cycle does not run (rule C5).", name());
    }
    return begin + fmt::format(", although {}.", counted_holders(*id));
  }

  [[nodiscard]] std::string missing_finalizer() const {
    const auto id = object();
    const std::string begin = fmt::format("{} does not run the finalizer of {}", side_, name());
    if (id && scene_.finder(*id) != nullptr) return begin + fmt::format(", although {} is garbage (rule C8).", name());
    return begin + fmt::format(", although nothing refers to {} any more (rules F2 and F3).", name());
  }

  [[nodiscard]] std::string leak() const {
    return missing() ? fmt::format("{} does not leave {} behind at the end (rule S4).", side_, name())
                     : fmt::format("{} leaves {} behind at the end (rule S4).", side_, name());
  }

  [[nodiscard]] std::string dereference() const {
    const auto answer = [&](const std::optional<Event>& event) -> std::string {
      if (!event) return "no answer";
      if (event->kind == EventKind::used) return event->number[0] != 0 ? "a living object" : "ReferenceError";
      return event->none ? "None" : to_string(event->label, trace_);
    };
    return fmt::format("The weak reference answers {} in {}, and {} in the model (rules N11, W4 and C7.2).",
                       answer(guilty_.actual), side_, answer(guilty_.expected));
  }

  // "impl answers 3, the model 4".
  [[nodiscard]] std::string two_numbers(const char* verb) const {
    if (!guilty_.expected || !guilty_.actual || guilty_.expected->kind != guilty_.actual->kind) {
      return guilty_.actual && !guilty_.expected
                 ? fmt::format("{} says `{}`, the model nothing", side_, to_string(*guilty_.actual, trace_))
                 : fmt::format("The model says `{}`, and {} does not", to_string(*guilty_.event, trace_), side_);
    }
    return fmt::format("{} {} `{}`, the model `{}`", side_, verb, to_string(*guilty_.actual, trace_),
                       to_string(*guilty_.expected, trace_));
  }

  [[nodiscard]] std::string collections() const {
    if (scene_.collections.empty()) return fmt::format("{} begins a collection, and the model none. ", side_);
    return fmt::format("The model collects generation {}, and {} {}. ", scene_.collections.front().generation, side_,
                       collected_instead());
  }

  [[nodiscard]] std::string collected_instead() const {
    if (!guilty_.actual) return "nothing";
    switch (guilty_.actual->kind) {
      case EventKind::ran:
        return "another one";
      case EventKind::gc_start:
      case EventKind::debug_collecting:
        return fmt::format("generation {}", guilty_.actual->number[0]);
      default:
        return "nothing";
    }
  }

  [[nodiscard]] std::string number(const Event& event) const {
    switch (event.kind) {
      case EventKind::ran:
      case EventKind::gc_start:
      case EventKind::debug_collecting:
        return collections() + (scene_.collections.empty() ? why_none(scene_.pace_after) : pacing());
      case EventKind::returned:
      case EventKind::gc_stop:
      case EventKind::debug_done:
        return two_numbers("counts what it found as") + " (rule C12).";
      case EventKind::count:
        return two_numbers("counts allocations as") + " (rules G2 and D6).";
      case EventKind::members:
        return two_numbers("has generations of other sizes:") + " (rules G1 and C4).";
      case EventKind::digest:
        return fmt::format("{} has the objects of a generation in another order than the model (rules G1 and C4).",
                           side_);
      case EventKind::listed:
        return two_numbers("has in its generations") + " (rules G1 and C4).";
      case EventKind::garbage:
      case EventKind::garbage_size:
        return two_numbers("has in gc.garbage") + " (rule C11).";
      case EventKind::references:
        return two_numbers("counts references as") + " (rule R1).";
      case EventKind::raised:
        return two_numbers("runs a script otherwise:") + " (rule N10).";
      case EventKind::object:
      case EventKind::answer_end:
        return two_numbers("answers") + " (rules X3 and X4).";
      case EventKind::flag:
        return two_numbers("answers") + " (rules X1, X5 and X6).";
      case EventKind::threshold:
        return two_numbers("answers") + " (rule G3).";
      case EventKind::freeze_count:
        return two_numbers("answers") + " (rule X7).";
      case EventKind::stats:
        return two_numbers("answers") + " (rule X9).";
      case EventKind::identity:
        return two_numbers("finds") + " (rule I5).";
      case EventKind::no_memory:
        return two_numbers("ends the operation with") + " (rules M2 and M4).";
      case EventKind::debug_sizes:
      case EventKind::debug_permanent:
      case EventKind::debug_collectable:
      case EventKind::debug_uncollectable:
        return two_numbers("prints") + " (rules B3 and B4).";
      default:
        return two_numbers("says") + " (rule X1).";
    }
  }

  [[nodiscard]] std::string pacing() const {
    const Scene::Collection& first = scene_.collections.front();
    return is_automatic(first.cause) ? why_generation(first.pace, first.generation)
                                     : fmt::format("It is asked for by {} (rule X1).", cause_of(first.cause));
  }

  const Trace& trace_;
  const Divergence& divergence_;
  const Scene& scene_;
  const std::string& side_;
  Guilty guilty_;
};

}  // namespace

std::string headline(const Trace& trace, const Divergence& divergence, const Scene& scene, const std::string& side) {
  return Headline(trace, divergence, scene, side).text();
}

}  // namespace cyclecheck
