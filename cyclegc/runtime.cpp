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
  semantics.threshold[0] = policy.young_objects;
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
  waiting_.clear();
}

TypeId Runtime::define(Type type) {
  if (!type.finalize) return Heap::define(std::move(type));
  const std::size_t place = finalizers_.size();
  finalizers_.push_back(std::move(type.finalize));
  type.finalize = [this, place](Heap& heap, ObjectId object) {
    if (!ending_) waiting_.push_back({Handle(heap, object), place});
  };
  return Heap::define(std::move(type));
}

void Runtime::run_finalizers() {
  // Those that these leave behind wait for the next safepoint: a finalizer that makes another one does not hold it up.
  for (std::size_t left = waiting_.size(); left > 0 && !waiting_.empty(); --left) {
    const Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    try {
      finalizers_[next.finalizer](*this, next.object.get());
    } catch (...) {
      if (!unraisable_) continue;
      try {
        unraisable_(next.object.get(), std::current_exception());
      } catch (...) {
        // There is nobody else to tell.
      }
    }
  }
}

std::uint32_t Runtime::collect_all() {
  const std::uint32_t found = gc_.collect();
  external_due_ = external_ + std::max(policy_.external_bytes, external_ / 2);
  return found;
}

void Runtime::run_what_is_due() {
  if (busy_) return;
  busy_ = true;
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
    if (found == 0 && waiting_.empty()) break;
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
  numbers.queued_finalizers = waiting_.size();
  numbers.longest_pause = longest_pause_;
  numbers.all_pauses = all_pauses_;
  return numbers;
}

Snapshot Runtime::snapshot(SnapshotNames names) const {
  if (!waiting_.empty()) {
    NamedRoot& queue = names.roots.emplace_back();
    queue.name = "finalizers that wait";
    for (const Waiting& waiting : waiting_) {
      queue.variables.emplace_back(std::to_string(queue.variables.size()), waiting.object.get());
    }
  }
  names.all_external_bytes += external_;
  return take_snapshot(*this, names);
}

}  // namespace cyclegc
