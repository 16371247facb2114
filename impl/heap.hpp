// The heap: objects with reference counts, in CPython's exact order of deaths, finalizers and callbacks.
//
// Invariants, checked by verify():
//   1. An object's count is the number of handles and of references from objects and from gc.garbage to it.
//   2. A tracked object is in exactly one list, at the position that it names.
//   3. Outside of a pass of the collector no object has a collector's count.
// Ids and handles are of one heap. Checked builds (impl/check.hpp) end the process with a message when they see that a
// precondition does not hold: an id of no object, of a freed one or of another heap, a count that falls too low, a
// release of what is not held, a handle that outlives its heap, a heap that is destroyed or collected by its own
// callbacks at the wrong time. Builds without checks promise nothing then, and verify() finds some of it later.
// Exceptions: what asks for memory throws std::bad_alloc without it (impl/memory.hpp) and std::length_error beyond a
// limit (2^31 objects, 2^32 slots, 65,000 types, 2^31 holds of one object), and the heap is then as before the call.
// What the embedder's finalizers, callbacks and hooks throw is swallowed and told to Hooks::unraisable; what that
// throws is lost. Releasing throws nothing. Not thread-safe; a heap for each thread works. No function recurses
// natively over the object graph, nor over handles that callbacks and custom objects hold; only callbacks that use the
// heap nest. After a call that may run callbacks, references that the caller does not hold may be gone.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "impl/check.hpp"
#include "impl/handle.hpp"
#include "impl/hooks.hpp"
#include "impl/internal/allocator.hpp"
#include "impl/internal/byte_counts.hpp"
#include "impl/internal/cell.hpp"
#include "impl/internal/cell_pool.hpp"
#include "impl/internal/free_lists.hpp"
#include "impl/internal/gc_refs.hpp"
#include "impl/internal/gc_state.hpp"
#include "impl/internal/order.hpp"
#include "impl/internal/payload_pool.hpp"
#include "impl/internal/slot_pool.hpp"
#include "impl/internal/trashcan.hpp"
#include "impl/object_id.hpp"
#include "impl/refusals.hpp"
#include "impl/semantics.hpp"
#include "impl/statistics.hpp"
#include "impl/type.hpp"
#include "impl/verify.hpp"
#include "impl/weak.hpp"

namespace cyclegc {

class GcModule;
namespace internal {
class Collection;
class HeapPeer;
class SnapshotTaker;
class Verifier;
}  // namespace internal

class Heap {
 public:
  // `memory`: for all but types, hooks and what callbacks capture (impl/memory.hpp).
  explicit Heap(const Semantics& semantics = {}, Hooks hooks = {}, const MemorySource& memory = {});
  Heap(const Heap&) = delete;
  Heap& operator=(const Heap&) = delete;
  // Destroys custom objects, callbacks, hooks and types, whose handles let go without a death, and frees the memory.
  // Runs no finalizer, no callback and no collection. REQUIRES: no other handle holds an object; nothing of the heap is
  // running: it is not destroyed from inside of itself
  ~Heap();

  // Makes the heap as new under other rules, but keeps types, hooks and memory. Destroys custom objects and callbacks
  // as the heap's destruction does. O(1) unless there are some. REQUIRES: as above, and no hook holds a handle
  void reset(const Semantics& semantics);

  [[nodiscard]] const Semantics& semantics() const { return semantics_; }

  // --- Types and objects ---

  // Amortized O(1). REQUIRES: a custom type has all three functions
  TypeId define(Type type);
  // Removes the type and what its hooks captured; a later type gets its number. False: it stays, because objects of it
  // exist. O(objects). REQUIRES: it was defined; none of its hooks is running
  bool undefine(TypeId type);
  [[nodiscard]] const Type& type(TypeId type) const { return types_[type.index]; }

  // Allocates an object (G4: may run a collection) and its dictionary if it has one (N5, N6). The embedder's number
  // `tag` stays with the object; tags cost memory from the first one on that is not 0. Not a safepoint.
  // REQUIRES: the type's layout is neither tuple, method, traceback, custom nor built in
  [[nodiscard]] Handle create(TypeId type, std::uint64_t tag = 0);
  // A tuple of these objects, which may repeat. Not a safepoint.
  // REQUIRES: the type's layout is tuple; there is an item; the caller holds the items
  [[nodiscard]] Handle create_tuple(TypeId type, std::span<const ObjectId> items, std::uint64_t tag = 0);
  // A method or a traceback, which may have no first one. It visits and releases that first. Not a safepoint.
  // REQUIRES: the type's layout is one of these; the caller holds both
  [[nodiscard]] Handle create_pair(TypeId type, ObjectId first, ObjectId second, std::uint64_t tag = 0);
  // Of a dict: maps a key that is an object to a value, or deletes its entry (N14). False: it has none; no memory was
  // used. REQUIRES: the layout is dict, Semantics::insertion_order; the caller holds the key
  bool set_item(ObjectId dict, ObjectId key, ObjectId value);
  bool delete_item(ObjectId dict, ObjectId key);
  // Lets a suspended generator come to its end: its type's `finalize` runs, without access to its variables, and these
  // are released (N23). Meanwhile the collector sees them only if Semantics::runs_in_sight. Nothing, if it ended
  // before. REQUIRES: the type's layout is generator; the caller holds it
  void close(ObjectId generator);
  // The same of one that goes on by itself. A safepoint before its code, unless it is a coroutine.
  void resume(ObjectId generator);
  // The same for a custom type; takes ownership of `object`, which CustomOperations::destroy frees, unless it throws.
  [[nodiscard]] Handle create_custom(TypeId type, void* object, std::uint64_t tag = 0);
  // Memory for an object of a type whose CustomOperations::size is this, aligned to 16 bytes if it is a multiple of 16,
  // otherwise to 8. May collect if memory ends. REQUIRES: bytes > 0
  [[nodiscard]] void* take_payload(std::size_t bytes) {
    void* const taken = payloads_.take_quickly(bytes);
    return taken != nullptr ? taken : take_new_payload(bytes);
  }
  // REQUIRES: it was taken, and nothing was made of it
  void give_payload_back(void* memory, std::size_t bytes) { payloads_.give_back(memory, bytes); }
  // CustomOperations::of_class.
  [[nodiscard]] const void* class_of(TypeId type) const { return custom_[type.index].of_class; }
  // REQUIRES: the object exists and its layout is custom; it does not die at the moment
  [[nodiscard]] void* custom_object(ObjectId object) const;
  // The same as the class that CustomOperations::of_class and as_class call so. Null: it is no object of this class.
  [[nodiscard]] void* object_as(ObjectId object, const void* of_class) const;

  // Lets the n-th allocation of a container from here fail, once (M1): `create` and its like then throw std::bad_alloc.
  // 0: none fails.
  void fail_allocation(std::uint32_t n) { gc_.fails_in = n; }

  // Where a pending collection runs (G5). O(1) without one. One that would run inside of another one stays pending if
  // there is no memory for it.
  void safepoint();

  // The object has not been freed. O(1).
  [[nodiscard]] bool exists(ObjectId object) const {
    return object.index < cells_.size() && cells_[object.index].shape() != internal::Shape::vacant &&
           (object.serial == 0 || object.serial == cells_.serial(object.index));
  }
  // For CYCLEGC_CHECK_OBJECT: ends the process, with what is wrong, if the object does not exist.
  void expect_object(ObjectId object, const char* function) const;
  // Its token was released (D1): it was cleared, or is being deallocated.
  [[nodiscard]] bool is_released(ObjectId object) const;
  [[nodiscard]] TypeId type_of(ObjectId object) const {
    CYCLEGC_CHECK_OBJECT(*this, object);
    return {cells_[object.index].type};
  }
  [[nodiscard]] std::uint64_t tag(ObjectId object) const {
    CYCLEGC_CHECK_OBJECT(*this, object);
    return object.index < tags_.size() ? tags_[object.index] : 0;
  }
  void set_tag(ObjectId object, std::uint64_t tag);
  [[nodiscard]] bool is_weak_reference(ObjectId object) const {
    CYCLEGC_CHECK_OBJECT(*this, object);
    return cells_[object.index].shape() == internal::Shape::weak;
  }
  // The reference count (R1).
  [[nodiscard]] std::uint32_t references(ObjectId object) const {
    CYCLEGC_CHECK_OBJECT(*this, object);
    return cells_[object.index].refs;
  }
  // Objects that exist, tracked or not.
  [[nodiscard]] std::size_t size() const { return live_; }
  // O(1).
  [[nodiscard]] Statistics statistics() const;
  // Statistics::steps, steps_of_passes.
  [[nodiscard]] std::uint64_t steps() const { return steps_; }
  [[nodiscard]] std::uint64_t steps_of_passes() const { return steps_of_passes_; }
  // Since the heap was made.
  [[nodiscard]] const Refusals& refusals() const { return refusals_; }
  // Of Statistics::bytes, what takes memory at the moment. O(bytes / 4096).
  [[nodiscard]] std::size_t resident_bytes();
  // Gives memory back to the system: that of objects which are gone, as far as no other objects lie behind them, and of
  // the collector's tables. Collects nothing. O(objects that there were). REQUIRES: nothing of the heap is running
  void trim();

  // --- References. Handles are made of the first two. ---

  // REQUIRES: the object exists and is not being deallocated, except that its finalizer may hold it
  void hold(ObjectId object);
  // REQUIRES: held before
  void unhold(ObjectId object);
  // Instead: it stays held, and exists, until reset() or the heap's destruction.
  void abandon(ObjectId object);
  // Instead, in O(1): an object without references waits for release_some(). Weak references answer none at once; its
  // finalizer, their callbacks and the deaths of what it refers to come later, in no order that is promised.
  void unhold_later(ObjectId object);
  // Lets at most so many objects die that wait; what has no references any more because of that waits as well, except
  // nodes that refer to nothing. Answers how many. None takes longer than its own references do. 0 while a death or a
  // collection is under way.
  std::size_t release_some(std::size_t objects);
  // Objects that wait; not those that only they refer to. Collections take these for alive.
  [[nodiscard]] std::size_t waiting_objects() const { return waiting_; }

  // Slots of a node, list or opaque, attributes of an instance, keys of a dict; a tuple's can only be read. The caller
  // holds `owner`; what is replaced or removed is released after the change (N7). Weak references, custom objects and
  // an instance whose dictionary was given up have no slots.

  // A node, list or opaque object gets a slot at the end, an instance or dict sets its lowest unset attribute or key.
  // False: no room, or `value` is none.
  bool append(ObjectId owner, ObjectId value);
  // Removes the first slot that refers to `value`. False: there is none. O(slots).
  bool remove(ObjectId owner, ObjectId value);
  // False: no such slot, or `value` is none. Attributes need not be set.
  bool store(ObjectId owner, std::uint32_t index, ObjectId value);
  // False: there is nothing.
  bool erase(ObjectId owner, std::uint32_t index);
  void clear(ObjectId owner);
  // What a slot refers to; none if it is unset or does not exist. O(1).
  [[nodiscard]] ObjectId slot(ObjectId owner, std::uint32_t index) const;
  // Slots, or attributes up to the last set one. O(1).
  [[nodiscard]] std::uint32_t slot_count(ObjectId owner) const;
  // Makes a member of the custom object `owner` refer to `value` (none: to nothing), then releases the old referent.
  // REQUIRES: the member is of that object
  void store_member(ObjectId owner, Member& member, ObjectId value);

  // --- Weak references (W1 to W3) ---

  struct Weak {
    Handle handle;
    // False: one that was there already is shared (W2, W3).
    bool created = false;
  };
  // An empty callback is none. `object`: what the callback needs, if anything. The weak reference refers to it as long
  // as it has the callback, and the collector sees that; a handle that the callback captures the collector does not
  // see: if it leads back to the weak reference, both are never freed (W9). Not a safepoint.
  // REQUIRES: the caller holds `referent` (W1) and `object`: the allocation may run a collection; there is no object
  // without a callback
  [[nodiscard]] Weak create_weak(WeakKind kind, ObjectId referent, WeakCallback callback = {}, std::uint64_t tag = 0,
                                 ObjectId object = {});
  // REQUIRES for the rest: `weak` is a weak reference
  [[nodiscard]] WeakKind weak_kind(ObjectId weak) const;
  // None if it was cleared or the referent's count is 0.
  [[nodiscard]] ObjectId referent(ObjectId weak) const;
  [[nodiscard]] bool can_be_weakly_referenced(ObjectId object) const;

  // Deallocates what is deposited, as the death of an empty list at nesting 0 would (T5).
  void empty_trashcan();

  // What is wrong with the heap, if anything is.
  [[nodiscard]] std::optional<std::string> verify(Grade grade) const;

 protected:
  // For a runtime: a queue that from now on has room for every object, so that a death can put one there.
  void provide_queue();
  [[nodiscard]] internal::Vector<std::uint32_t>& queue() { return queue_; }
  // Weak references to an object that is held answer none from now on; callbacks run. As in its death.
  void forget_weakly(ObjectId object) { clear_weak_references(object.index); }
  [[nodiscard]] const internal::Vector<std::uint32_t>& queue() const { return queue_; }
  [[nodiscard]] ObjectId named(std::uint32_t index) const {
#if defined(CYCLEGC_CHECKED) && CYCLEGC_CHECKED
    return {index, cells_.serial(index)};
#else
    return {index};
#endif
  }

 private:
  friend class GcModule;
  friend class internal::Collection;
  friend class internal::SnapshotTaker;
  friend class internal::Verifier;
  // Of the tests, which damage a heap to see what verify() says.
  friend class internal::HeapPeer;
  using Id = internal::Id;
  using Cell = internal::Cell;
  using Shape = internal::Shape;
  using Flag = internal::Flag;
  using ListId = internal::ListId;
  static constexpr Id kNone = internal::kNone;
  static constexpr Id kStopped = kNone - 1;
  static constexpr Id kTrashcan = kNone - 2;
  // In releasing_: no reference, but the end of the death of the object that is named behind it.
  static constexpr Id kMark = Id{1} << 31U;
  static_assert(internal::CellPool::kMost <= kMark);

  // Types that every heap has, in this order.
  enum class BuiltIn : std::uint16_t { reference, subreference, proxy, tuple, dictionary, coroutine_frame };
  static constexpr std::size_t kBuiltIns = 6;

  // What a type needs at death; looked up instead of the type itself.
  enum Trait : std::uint8_t { has_finalize = 1, has_legacy = 2, has_released = 4, is_generator = 8, is_set = 16 };

  // One deallocation that is under way.
  struct Frame {
    enum class Phase : std::uint8_t { begin, farewell, items, members, leave, empty_trashcan };
    Id id;
    // Where the release of items is. Of a tuple: its width (W8.1). Of a custom object: where in releasing_ they begin;
    // `id` kNone: of objects that die in place.
    std::uint32_t cursor;
    Phase phase;
    internal::Rank rank;
  };

  // --- heap.cpp ---
  [[nodiscard]] bool has_trait(Id id, Trait trait) const { return (traits_[cells_[id].type] & trait) != 0; }
  // The heads of cells that are made, or die, without a look at the type; 0: the type has none.
  struct Quick {
    std::uint32_t made = 0;
    // The same of a custom object.
    std::uint32_t custom = 0;
    // Of an object that refers to nothing and whose death only frees its memory.
    std::uint32_t dead = 0;
    // Of a custom object in the youngest generation that dies without a call and in no exact order; and what that
    // takes (CustomOperations).
    std::uint32_t trivial = 0;
    std::uint32_t members = 0;
    std::uint32_t first_member = 0;
    std::uint32_t size = 0;
  };
  [[nodiscard]] Quick quick(std::uint16_t type) const;
  void update_traits();
  void update_traits_of(std::size_t type);
  // Puts a type at a free place and answers it.
  std::uint16_t place_type(Type type);
  [[noreturn]] void fail(const char* what, Id id) const;
  void expect_no_handles() const;
  [[nodiscard]] Handle create_with_care(TypeId type, std::uint64_t tag);
  [[nodiscard]] Handle create_generator(TypeId type, std::uint64_t tag);
  [[nodiscard]] Handle create_custom_with_care(TypeId type, void* object, std::uint64_t tag);
  // Makes a container of the youngest generation whose cell has this head. kNone: create_with_care() must make it.
  [[nodiscard]] Id create_quickly(std::uint32_t head, std::uint64_t tag);
  bool append_with_care(ObjectId owner, ObjectId value);
  // Destroys what the embedder gave for objects: payloads and callbacks.
  void destroy_custom_objects();
  // No object dies any more.
  void close();
  void count_allocation();
  void collect(int generation);
  void run_automatic_collection();
  // Room for `objects` more, whatever is made before they are.
  class Promise;
  // Room for all that any number of deaths and a collection may need.
  void provide_for(std::size_t cells);
  void provide_tags(std::uint64_t tag);
  void write_tag(Id id, std::uint64_t tag);
  void provide_weak(std::size_t cells);
  // Room for a collection inside of another one (G5). False: there is none.
  [[nodiscard]] bool provide_nested();
  // Room for `references` that are taken out of objects, and still for those that a collection takes out.
  void provide_releasing(std::size_t references);
  // A new object that nobody holds; containers are not tracked yet. REQUIRES: there is room, also for its tag
  Id make_cell(Shape shape, std::uint16_t type, std::uint64_t tag);
  // REQUIRES: nothing refers to it yet
  [[nodiscard]] Handle first_handle(Id id);
  void add_cells();
  // Runs `request`, and if memory ends, once more after a full collection. The embedder's code may run in between.
  template <class Request>
  void request_memory(Request&& request);
  // False: the rules say no, or it is no time for one.
  [[nodiscard]] bool collect_for_memory();
  [[nodiscard]] void* take_new_payload(std::size_t bytes);
  // Room for `objects` more than are promised.
  void provide_cells(std::size_t objects);
  void free_cell(Id id);
  void announce(Id made, Id owner, Role role) {
    if (hooks_.created) run_quietly(owner, [&] { hooks_.created(named(made), named(owner), role); });
  }
  // The object itself or its dictionary: where its slots are. kNone: it has none.
  [[nodiscard]] Id slot_owner(Id id) const;
  // The same, also of what cannot be changed.
  [[nodiscard]] Id readable(Id id) const;

  // --- trim.cpp ---
  template <class Visit>
  void visit_memory(Visit&& visit);

  // --- lists ---
  void track(Id id, ListId list);
  void untrack(Id id);
  void move_to(Id id, ListId list) {
    untrack(id);
    track(id, list);
  }
  void compact(ListId list);
  void make_room(internal::Order& order);
  void append_list(ListId from, ListId to);

  // --- slots ---
  [[nodiscard]] Id* slots(Cell& cell) { return cell.has(Flag::far) ? pool_.at(cell.far.offset) : cell.near; }
  [[nodiscard]] const Id* slots(const Cell& cell) const {
    return cell.has(Flag::far) ? pool_.at(cell.far.offset) : cell.near;
  }
  void grow(Id id);
  // Memory for an object's slots before there is the object; given back unless it was given to one.
  class SlotBlock;
  // A block of slots, and room for their references when they are released.
  [[nodiscard]] std::uint32_t take_slots(std::uint32_t capacity);
  void provide_slots(Id id, std::uint32_t slots);
  void push_slot(Id id, Id value);
  // Sets a numbered attribute and answers the old value, which the caller releases.
  Id exchange_attribute(Id id, std::uint32_t index, Id value);
  // The same for anything that has numbered slots. kNone unsets.
  Id exchange_numbered(Id id, std::uint32_t index, Id value) {
    return cells_[id].shape() == Shape::dict ? exchange_key(id, index, value) : exchange_attribute(id, index, value);
  }
  [[nodiscard]] Id numbered(Id id, std::uint32_t index) const;
  // Tracks a dictionary that gains a value, if it must be (G6).
  void gain(Id dictionary, Id value);
  [[nodiscard]] static bool is_list(Shape shape) {
    return shape == Shape::node || shape == Shape::opaque || shape == Shape::list || shape == Shape::cell;
  }
  // Empties an object and releases what was in it, in order (N7, C10.4, C10.5).
  void empty_slots(Id id, ReleaseOrder order);
  void clear_attributes(Id id);
  void release_pending(std::size_t base);

  template <class Visit>
  void visit_list(const Cell& cell, Visit& visit) const;
  // Calls visit(Id) for each reference that the collector sees, in order (C3).
  template <class Visit>
  void visit_referents(Id id, Visit&& visit) const;
  // The same for a pass that counts its steps itself.
  template <class Visit>
  void visit_uncounted(Id id, Visit&& visit) const;
  // The same for passes over whole lists.
  template <class Visitor>
  void visit_referents_of_many(Id id, Visitor& visitor) const;
  template <class Visit>
  void visit_custom(Id id, Visit&& visit) const;
  // Where its members lie (CustomOperations::members).
  [[nodiscard]] static Member* first_member(const CustomOperations& custom, const Cell& cell);
  template <class Visit>
  static void visit_in_place(const CustomOperations& custom, const Cell& cell, Visit&& visit);
  template <class Visit>
  void visit_members(Id id, void (*traverse)(const void*, const Visitor&), Visit&& visit) const;
  [[nodiscard]] static void* custom_pointer(const Cell& cell);
  static void set_custom_pointer(Cell& cell, void* object);
  // Its references are on top of releasing_ afterwards, the first to be released last. members_ counts them still.
  void take_members(Id id);
  // The same, and destroys the embedder's object; the cell then has no slots. Returns where the references begin.
  [[nodiscard]] std::uint32_t detach_custom(Id id);
  [[nodiscard]] std::ptrdiff_t members_shown(Id id) const;
  static void set_members_in_order(Id* first, Id* last, ReleaseOrder order);
  // What is to write members there, in the room of releasing_.
  [[nodiscard]] References references_from(Id* begin);
  // Writes the members there in the order of a stack, and the object of the embedder is gone. Answers their end.
  [[nodiscard]] Id* take_apart(Id id, Id* begin);
  // The same by the type's functions.
  [[nodiscard]] Id* take_apart_with_care(Id id, Id* begin);
  void ask_to_detach(Id id, References& references);
  void destroy_custom(Id id, void* object);
  // Without Semantics::exact_order: `from` refers to `to` now.
  void note_reference(Id from, Id to);
  // Room for one member more that is set. Holds both meanwhile.
  void provide_members(ObjectId owner, ObjectId value);

  // --- built_in.cpp: lists, dicts, tuples, sets ---
  void add_to_set(Id set, Id element);
  void take_from_set(Id set, Id element);
  [[nodiscard]] std::uint64_t place_in_set(const Id* table, std::uint64_t places, Id element, std::uint64_t hash) const;
  void begin_table(Id set, std::uint32_t offset, std::uint32_t places);
  bool insert_in_set(Id set, Id element);
  Handle create_list_or_dict(TypeId type, std::uint64_t tag);
  // The slot of a key's value, or the number of slots if the key is not set.
  [[nodiscard]] std::uint32_t find_key(Id dict, std::uint32_t key) const;
  Id exchange_key(Id dict, std::uint32_t key, Id value);
  // Whether what holds it may have to be tracked (G6, G9).
  [[nodiscard]] bool may_be_tracked(Id id) const {
    const Cell& cell = cells_[id];
    return cell.shape() == Shape::tuple ? cell.list != ListId::none : cell.shape() != Shape::opaque;
  }
  // From one reference to the next: behind each value of a dict stands its key.
  [[nodiscard]] static std::uint32_t slot_step(Shape shape) { return shape == Shape::dict ? 2 : 1; }
  // True: a dead object's memory goes to a free list instead of being freed (W8.1, W8.3). `tuple_width`: of a tuple.
  [[nodiscard]] bool keep_in_free_list(Id id, std::uint32_t tuple_width);
  // Items of a tuple with its token and those that are hidden, which decide its free list.
  [[nodiscard]] std::uint32_t tuple_width(std::uint16_t type, std::size_t items) const {
    const std::uint32_t token = (traits_[type] & has_released) != 0 ? 1 : 0;
    return static_cast<std::uint32_t>(items) + token + types_[type].hidden_items;
  }
  [[nodiscard]] std::uint32_t tuple_width(Id id) const { return tuple_width(cells_[id].type, cells_[id].size()); }

  // Whether there is a reason against a short cut; counts one that is alone. `first` and those behind it are the
  // reasons.
  template <class... Reasons>
  [[gnu::always_inline]] bool refuse(Refusal first, Reasons... reasons) const {
    if (!(reasons || ...)) return false;
    count_refusal(first, {reasons...});
    return true;
  }
  [[gnu::noinline]] void count_refusal(Refusal first, std::initializer_list<bool> reasons) const;
  // Counts why create_quickly() did not.
  [[gnu::noinline]] void refuse_creation(std::uint32_t head, std::uint64_t tag) const;

  // --- death.cpp ---
  void acquire(Id id) { ++cells_[id].refs; }
  void release(Id id) {
    CYCLEGC_CHECK(cells_[id].refs > 0 && cells_[id].shape() != Shape::vacant);
    if (--cells_[id].refs == 0) die(id);
  }
  // As die_in_frames(), for an object that refers to nothing and whose death only frees memory. False: it is another.
  bool die_as_leaf(Id id);
  // The same for the youngest generation alone.
  bool die_as_young_leaf(Id id);
  void die(Id id);
  // As die_in_frames(), for a node, or attributes none of which is set, without finalizers and weak references. False:
  // it is no such object.
  bool die_without_frame(Id id);
  // A custom object without finalizers and weak references begins to die: on top of releasing_ are a mark that stands
  // for its end, then its members; without Semantics::exact_order its end was before. False: it is no such object.
  bool begin_in_place(Id id);
  void end_in_place(Id id);
  // The same of one whose end only releases its members. False: it is another.
  bool die_trivially(Id id);
  // Releases what is on top of releasing_, and what dies of it if it dies in place. Answers what stops it: kNone,
  // nothing; kStopped, deaths that were put off; kTrashcan, the trashcan is to be emptied; or who dies in a frame.
  [[nodiscard]] Id release_in_place(std::size_t base);
  void push_stopping(Id what);
  // Releases all of that.
  void die_of(std::size_t base);
  void die_in_frames(Id id);
  void run_deaths(std::size_t base);
  // Destroys what a callback or a custom object captured. Meanwhile handles let go without running a death inside of
  // this one: what has no references any more waits in doomed_ for run_deaths().
  class Burial;
  void bury(WeakCallback callback);
  void put_off(Id id);
  void put_later(Id id);
  // An object has no references any more: a frame is for it, or it waits.
  void push_death(Id id);
  void push_doomed();
  void begin_death(std::size_t top);
  void bid_farewell(std::size_t top);
  void begin_items(std::size_t top);
  void release_items(std::size_t top);
  void release_members(std::size_t top);
  void finish_death(std::size_t top);
  void leave_level(std::size_t top);
  void push_emptying();
  [[nodiscard]] static internal::Rank rank_of(const Cell& cell);
  // What happens before the weak references of a dying object are cleared, and after. True: it was resurrected.
  [[nodiscard]] bool finalize_at_death(Id id);
  [[nodiscard]] bool finalize_legacy(Id id);
  [[nodiscard]] bool finalize_old_style(Id id);
  [[nodiscard]] bool finalize_generator(Id id);
  void end_generator(Id id, bool resumes);
  // REQUIRES: its type has the trait has_finalize, or it is a generator
  [[nodiscard]] const Type::Hook& finalize_hook(Id id) const;
  // Whether it is a generator that ended.
  [[nodiscard]] bool is_closed(Id id) const;
  [[nodiscard]] bool is_legacy(Id id) const { return has_trait(id, has_legacy) && !is_closed(id); }
  // Which code a frame is of (W8.7).
  [[nodiscard]] static std::size_t code_of(const Cell& frame) {
    if (frame.type == static_cast<std::uint16_t>(BuiltIn::coroutine_frame)) return frame.closed + 3U;
    return frame.type != static_cast<std::uint16_t>(BuiltIn::dictionary) ? 0 : frame.closed + 1U;
  }
  // Runs a hook while the dying object is held. True: it was resurrected.
  [[nodiscard]] bool run_at_death(Id id, const Type::Hook& hook);
  [[nodiscard]] const Type::Hook& legacy_hook(Id id) const;
  void release_token(Id id);
  // tp_clear (C10.4 to C10.7).
  void clear_container(Id id);
  // What the call throws is told to Hooks::unraisable.
  template <class Call>
  void run_guarded(Id self, Call&& call);
  // The same, of a hook that must not change the heap.
  template <class Call>
  void run_quietly(Id self, Call&& call);
  // REQUIRES: an exception is being handled
  void tell_unraisable(Id self);

  // --- weak.cpp ---
  [[nodiscard]] Id first_weak(Id referent) const {
    ++steps_;
    return cells_[referent].has(Flag::weakly) ? weak_heads_[referent] : kNone;
  }
  // The one behind it in the list of their referent.
  [[nodiscard]] Id next_weak(Id weak) const {
    ++steps_;
    return cells_[weak].near[internal::weak_part::next];
  }
  struct Basic {
    Id reference;
    Id proxy;
  };
  // The shared weak references at the head of the list, if they are there.
  [[nodiscard]] Basic basic_weak(Id referent) const;
  [[nodiscard]] bool has_callback(Id weak) const { return weak_callbacks_[weak] != kNone; }
  [[nodiscard]] bool is_kind(Id id, BuiltIn kind) const { return cells_[id].type == static_cast<std::uint16_t>(kind); }
  Id make_weak(WeakKind kind, WeakCallback callback, std::uint64_t tag, Id object);
  // The object that its callback needs, whose reference the caller takes over; kNone: there is none.
  [[nodiscard]] Id take_object(Id weak);
  [[nodiscard]] std::uint32_t keep_callback(WeakCallback callback);
  [[nodiscard]] WeakCallback forget_callback(std::uint32_t index);
  // `after` kNone: at the head.
  void link_weak(Id weak, Id referent, Id after);
  // Clears: afterwards it answers none. The callback stays.
  void unlink_weak(Id weak);
  [[nodiscard]] WeakCallback take_callback(Id weak);
  void run_callback(Id weak, const WeakCallback& callback);
  // What the death of the referent does (W4 to W7).
  void clear_weak_references(Id referent);
  void call_through_tuple(Id referent, std::uint32_t count);
  Id make_tuple(std::uint32_t items, Id owner);
  // X10: the dict that watchers are called with, and the tuple of one call. Empty: there is no memory for it.
  [[nodiscard]] Handle make_gc_info();
  [[nodiscard]] Handle make_gc_call(Id info);

  // Outlives all that holds memory.
  const MemorySource source_;

  // Semantics and types.
  Semantics semantics_;
  Hooks hooks_;
  std::deque<Type> types_;
  // Of each type; apart, because passes look at them for each object.
  std::vector<CustomOperations> custom_;
  std::vector<std::uint16_t> free_types_;
  std::vector<std::uint8_t> traits_;
  // False while they are to be computed anew, whatever the semantics.
  bool traits_stand_ = false;
  std::vector<Quick> quick_;  // by type
  // For a classic type: the hidden type of its dictionaries. Otherwise 0.
  std::vector<std::uint16_t> dictionary_types_;

  // Objects. The tables are parallel to cells_.
  internal::CellPool cells_{source_};
  internal::ByteCounts held_{source_};  // how much of `refs` is due to handles
  internal::Vector<std::uint64_t> tags_ = internal::vector_for<std::uint64_t>(Site::tags, source_);  // 0 beyond its end
  // Valid where Flag::weakly is set.
  internal::Vector<Id> weak_heads_ = internal::vector_for<Id>(Site::weak_heads, source_);
  // Valid for weak references: index into callbacks_.
  internal::Vector<Id> weak_callbacks_ = internal::vector_for<Id>(Site::weak_callbacks, source_);
  // Valid where kHasObject is set.
  internal::Vector<Id> weak_objects_ = internal::vector_for<Id>(Site::weak_callbacks, source_);
  std::size_t live_ = 0;
  // Holds that nobody will give up any more.
  std::size_t abandoned_ = 0;
  // Cells that creations under way will take.
  std::size_t promised_ = 0;
  std::size_t custom_objects_ = 0;
  // Custom types whose objects may have members that the collector does not see.
  std::size_t hiding_types_ = 0;
  // Members that are set or being released, and how many there is room for in releasing_.
  std::size_t members_ = 0;
  std::size_t member_room_ = 0;
  // A function of the embedder runs that must not change the heap.
  mutable bool quiet_ = false;
  // Opaque objects that refer to something.
  std::size_t opaque_owners_ = 0;
  // Of those that the collector may untrack: dicts and tuples of the embedder.
  std::size_t dicts_ = 0;
  std::size_t tuples_ = 0;
  internal::SlotPool pool_{source_};
  internal::PayloadPool payloads_{source_};
  internal::Vector<WeakCallback> callbacks_ = internal::vector_for<WeakCallback>(Site::callbacks, source_);
  internal::Vector<std::uint32_t> free_callbacks_ = internal::vector_for<std::uint32_t>(Site::free_callbacks, source_);
  // Most of them that were in use at once; for verify().
  std::size_t most_callbacks_ = 0;

  // Generations 0, 1, 2, permanent; and all lists that collections set apart, one behind the other.
  std::array<internal::Order, 4> lists_{internal::Order(source_), internal::Order(source_), internal::Order(source_),
                                        internal::Order(source_)};
  internal::Vector<Id> set_apart_ = internal::vector_for<Id>(Site::set_apart, source_);

  // Deaths.
  internal::Vector<Frame> frames_ = internal::vector_for<Frame>(Site::deaths, source_);
  // Objects without references, in no list, that die when what is being destroyed is gone (Burial).
  internal::Vector<Id> doomed_ = internal::vector_for<Id>(Site::deaths, source_);
  bool puts_off_ = false;
  internal::Vector<Id> queue_ = internal::vector_for<Id>(Site::deaths, source_);
  // The newest object that waits for release_some(), and how many do. From one to the next leads Cell::place.
  Id newest_waiting_ = kNone;
  std::size_t waiting_ = 0;
  // release_some() runs, and none of the embedder's code inside of it.
  bool lazily_ = false;
  bool closing_ = false;
  internal::Trashcan trashcan_{source_};
  internal::FreeLists free_lists_;
  // References that were taken out of an object and are released one after the other; nested calls stack up.
  internal::Vector<Id> releasing_ = internal::vector_for<Id>(Site::releasing, source_);

  // The collector.
  internal::GcState gc_{source_};
  internal::GcRefs gc_refs_{source_};
  internal::Vector<Id> scratch_unreachable_ = internal::vector_for<Id>(Site::scratch, source_);
  internal::Vector<Id> scratch_young_ = internal::vector_for<Id>(Site::scratch, source_);
  // Young collections in which a cycle may be that is not in the one before: the youngest, and that of the middle one.
  // Without Semantics::exact_order.
  static constexpr std::uint8_t kCyclesInYoungest = 1;
  static constexpr std::uint8_t kCyclesInMiddle = 2;
  static constexpr std::uint8_t kCyclesInBoth = kCyclesInYoungest | kCyclesInMiddle;
  std::uint8_t young_cycles_ = kCyclesInBoth;
  std::uint64_t freed_at_once_ = 0;
  std::uint64_t collections_from_handles_ = 0;
  // Of Statistics.
  mutable std::uint64_t steps_ = 0;
  std::uint64_t steps_of_passes_ = 0;
  mutable Refusals refusals_{};
};

}  // namespace cyclegc

#include "impl/internal/heap_inline.hpp"
