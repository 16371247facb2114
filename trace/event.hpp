// Events and logs: what a subject says happened.
//
// A log is a sequence of events per operation. Every kind of event belongs to a level; two logs are compared at a level
// by the events of that level and below (harness/compare/divergence.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "trace/name.hpp"

namespace cyclecheck {

struct Trace;

// What a subject promises, and what is compared. Each level includes those before it.
enum class Level : std::uint8_t { liveness, finalizers, weakrefs, garbage, timing, order };
inline constexpr std::size_t kLevels = 6;

std::string_view to_string(Level level);
std::optional<Level> find_level(std::string_view word);

// The kinds of events. Which fields of Event a kind uses stands beside it; the others are zero.
enum class EventKind : std::uint8_t {
  died,                 // label: its token was released, by tp_clear or by deallocation (rule D1)
  leaked,               // label: alive after shutdown (rule S4)
  finalizer,            // label: its finalizer was entered
  raised,               // label: the script of this object or weak reference raised
  callback,             // label: the callback of this weak reference was entered
  deref,                // label: the referent; dead: none
  used,                 // number[0]: 1 the proxy's referent is alive, 0 ReferenceError
  collect,              // number[0]: generation of an explicit collection that begins
  returned,             // number[0]: what an explicit collection answered
  error,                // number[0]: 0 the generation does not exist
  garbage,              // label: the next element of gc.garbage (read in full by an operation that asks)
  garbage_size,         // number[0]: length of gc.garbage, when an operation changed it
  threshold,            // number: gc.get_threshold()
  flag,                 // number[0]: an answer of isenabled, get_debug, is_tracked, is_finalized or same
  references,           // number[0]: a reference count
  freeze_count,         // number[0]: gc.get_freeze_count()
  count,                // number: gc.get_count()
  stats,                // number: collections, collected, uncollectable of the next generation (0, 1, 2)
  gc_start,             // number[0]: generation; a gc callback ran
  gc_stop,              // number: generation, collected, uncollectable
  ran,                  // number: collections of generation 0, 1, 2 that began during the operation, if any
  members,              // number: objects in generation 0, 1, 2, when a collection ran during the operation
  object,               // label: the next object of an answer of get_objects, get_referrers or get_referents
  answer_end,           // end of such an answer
  listed,               // label, number[0]: generation; the next object of a generation (only when observing in full)
  digest,               // number: a digest of each generation's order, when a collection ran during the operation
  debug_collecting,     // number[0]: generation; "gc: collecting generation"
  debug_sizes,          // number: "gc: objects in each generation"
  debug_permanent,      // number[0]: "gc: objects in permanent generation"
  debug_collectable,    // label: "gc: collectable <...>"
  debug_uncollectable,  // label: "gc: uncollectable <...>"
  debug_done,           // number: unreachable, uncollectable; number[2] 0 when the line has no numbers
  no_memory,            // the operation ended with MemoryError, or weak references lost their callbacks (M2, M4)
  identity,             // label: which object an operand found, under the name that it was first seen under (I5)
  step,                 // a part of an operation ended (docs/contracts.md, L3)
  made,                 // label: what the operation makes exists from here on (L4)
  watch_start,          // label, number[0]: generation; an object in gc.callbacks was called at the start (X10)
  watch_stop,           // label, number: generation, collected, uncollectable; the same at the stop
};
inline constexpr std::size_t kEventKinds = static_cast<std::size_t>(EventKind::watch_stop) + 1;

// One event: 24 bytes, compared by value.
struct Event {
  EventKind kind = EventKind::died;
  // The label field stands for "no object".
  bool none = false;
  Label label;
  std::uint32_t number[3] = {0, 0, 0};

  friend bool operator==(const Event& x, const Event& y) {
    return x.kind == y.kind && x.none == y.none && x.label == y.label && x.number[0] == y.number[0] &&
           x.number[1] == y.number[1] && x.number[2] == y.number[2];
  }

  static Event of(EventKind kind, Label label) { return {kind, false, label, {0, 0, 0}}; }
  static Event nothing(EventKind kind) { return {kind, true, {}, {0, 0, 0}}; }
  static Event numbers(EventKind kind, std::uint32_t a, std::uint32_t b = 0, std::uint32_t c = 0) {
    return {kind, false, {}, {a, b, c}};
  }
};

struct EventInfo {
  EventKind kind;
  std::string_view word;
  Level level;
  bool has_label;
  std::uint8_t numbers;
};

const EventInfo& info(EventKind kind);

// Events, grouped by the operation in which they happened.
class Log {
 public:
  void add(const Event& event) { events_.push_back(event); }
  // Ends the events of one operation.
  void end_operation() { ends_.push_back(events_.size()); }
  void clear() {
    events_.clear();
    ends_.clear();
  }

  [[nodiscard]] std::size_t operations() const { return ends_.size(); }
  // REQUIRES: operation < operations()
  [[nodiscard]] std::span<const Event> of(std::size_t operation) const {
    const std::size_t begin = operation == 0 ? 0 : ends_[operation - 1];
    return {events_.data() + begin, ends_[operation] - begin};
  }
  [[nodiscard]] std::span<const Event> all() const { return events_; }

  friend bool operator==(const Log&, const Log&) = default;

 private:
  std::vector<Event> events_;
  std::vector<std::size_t> ends_;
};

// "callback w", "returned 4": one event as a person reads it, with the trace's spelling of names.
std::string to_string(const Event& event, const Trace& trace);

// "person", "person#2" (the third object created under that name), "person.__dict__".
std::string to_string(const Label& label, const Trace& trace);

// How much a subject records beside what the operations themselves answer.
enum class Observe : std::uint8_t {
  digest,  // after an operation in which a collection ran: sizes and a digest of the generations
  full,    // the generations in full instead of their digest
  every,   // the generations in full and the counts after every operation
};

// One generation's contribution to the digest event; both sides fold the labels of a generation in list order.
// Start with kDigestSeed.
inline constexpr std::uint32_t kDigestSeed = 0x811C9DC5;
inline std::uint32_t fold(std::uint32_t digest, const Label& label) {
  const std::uint32_t word = (std::uint32_t{label.name.value} << 16) ^ (label.serial * 0x9E3779B1U) ^
                             (static_cast<std::uint32_t>(label.part) << 8);
  digest = (digest ^ word) * 0x01000193U;
  return digest ^ (digest >> 15);
}

}  // namespace cyclecheck
