#include "cyclegc/runtime.hpp"

#include <algorithm>
#include <exception>
#include <new>
#include <string>
#include <utility>

#include "impl/semantics.hpp"

namespace cyclegc {
namespace {

Semantics rules(const Policy& policy) {
  Semantics semantics = Semantics::embedding();
  semantics.trigger = Trigger::at_safepoint;
  semantics.safepoint_rechecks = true;
  // A full collection is considered after each one of the middle generation.
  semantics.threshold = {policy.young_objects, 10, 0};
  semantics.full_after_growth = true;
  return semantics;
}

}  // namespace

Runtime::Runtime(const Policy& policy, Hooks hooks)
    : Heap(rules(policy), hooks, policy.memory),
      gc_(*this),
      policy_(policy),
      external_due_(policy.external_bytes),
      unraisable_(std::move(hooks.unraisable)) {
  gc_.add_callback([this](const GcEvent& event) {
    const auto now = std::chrono::steady_clock::now();
    if (!event.stop) {
      began_ = now;
      return;
    }
    const std::chrono::nanoseconds pause = now - began_;
    longest_pause_ = std::max(longest_pause_, pause);
    all_pauses_ += pause;
  });
}

Runtime::~Runtime() {
  ending_ = true;
  for (; has_finalizers(); ++finalized_) abandon(named(queue()[finalized_]));
}

TypeId Runtime::define(Type type) {
  if (!type.finalize) return Heap::define(std::move(type));
  provide_queue();
  Type::Hook finalizer = std::exchange(type.finalize, [this](Heap&, ObjectId object) {
    if (!ending_) queue_finalizer(object);
  });
  const TypeId defined = Heap::define(std::move(type));
  if (finalizers_.size() <= defined.index) finalizers_.resize(defined.index + std::size_t{1});
  finalizers_[defined.index] = std::move(finalizer);
  return defined;
}

// It runs once, so that no object is there twice.
void Runtime::queue_finalizer(ObjectId object) {
  auto& waiting = queue();
  if (waiting.size() == waiting.capacity()) {
    waiting.erase(waiting.begin(), waiting.begin() + finalized_);
    finalized_ = 0;
  }
  hold(object);
  internal::push_within(waiting, object.index);
  // A collection did it before.
  forget_weakly(object);
}

void Runtime::run_finalizers() {
  // Those that these leave behind wait for the next safepoint: a finalizer that makes another one does not hold it up.
  for (std::size_t left = queue().size() - finalized_; left > 0 && has_finalizers(); --left) {
    const ObjectId object = named(queue()[finalized_++]);
    try {
      finalizers_[type_of(object).index](*this, object);
    } catch (...) {
      tell(object);
    }
    unhold(object);
  }
  if (has_finalizers()) return;
  queue().clear();
  finalized_ = 0;
}

void Runtime::tell(ObjectId object) {
  if (!unraisable_) return;
  try {
    unraisable_(object, std::current_exception());
  } catch (...) {
    // There is nobody else to tell.
  }
}

std::uint32_t Runtime::collect_all() {
  // What dies of it may wait as well.
  while (waiting_objects() != 0 && release_some(size()) != 0) {
  }
  const std::uint32_t found = gc_.collect();
  external_due_ = external_ + std::max(policy_.external_bytes, external_ / 2);
  return found;
}

void Runtime::run_what_is_due() {
  if (busy_) return;
  busy_ = true;
  release_some(policy_.released_objects);
  if (external_ >= external_due_ && gc_.is_enabled()) {
    static_cast<void>(collect_all());
  } else {
    Heap::safepoint();
  }
  run_finalizers();
  busy_ = false;
}

std::uint32_t Runtime::collect() {
  const std::uint32_t found = collect_all();
  if (!std::exchange(busy_, true)) {
    run_finalizers();
    busy_ = false;
  }
  return found;
}

bool Runtime::finish(int rounds) {
  busy_ = true;
  for (; rounds > 0; --rounds) {
    const std::uint32_t found = collect_all();
    if (found == 0 && !has_finalizers()) break;
    run_finalizers();
  }
  busy_ = false;
  return rounds > 0;
}

void Runtime::add_external(std::size_t bytes) {
  const auto fits = [&] {
    return policy_.most_bytes == 0 || statistics().bytes + external_ + bytes <= policy_.most_bytes;
  };
  if (!fits()) {
    if (gc_.is_enabled()) static_cast<void>(collect_all());
    if (!fits()) throw std::bad_alloc();
  }
  external_ += bytes;
}

Runtime::Numbers Runtime::numbers() {
  Numbers numbers;
  numbers.objects = size();
  numbers.reserved_bytes = statistics().bytes;
  numbers.resident_bytes = resident_bytes();
  numbers.external_bytes = external_;
  for (std::size_t i = 0; i < numbers.collections.size(); ++i) {
    numbers.collections[i] = gc_.get_stats()[i].collections;
    numbers.collected += gc_.get_stats()[i].collected;
  }
  numbers.queued_finalizers = queue().size() - finalized_;
  numbers.waiting_objects = waiting_objects();
  numbers.longest_pause = longest_pause_;
  numbers.all_pauses = all_pauses_;
  return numbers;
}

Snapshot Runtime::snapshot(SnapshotNames names) const {
  if (has_finalizers()) {
    NamedRoot& root = names.roots.emplace_back();
    root.name = "finalizers that wait";
    for (std::size_t i = finalized_; i < queue().size(); ++i) {
      root.variables.emplace_back(std::to_string(i - finalized_), named(queue()[i]));
    }
  }
  names.all_external_bytes += external_;
  return take_snapshot(*this, names);
}

}  // namespace cyclegc
