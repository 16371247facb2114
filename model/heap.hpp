// The heap of the model: reference counts, death, weak references, generations and collections, as docs/memory-model.md
// numbers them. Read it together with that document; the code is in
//   heap.cpp             objects, references, allocation, the gc module     (R, N5 to N8, G1 to G6, B1, X)
//   atoms.cpp            integers and strings                               (I)
//   death.cpp            deallocation and the trashcan                      (D, T, F2, F3)
//   weak_references.cpp  creation and clearing of weak references           (W)
//   collection.cpp       one collection                                     (G7, G8, C, F, B3 to B5)
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "model/free_lists.hpp"
#include "model/object.hpp"
#include "model/observer.hpp"
#include "model/trashcan.hpp"
#include "trace/event.hpp"
#include "trace/profile.hpp"
#include "trace/trace.hpp"

namespace cyclecheck::model {

// The program on whose behalf the heap runs finalizers and callbacks.
class Program {
 public:
  Program() = default;
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  virtual ~Program() = default;
  // Runs the script of a finalizer or callback (N10). `self` is the object, or the weak reference.
  virtual void run_script(ScriptId script, Id self) = 0;
  // Whether the tuple of rule W6 can be made, free list or not: M4.
  virtual bool has_memory_for_callbacks() { return true; }
};

// Debug flags: B3, B4.
enum Debug : unsigned {
  kStats = 1,
  kCollectable = 2,
  kUncollectable = 4,
  kInstances = 8,
  kObjects = 16,
  kSaveAll = 32,
};

// An entry of gc.callbacks: a function that holds an object (X10).
struct Watcher {
  Id object = kNone;
  bool at_stop = false;
  // kNoScript once it ran (N10).
  ScriptId script = kNoScript;
  bool is_registered = true;
  // It holds the object while it is registered or runs.
  int calls = 0;
};
inline constexpr std::size_t kMostWatchers = 16;

struct GenerationStats {
  std::uint32_t collections = 0;
  std::uint32_t collected = 0;
  std::uint32_t uncollectable = 0;
};

// Not thread-safe. All members take ids of objects that were allocated here and not freed.
class Heap {
 public:
  // All of them outlive the heap. There need be no observer.
  Heap(const Profile& profile, const Settings& settings, Program& program, Log& log, Observer* observer);

  // --- objects and references ---
  [[nodiscard]] const Object& object(Id id) const { return *objects_[id]; }
  // Every object ever allocated; freed ones too.
  [[nodiscard]] std::size_t size() const { return objects_.size(); }

  // Allocates an object that the caller holds: its one reference. N5, N6, G4. kNone: the allocation failed (M2).
  // REQUIRES: kind is neither dictionary, tuple (make_tuple), method, traceback (make_pair), nor a weak reference.
  Id allocate(Kind kind, Name name, FinalizerKind finalizer, ScriptId script);
  // A tuple that takes over the caller's references to its items, and that the caller holds: N15, G4. kNone: the
  // allocation failed, and nothing was taken over (M2).
  Id make_tuple(Name name, const std::vector<Id>& items);
  // A method or a traceback of these, which the caller holds: N20, N22, G4. kNone: the allocation failed (M2).
  Id make_pair(Kind kind, Name name, Id first, Id second);
  // Of a dict: N14.
  void set_item(Id dict, Id key, Id value);
  void delete_item(Id dict, Id key);
  // Whether it can be in a set, or a key: N24.
  [[nodiscard]] bool is_hashed(Id id) const;
  // As allocate(); N23.
  Id allocate_generator(Name name, FinalizerKind finalizer, ScriptId script, bool awaits);
  // Lets a suspended generator run to its end: N23. REQUIRES: the caller holds it
  void close(Id generator, bool resumes = false);
  void hold(Id id) { ++objects_[id]->references; }
  void release(Id id);

  // --- integers and strings: I. The caller holds what these answer ---
  Id integer(Name name, std::int64_t value);
  // A constant of the program, or a string that was computed, which is not interned by itself.
  Id constant(Name name, const std::string& text);
  Id computed(Name name, const std::string& text);
  // REQUIRES: both are integers or both are strings. kNone: the result would be too large.
  Id add(Name name, Id a, Id b);
  // REQUIRES: it is a string
  Id intern(Id string);

  // --- slots: N7. REQUIRES: has_slots(object(a)), a is held ---
  [[nodiscard]] Id slot(Id a, std::size_t index) const;
  void append(Id a, Id b);
  void remove(Id a, Id b);
  void store(Id a, std::size_t index, Id b);
  void erase(Id a, std::size_t index);
  void clear(Id a);

  // --- weak references: W1 to W3. REQUIRES: the referent is held ---
  // The new or reused weak reference, held by the caller. kNone: the allocation failed (M2).
  // `callback`: the object that is called, which the caller holds; kNone: none is that a trace made (W9).
  Id make_weak(Kind kind, Name name, Id referent, bool has_callback, ScriptId script, Id callback = kNone);

  // --- the gc module ---
  std::uint32_t collect(std::size_t generation);
  void safepoint();
  void freeze();
  void unfreeze();
  void clear_garbage();
  // Gives the caller gc.garbage's reference. REQUIRES: index < garbage().size()
  Id take_garbage(std::size_t index);
  // X10. `watch` holds the object; `unwatch` removes its first entry, if it has one.
  void watch(Id object, bool at_stop, ScriptId script);
  void unwatch(Id object);
  // S1 and S3.
  void collect_at_shutdown(bool before_release);
  // T5.
  void empty_trashcan();

  [[nodiscard]] const std::vector<Id>& garbage() const { return garbage_; }
  [[nodiscard]] const std::vector<std::shared_ptr<Watcher>>& watchers() const { return watchers_; }
  // Integers and strings that the interpreter holds for ever: I6.
  [[nodiscard]] const std::vector<Id>& permanent_atoms() const { return permanent_atoms_; }
  [[nodiscard]] const List& generation(std::size_t index) const { return generations_[index]; }
  [[nodiscard]] const List& permanent() const { return permanent_; }
  [[nodiscard]] std::size_t frozen() const { return permanent_.size(); }
  [[nodiscard]] const std::array<std::uint32_t, 3>& counts() const { return count_; }
  // G8.
  [[nodiscard]] std::size_t long_lived_total() const { return long_lived_total_; }
  [[nodiscard]] std::size_t long_lived_pending() const { return long_lived_pending_; }
  [[nodiscard]] const std::array<GenerationStats, 3>& stats() const { return stats_; }
  // Whether a collection runs.
  [[nodiscard]] bool collecting() const { return collecting_; }
  // How many finalizers and callbacks run inside of each other.
  [[nodiscard]] int scripts_running() const { return scripts_running_; }
  // Collections that began since the last call: N12.
  std::array<std::uint32_t, 3> take_ran();
  // Calls f with everything that an object refers to, in the order of visits (C3).
  template <class F>
  void visit(Id id, F&& f) const;
  // The object that was created under a name last, kNone if none was: N3.
  [[nodiscard]] Id last_created(Name name) const;
  // Every reference between objects that are not freed. Dead ones are nodes without edges.
  [[nodiscard]] Graph graph() const;

  std::array<std::int32_t, 3> threshold;
  bool enabled = true;
  unsigned debug = 0;
  bool callbacks = false;  // X8
  // M1: so many allocations of containers from here, one fails. 0: none does.
  std::uint32_t fails_in = 0;

 private:
  Object& at(Id id) { return *objects_[id]; }
  void emit(EventKind kind, Id id) { log_.add(Event::of(kind, objects_[id]->label)); }

  // heap.cpp
  Id add(Kind kind, Label label);
  Id add_named(Kind kind, Name name);
  Id allocate_tuple(std::size_t size);
  [[nodiscard]] bool count_tuple(std::size_t size, CollectionCause cause);
  [[nodiscard]] bool count_allocation(CollectionCause cause);
  void count_free();
  void give_up(Id id);
  Id allocate_attributes(Id instance);
  void release_entries(Id dict);
  void add_to_set(Id set, Id element);
  void take_from_set(Id set, Id element);
  void fill_table(Id set, const std::vector<Id>& elements, std::size_t places);
  void deallocate_generator(Id id);
  void track(Id id, List& list);
  void untrack(Id id);
  void move(Id id, List& to);  // `id` is tracked; to the tail
  void append_all(List& to, List& from);
  [[nodiscard]] std::vector<Id>& slots_of(Id a);
  void dictionary_gains(Id dictionary, Id value);
  void add_key(Id dict, std::size_t key);

  // atoms.cpp
  Id same_as(Id known);
  void make_permanent(Id id);
  void deallocate_atom(Id id);

  // death.cpp
  void deallocate(Id id);
  void deallocate_subtype(Id id);
  void deallocate_classic(Id id);
  void deallocate_built_in(Id id);
  void free(Id id);
  [[nodiscard]] bool survives_finalizers(Id id);
  [[nodiscard]] bool survives_legacy_finalizer(Id id);
  void release_token(Id id);
  void release_classic_token(Id dictionary);
  void release_slots(Id id);
  [[nodiscard]] bool enter_trashcan(Trashcan::Who who, Id id);
  void leave_trashcan(Trashcan::Who who);
  void drain_trashcan();
  void run_finalizer(Id id);
  void run_script_of(Id id);
  void run_script(ScriptId script, Id self);
  [[nodiscard]] bool is_legacy(const Object& object) const;

  // weak_references.cpp
  void link(Id weak, Id referent);
  void unlink(Id weak);
  void lose_callback(Id weak);
  [[nodiscard]] Id without_callback(Id referent, Kind kind) const;
  void clear_weak_references(Id referent);
  void clear_silently(Id referent);
  void lose_callbacks(Id referent);
  void run_callback(Id weak);

  // collection.cpp
  void collect_automatically(CollectionCause cause);
  std::uint32_t collect_generation(std::size_t generation, CollectionCause cause);
  // X10. The event has no label yet.
  void call_watchers(bool at_stop, const Event& event);
  void call_watcher(Watcher& watcher, Event event);
  void release_watched(const Watcher& watcher);
  Id allocate_gc_info();
  Id allocate_call(Id info);
  void count_interpreters_own(bool from_free_list);
  void deduce_unreachable(List& base, List& unreachable);
  void untrack_tuples(List& list);
  void untrack_dictionaries(List& list);
  void move_legacy_finalizers(List& unreachable, List& finalizers);
  std::uint32_t handle_weak_references(List& unreachable, List& old);
  void finalize_garbage(List& unreachable);
  void clear_late_weak_references(const List& unreachable);
  [[nodiscard]] bool any_outside_reference(List& list);
  void delete_garbage(List& unreachable, List& old);
  void clear_object(Id id);
  void debug_line(EventKind kind, Id id);

  void tell(Fact fact, Id id = kNone) const {
    if (observer_ != nullptr) observer_->happened(fact, id);
  }
  void at_place(CollectionPlace place) const {
    if (observer_ != nullptr) observer_->at_place(place);
  }
  void phase_ended(CollectionPhase phase, const List& first, const List& second, Id scanned = kNone) const {
    if (observer_ != nullptr) observer_->phase_ended(phase, first, second, scanned);
  }

  const Profile& profile_;
  Program& program_;
  Log& log_;
  Observer* observer_;

  std::vector<std::unique_ptr<Object>> objects_;  // they stay where they are
  // Under each name, how many objects were created and which was the last: N4.
  struct Created {
    std::uint32_t count = 0;
    Id last = kNone;
  };
  std::vector<Created> created_;

  // What is shared and can be found by what it says: I1 to I3.
  std::map<std::int64_t, Id> small_integers_;
  std::map<std::string, Id> shortest_strings_;
  std::map<std::string, Id> interned_;
  std::vector<Id> permanent_atoms_;

  std::array<List, 3> generations_;
  List permanent_;  // X7
  std::array<std::uint32_t, 3> count_{};
  std::array<GenerationStats, 3> stats_{};
  std::array<std::uint32_t, 3> ran_{};
  std::size_t long_lived_total_ = 0;    // G8
  std::size_t long_lived_pending_ = 0;  // G8
  bool collecting_ = false;
  bool pending_ = false;  // G5
  int scripts_running_ = 0;
  std::vector<Id> garbage_;
  std::vector<std::shared_ptr<Watcher>> watchers_;  // gc.callbacks: X10
  int calling_watchers_ = 0;
  Trashcan trashcan_;
  FreeLists free_lists_;
  std::uint64_t hashed_ = 0;  // N24
};

template <class F>
void Heap::visit(Id id, F&& f) const {
  const Object& object = *objects_[id];
  switch (object.kind) {
    case Kind::node:
    case Kind::list:
    case Kind::tuple:
    case Kind::cell:
      std::for_each(object.slots.rbegin(), object.slots.rend(), f);
      break;
    case Kind::instance:
    case Kind::classic:
    case Kind::dictionary:
    case Kind::frame:
    case Kind::method:
    case Kind::traceback:
    case Kind::set:
      if (object.dictionary != kNone) f(object.dictionary);
      for (const Id value : object.slots) {
        if (value != kNone) f(value);
      }
      break;
    case Kind::generator:  // N23
      if (object.dictionary != kNone) f(object.dictionary);
      if (object.closing && !profile_.runs_in_sight) break;
      for (const Id value : object.slots) {
        if (value != kNone) f(value);
      }
      break;
    case Kind::custom:  // N18
      for (const std::size_t member : {0U, 2U, 1U, 3U}) {
        if (member < object.slots.size()) f(object.slots[member]);
      }
      break;
    case Kind::dict:
      for (const std::size_t key : object.keys) {
        f(object.slots[key]);
        if (key >= kAttributes) f(object.key_objects[key - kAttributes]);
      }
      break;
    case Kind::weakref:
    case Kind::subref:
    case Kind::proxy:
      if (object.callback != kNone) f(object.callback);
      break;
    case Kind::opaque:
    case Kind::integer:
    case Kind::string:
      break;
  }
}

}  // namespace cyclecheck::model
