#include "harness/exhaust/heap_outline.hpp"

namespace cyclecheck {

using model::Heap;
using model::Id;
using model::kNone;
using model::Object;

void HeapOutline::look(const Heap& heap, std::span<const Id> globals) {
  variables.assign(globals.begin(), globals.end());
  items.resize(heap.size());
  for (Id id = 0; id < items.size(); ++id) {
    const Object& object = heap.object(id);
    Item& item = items[id];
    item.kind = object.kind;
    item.label = object.label;
    item.usable = !object.freed && !object.dead && object.references > 0;
    item.references = object.references;
    item.holder = object.dictionary == kNone ? id : object.dictionary;
    item.slots = heap.object(item.holder).slots;
    item.weakly_referenced = !object.weak_references.empty();
    item.referent = object.referent;
  }
  garbage = heap.garbage().size();
  counts = heap.counts();
  threshold = heap.threshold[0];
  fails_in = heap.fails_in;
}

Id HeapOutline::usable(Name name) const {
  if (name.value >= variables.size()) return kNone;
  const Id id = variables[name.value];
  return id != kNone && items[id].usable ? id : kNone;
}

namespace {

class Hash {
 public:
  void add(std::uint64_t word) {
    state_ = (state_ ^ word) * 0x9E3779B97F4A7C15U;
    state_ ^= state_ >> 29;
  }
  [[nodiscard]] std::uint64_t value() const {
    const std::uint64_t word = (state_ ^ (state_ >> 32)) * 0xD6E8FEB86659FD93U;
    return word ^ (word >> 32);
  }

 private:
  std::uint64_t state_ = 0;
};

// Objects by their places: first those in lists, in order, then the others in the order of their creation.
class Numbering {
 public:
  explicit Numbering(const Heap& heap) : numbers_(heap.size(), kFreed) {
    for (std::size_t g = 0; g < 3; ++g) {
      for (const Id id : heap.generation(g)) place(id);
    }
    for (Id id = 0; id < numbers_.size(); ++id) {
      if (numbers_[id] == kFreed && !heap.object(id).freed) place(id);
    }
  }

  [[nodiscard]] std::uint64_t of(Id id) const { return id == kNone ? kNobody : numbers_[id]; }
  [[nodiscard]] std::span<const Id> order() const { return order_; }

 private:
  static constexpr std::uint32_t kFreed = 0xFFFF;
  static constexpr std::uint32_t kNobody = 0xFFFE;

  void place(Id id) {
    numbers_[id] = static_cast<std::uint32_t>(order_.size());
    order_.push_back(id);
  }

  std::vector<std::uint32_t> numbers_;
  std::vector<Id> order_;
};

}  // namespace

std::uint64_t key_of(const Heap& heap, std::span<const Id> globals) {
  const Numbering numbering(heap);
  Hash hash;
  const auto add_all = [&](const auto& ids) {
    hash.add(ids.size());
    for (const Id id : ids) hash.add(numbering.of(id));
  };
  for (std::size_t g = 0; g < 3; ++g) hash.add((std::uint64_t{heap.counts()[g]} << 32) | heap.generation(g).size());
  for (const Id id : numbering.order()) {
    const Object& object = heap.object(id);
    const unsigned flags = (object.has_callback ? 1U : 0U) | (object.finalized ? 2U : 0U) | (object.dead ? 4U : 0U) |
                           (object.list != nullptr ? 8U : 0U) | (object.closed ? 16U : 0U) | (object.awaits ? 32U : 0U);
    hash.add((static_cast<std::uint64_t>(object.kind) << 56) | (static_cast<std::uint64_t>(object.finalizer) << 48) |
             (std::uint64_t{flags} << 40) | static_cast<std::uint32_t>(object.references));
    hash.add((numbering.of(object.referent) << 48) |
             (numbering.of(object.dictionary == kNone ? object.instance : object.dictionary) << 32) |
             static_cast<std::uint32_t>(object.script));
    add_all(object.slots);
    if (object.kind == model::Kind::dict) {
      for (const std::size_t key : object.keys) hash.add(key);
    }
    add_all(object.weak_references);
    if (is_weak_reference(object)) hash.add(numbering.of(object.callback));
  }
  add_all(heap.garbage());
  for (const auto& watcher : heap.watchers()) {
    hash.add((numbering.of(watcher->object) << 40) | (std::uint64_t{watcher->at_stop} << 36) |
             static_cast<std::uint32_t>(watcher->script));
  }
  if (heap.fails_in != 0) hash.add(heap.fails_in);
  for (const Id id : globals) {
    if (id != kNone) hash.add(numbering.of(id));
  }
  return hash.value();
}

}  // namespace cyclecheck
