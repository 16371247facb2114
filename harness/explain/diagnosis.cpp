#include "harness/explain/diagnosis.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "harness/explain/headline.hpp"
#include "harness/explain/scene.hpp"
#include "harness/explain/wording.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

using model::Id;

// More objects than this are not named one by one.
constexpr std::size_t kNamed = 8;

std::vector<Event> listed_in(const Log& log, std::size_t operation) {
  std::vector<Event> events;
  if (operation >= log.operations()) return events;
  for (const Event& event : log.of(operation)) {
    if (event.kind == EventKind::listed) events.push_back(event);
  }
  return events;
}

class Diagnosis {
 public:
  Diagnosis(const Trace& trace, const Divergence& divergence, std::string side, const std::optional<Listings>& listings)
      : trace_(trace),
        divergence_(divergence),
        side_(std::move(side)),
        listings_(listings),
        scene_(scene_of(trace, divergence.operation)) {}

  std::vector<std::string> run() {
    lines_.push_back(headline(trace_, divergence_, scene_, side_));
    const Guilty guilty = guilty_event(divergence_);
    say("The model says: {}.", guilty.expected ? describe(*guilty.expected) : "nothing more happens");
    say("{} says: {}.", side_, guilty.actual ? describe(*guilty.actual) : "nothing more happens");
    if (!guilty.event) return std::move(lines_);
    const EventKind kind = guilty.event->kind;
    if (guilty.difference == "reordered") {
      tell_orders(kind);
    } else if (info(kind).has_label && kind != EventKind::listed) {
      if (!guilty.event->none) about_object(guilty.event->label);
    } else {
      about_numbers(kind);
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
    const Scene::Collection* found = scene_.finder(id);
    if (found != nullptr) {
      say("A collection of generation {} found it unreachable: every reference to it comes from the garbage itself.",
          found->generation);
    }
    if (now.dead || now.freed) {
      if (was_there && !scene_.before.objects[id].dead && found == nullptr) {
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

  // The objects of a kind of event, in the order of both sides.
  void tell_orders(EventKind kind) {
    const auto order = [&](const std::vector<Event>& events) {
      std::vector<std::string> names;
      for (const Event& event : events) {
        if (event.kind == kind) names.push_back(info(kind).has_label ? name_in(event) : to_string(event, trace_));
      }
      return fmt::format("{}", fmt::join(names, ", "));
    };
    say("Order in the model: {}.", order(divergence_.expected));
    say("Order in {}: {}.", side_, order(divergence_.actual));
  }
  [[nodiscard]] std::string name_in(const Event& event) const {
    return event.none ? "none" : to_string(event.label, trace_);
  }

  void about_numbers(EventKind kind) {
    if (kind == EventKind::references) tell_references();
    tell_collections();
    const bool named = tell_listed();
    if (kind == EventKind::returned || kind == EventKind::gc_stop || kind == EventKind::debug_done) tell_counted();
    if (kind == EventKind::count && !named) tell_unlogged();
    const auto& before = scene_.before.counts;
    const auto& after = scene_.after.counts;
    say("The model's counts go from ({}, {}, {}) to ({}, {}, {}); thresholds ({}, {}, {}), automatic collection {}.",
        before[0], before[1], before[2], after[0], after[1], after[2], scene_.after.threshold[0],
        scene_.after.threshold[1], scene_.after.threshold[2], scene_.after.enabled ? "on" : "off");
  }

  void tell_references() {
    const Operation& operation = trace_.operations[std::min(divergence_.operation, trace_.operations.size() - 1)];
    for (Id id = 0; id < scene_.after.objects.size(); ++id) {
      const ViewedObject& object = scene_.after.objects[id];
      const bool asked = operation.a.kind == Operand::Kind::variable && is_bound(operation.a.name, id);
      if (!asked || object.freed) continue;
      say("The count that is off is that of {}: {} in the model, from {}.", to_string(object.label, trace_),
          object.references, held_by(scene_.after, id));
      break;
    }
  }

  void tell_collections() {
    if (scene_.collections.empty()) {
      say("In the model no collection runs in this operation. {}", why_none(scene_.pace_after));
      return;
    }
    for (const Scene::Collection& collection : scene_.collections) {
      say("In the model a collection of generation {} runs ({}). {}It finds unreachable: {}.", collection.generation,
          cause_of(collection.cause),
          is_automatic(collection.cause) ? why_generation(collection.pace, collection.generation) + " " : "",
          list_of(collection.unreachable, scene_.after, trace_));
    }
  }

  // Which objects are in other lists, or in another order. False: none are.
  bool tell_listed() {
    if (!listings_ || listings_->model == listings_->side) return false;
    const auto place = [](const std::vector<Event>& events, const Event& wanted) -> std::optional<std::uint32_t> {
      for (const Event& event : events) {
        if (event.label == wanted.label) return event.number[0];
      }
      return std::nullopt;
    };
    const auto lane = [](std::optional<std::uint32_t> generation) {
      return generation ? fmt::format("in generation {}", *generation) : std::string("in no generation");
    };
    std::size_t named = 0;
    const auto tell = [&](const Event& event, std::optional<std::uint32_t> model, std::optional<std::uint32_t> side) {
      if (model == side || ++named > kNamed) return;
      say("{} makes the difference: it is {} in the model, and {} in {}.", name_in(event), lane(model), lane(side),
          side_);
      if (const auto id = scene_.after.find(event.label)) {
        tell_fate(name_in(event), *id, *id < scene_.before.objects.size() && !scene_.before.objects[*id].freed);
      }
    };
    for (const Event& event : listings_->model) tell(event, event.number[0], place(listings_->side, event));
    for (const Event& event : listings_->side) {
      if (!place(listings_->model, event)) tell(event, std::nullopt, event.number[0]);
    }
    if (named > kNamed) say("{} more objects are in other generations.", named - kNamed);
    if (named > 0) return true;
    for (std::uint32_t generation = 0; generation < 3; ++generation) {
      const std::string model = listed(listings_->model, generation);
      const std::string side = listed(listings_->side, generation);
      if (model == side) continue;
      say("Order of generation {} in the model: {}.", generation, model);
      say("Order of generation {} in {}: {}.", generation, side_, side);
    }
    return true;
  }
  [[nodiscard]] std::string listed(const std::vector<Event>& events, std::uint32_t generation) const {
    std::vector<std::string> names;
    for (const Event& event : events) {
      if (event.number[0] == generation) names.push_back(name_in(event));
    }
    return fmt::format("{}", fmt::join(names, ", "));
  }

  // What a collection counts, and which of it the other side says nothing of.
  void tell_counted() {
    for (const Scene::Collection& collection : scene_.collections) {
      if (!collection.set_aside.empty()) {
        say("It sets aside, and counts as uncollectable: {}.", list_of(collection.set_aside, scene_.after, trace_));
      }
      std::vector<Id> silent;
      for (const Id id : collection.unreachable) {
        const Event death = Event::of(EventKind::died, scene_.after.objects[id].label);
        const auto& told = divergence_.actual;
        if (std::find(told.begin(), told.end(), death) == told.end()) silent.push_back(id);
      }
      if (!silent.empty()) {
        say("Of what it found {} tells no death of: {}.", side_, list_of(silent, scene_.after, trace_));
      }
    }
  }

  // Objects that the operation made or freed without an event that would say so: weak references, dictionaries, tuples.
  void tell_unlogged() {
    std::vector<Id> made;
    std::vector<Id> freed;
    for (Id id = 0; id < scene_.after.objects.size(); ++id) {
      const bool was = id < scene_.before.objects.size() && !scene_.before.objects[id].freed;
      const bool is = !scene_.after.objects[id].freed;
      if (!was && is) made.push_back(id);
      if (was && !is) freed.push_back(id);
    }
    if (!made.empty()) say("Made in this operation, each counted (rule G2): {}.", list_of(made, scene_.after, trace_));
    if (!freed.empty()) {
      say("Freed in this operation, each taken off (rule D6): {}.", list_of(freed, scene_.after, trace_));
    }
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
  const std::optional<Listings>& listings_;
  Scene scene_;
  std::vector<std::string> lines_;
};

}  // namespace

Listings listings_of(const Log& model, const Log& side, std::size_t operation) {
  return {listed_in(model, operation), listed_in(side, operation)};
}

bool wants_listings(const Divergence& divergence) {
  const Guilty guilty = guilty_event(divergence);
  if (!guilty.event) return false;
  return !info(guilty.event->kind).has_label || guilty.event->kind == EventKind::listed;
}

std::vector<std::string> diagnose(const Trace& trace, const Divergence& divergence, const std::string& side,
                                  const std::optional<Listings>& listings) {
  return Diagnosis(trace, divergence, side, listings).run();
}

}  // namespace cyclecheck
