#include "harness/explain/changes.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "harness/explain/wording.hpp"

namespace cyclecheck {
namespace {

class Comparison {
 public:
  Comparison(const HeapView& before, const HeapView& after, const Trace& trace)
      : before_(before), after_(after), trace_(trace) {}

  std::vector<Change> run() {
    for (model::Id id = 0; id < after_.objects.size(); ++id) created(id);
    each([&](model::Id id, const ViewedObject& old, const ViewedObject& now) {
      if (now.freed || old.references == now.references) return;
      add("references", id, fmt::format("{} {} -> {}", name(id), old.references, now.references));
    });
    each([&](model::Id id, const ViewedObject& old, const ViewedObject& now) {
      if (now.freed || old.lane == now.lane) return;
      add(fmt::format("from {} to {}", to_string(old.lane), to_string(now.lane)), id, name(id));
    });
    each([&](model::Id id, const ViewedObject& old, const ViewedObject& now) {
      if (now.dead && !old.dead && !now.freed) add("dead", id, name(id) + " (cleared; its memory is still held)");
      if (now.freed && !old.freed) add("dead", id, name(id) + " (freed)");
    });
    each([&](model::Id id, const ViewedObject& old, const ViewedObject& now) {
      if (now.freed || old.referent == now.referent || now.referent != model::kNone) return;
      add("weak references", id, fmt::format("{} is cleared: it answers None from now on", name(id)));
    });
    each([&](model::Id id, const ViewedObject& old, const ViewedObject& now) {
      if (now.freed || old.reachable == now.reachable) return;
      add(now.reachable ? "reachable now" : "not reachable any more", id, name(id));
    });
    if (before_.counts != after_.counts) {
      add("counts", model::kNone, fmt::format("{} -> {}", triple(before_.counts), triple(after_.counts)));
    }
    group();
    return std::move(changes_);
  }

 private:
  template <class Count>
  static std::string triple(const std::array<Count, 3>& n) {
    return fmt::format("({}, {}, {})", n[0], n[1], n[2]);
  }
  [[nodiscard]] std::string name(model::Id id) const { return to_string(after_.objects[id].label, trace_); }
  void add(std::string topic, model::Id id, std::string text) {
    changes_.push_back({std::move(topic), std::move(text), id});
  }

  // Changes of one topic stand together, in the order in which topics first came.
  void group() {
    std::vector<std::string> topics;
    const auto rank = [&](const Change& change) {
      return std::find(topics.begin(), topics.end(), change.topic) - topics.begin();
    };
    for (const Change& change : changes_) {
      if (rank(change) == static_cast<std::ptrdiff_t>(topics.size())) topics.push_back(change.topic);
    }
    std::stable_sort(changes_.begin(), changes_.end(),
                     [&](const Change& x, const Change& y) { return rank(x) < rank(y); });
  }

  void created(model::Id id) {
    if (id < before_.objects.size()) return;
    const ViewedObject& now = after_.objects[id];
    std::string text = fmt::format("{}: {}, {}, {}", name(id), kind_of(now), counted(now.references, "reference"),
                                   to_string(now.lane));
    if (now.freed) text = fmt::format("{}: {}, freed already", name(id), kind_of(now));
    add("new", id, std::move(text));
  }

  // Objects that were there before.
  template <class Visit>
  void each(const Visit& visit) const {
    const std::size_t size = std::min(before_.objects.size(), after_.objects.size());
    for (model::Id id = 0; id < size; ++id) visit(id, before_.objects[id], after_.objects[id]);
  }

  const HeapView& before_;
  const HeapView& after_;
  const Trace& trace_;
  std::vector<Change> changes_;
};

}  // namespace

std::vector<Change> changes(const HeapView& before, const HeapView& after, const Trace& trace) {
  return Comparison(before, after, trace).run();
}

}  // namespace cyclecheck
