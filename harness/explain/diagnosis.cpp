#include "harness/explain/diagnosis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "harness/explain/story.hpp"
#include "harness/explain/wording.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

using model::CollectionPhase;
using model::Id;

// What the model's heap is like around the operation.
struct Scene {
  HeapView before;
  HeapView after;
  // Of each object that a collection of the operation found unreachable: the collection's generation.
  std::vector<std::pair<Id, std::size_t>> found;
  // How many collections ran in it.
  int collections = 0;
  // Operations in which an object's finalizer or callback was entered, or in which it died.
  std::vector<std::pair<std::size_t, Event>> history;
};

Scene look(const Trace& trace, std::size_t operation) {
  Scene scene;
  StoryOptions options;
  options.max_scans = 0;
  (void)tell(trace, options, [&](const Frame& frame) {
    for (const Event& event : frame.events) {
      if (info(event.kind).has_label) scene.history.emplace_back(frame.operation, event);
    }
    if (frame.operation + 1 == operation && !frame.phase) scene.before = frame.heap;
    if (frame.operation != operation) return;
    if (!frame.phase) scene.after = frame.heap;
    if (frame.phase && frame.phase->phase == CollectionPhase::merge) ++scene.collections;
    if (frame.phase && frame.phase->phase == CollectionPhase::move_unreachable && !frame.phase->second_look) {
      for (const Id id : frame.phase->second) scene.found.emplace_back(id, frame.phase->generation);
    }
  });
  return scene;
}

class Diagnosis {
 public:
  Diagnosis(const Trace& trace, const Divergence& divergence, std::string side)
      : trace_(trace), divergence_(divergence), side_(std::move(side)), scene_(look(trace, divergence.operation)) {}

  std::vector<std::string> run() {
    const auto event_at = [&](const std::vector<Event>& events) -> std::optional<Event> {
      if (divergence_.at < events.size()) return events[divergence_.at];
      return std::nullopt;
    };
    const std::optional<Event> expected = event_at(divergence_.expected);
    const std::optional<Event> actual = event_at(divergence_.actual);
    say("The model says: {}.", expected ? describe(*expected) : "nothing more happens");
    say("{} says: {}.", side_, actual ? describe(*actual) : "nothing more happens");

    const std::string& signature = divergence_.signature;
    const bool extra = signature.rfind("extra", 0) == 0;
    const std::optional<Event>& guilty = extra && actual ? actual : expected ? expected : actual;
    if (!guilty) return std::move(lines_);
    if (signature.rfind("reordered", 0) == 0) {
      say("Both have the event `{}`, but not in this place.", to_string(*guilty, trace_));
    }
    if (info(guilty->kind).has_label && !guilty->none) {
      about_object(guilty->label);
    } else {
      about_numbers(guilty->kind);
    }
    return std::move(lines_);
  }

 private:
  template <class... Arguments>
  void say(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    lines_.push_back(fmt::format(format, std::forward<Arguments>(arguments)...));
  }
  [[nodiscard]] std::string describe(const Event& event) const {
    return fmt::format("`{}`, {}", to_string(event, trace_), meaning(event, trace_));
  }
  [[nodiscard]] std::string held_by(const HeapView& view, Id id) const { return list_of(holders(view, id, trace_)); }

  void about_object(const Label& label) {
    const std::string name = to_string(label, trace_);
    const std::optional<Id> id = scene_.after.find(label);
    if (!id) {
      say("In the model there is no object {} at that time.", name);
      return;
    }
    const bool was_there = *id < scene_.before.objects.size() && !scene_.before.objects[*id].freed;
    if (was_there) {
      const ViewedObject& old = scene_.before.objects[*id];
      say("Before the operation {} has {} in the model: {}.", name, counted(old.references, "reference"),
          held_by(scene_.before, *id));
    }
    tell_fate(name, *id, was_there);
    tell_history(label, name);
  }

  // What became of the object, and why.
  void tell_fate(const std::string& name, Id id, bool was_there) {
    const ViewedObject& now = scene_.after.objects[id];
    const auto found =
        std::find_if(scene_.found.begin(), scene_.found.end(), [&](const auto& item) { return item.first == id; });
    if (found != scene_.found.end()) {
      say("A collection of generation {} found it unreachable: every reference to it comes from the garbage itself.",
          found->second);
    }
    if (now.dead || now.freed) {
      if (was_there && !scene_.before.objects[id].dead && found == scene_.found.end()) {
        say("In this operation its reference count fell to 0.");
      }
      say("After the operation it is dead in the model.");
      return;
    }
    const std::string chain = chain_to(scene_.after, id, trace_);
    if (!chain.empty()) {
      say("After the operation it is alive in the model, because of: {}.", chain);
    } else if (now.references > 0) {
      say("After the operation no root leads to it, but it has {} ({}): only a collection of its list ({}) can free "
          "it.",
          counted(now.references, "reference"), held_by(scene_.after, id), to_string(now.lane));
    }
    if (was_there && scene_.before.objects[id].references != now.references) {
      say("Its reference count went from {} to {}.", scene_.before.objects[id].references, now.references);
    }
    if (now.referent != model::kNone) {
      say("{} refers weakly to {}.", name, to_string(scene_.after.objects[now.referent].label, trace_));
    }
  }

  // What happened to it before.
  void tell_history(const Label& label, const std::string& name) {
    std::vector<std::string> past;
    for (const auto& [operation, event] : scene_.history) {
      const bool notable =
          event.kind == EventKind::died || event.kind == EventKind::finalizer || event.kind == EventKind::callback;
      if (!notable || event.none || event.label != label || operation > divergence_.operation) continue;
      past.push_back(fmt::format("{} in step {}", info(event.kind).word, operation));
    }
    if (!past.empty()) say("What the model logs of {} up to here: {}.", name, list_of(past));
  }

  void about_numbers(EventKind kind) {
    const Operation& operation = trace_.operations[std::min(divergence_.operation, trace_.operations.size() - 1)];
    if (kind == EventKind::references) {
      for (Id id = 0; id < scene_.after.objects.size(); ++id) {
        const ViewedObject& object = scene_.after.objects[id];
        const bool asked = operation.a.kind == Operand::Kind::variable && is_bound(operation.a.name, id);
        if (!asked || object.freed) continue;
        say("The count that is off is that of {}: {} in the model, from {}.", to_string(object.label, trace_),
            object.references, held_by(scene_.after, id));
        break;
      }
    }
    if (scene_.collections > 0) {
      std::vector<Id> ids;
      for (const auto& [id, generation] : scene_.found) ids.push_back(id);
      say("Collections in this operation: {}. They found unreachable: {}.", scene_.collections,
          list_of(ids, scene_.after, trace_));
    } else {
      say("In the model no collection runs in this operation.");
    }
    const auto& before = scene_.before.counts;
    const auto& after = scene_.after.counts;
    say("The model's counts go from ({}, {}, {}) to ({}, {}, {}); thresholds ({}, {}, {}), automatic collection {}.",
        before[0], before[1], before[2], after[0], after[1], after[2], scene_.after.threshold[0],
        scene_.after.threshold[1], scene_.after.threshold[2], scene_.after.enabled ? "on" : "off");
  }

  [[nodiscard]] bool is_bound(Name name, Id id) const {
    return std::any_of(scene_.after.roots.begin(), scene_.after.roots.end(), [&](const model::Root& root) {
      return root.id == id && root.name == name &&
             (root.kind == model::Root::Kind::global || root.kind == model::Root::Kind::local);
    });
  }

  const Trace& trace_;
  const Divergence& divergence_;
  std::string side_;
  Scene scene_;
  std::vector<std::string> lines_;
};

}  // namespace

std::vector<std::string> diagnose(const Trace& trace, const Divergence& divergence, const std::string& side) {
  return Diagnosis(trace, divergence, side).run();
}

}  // namespace cyclecheck
