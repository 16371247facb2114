// Types: what the heap has to know of an object to manage it.
#pragma once

#include <cstdint>
#include <functional>
#include <iterator>
#include <string>
#include <utility>

#include "impl/check.hpp"
#include "impl/internal/allocator.hpp"
#include "impl/object_id.hpp"

namespace cyclegc {

class Heap;

enum class Layout : std::uint8_t {
  node,      // an ordered list of references; visited and released last to first (C3, D5)
  instance,  // kAttributes numbered attributes; visited and released first to last (N5)
  classic,   // an old-style instance (N6, D4); the same as `instance` unless Semantics::classic_instances
  opaque,  // owns an ordered list of references that the collector never sees; not tracked, its finalizers are ignored
  list,    // an exact list: as `node`, but without finalizers and weak references, and with a free list (N13, W8)
  dict,    // an exact dict with the keys 0 to kAttributes - 1 (N14); tracked only while it has to be (G6)
  tuple,   // an immutable list, made by Heap::create_tuple (N15); untracked when it need not be (G9)
  cell,    // at most one reference: of a closure's variable (N19); no finalizer, no weak references
  generator,  // suspended: local variables, used as those of a frame; `finalize` is the rest of its code (N23)
  coroutine,  // as a generator, suspended where it awaits another one
  method,     // a function and the object that it is bound to, made by Heap::create_pair (N20); no finalizer
  frame,      // local variables, used as the attributes of an instance (N21); no finalizer, no weak references
  set,        // an exact set, in the order of Type::hash; visited and released first to last; weak references (N24)
  traceback,  // the next one or none, and a frame, made by Heap::create_pair (N22); no finalizer, no weak references
  custom,     // a C++ object of the embedder; see CustomOperations
  built_in,   // the library's own: weak references, dictionaries, callback tuples; cannot be defined
};

inline constexpr std::uint32_t kAttributes = 16;

// A type of a heap. The same number means another type in another heap.
struct TypeId {
  std::uint16_t index = 0;
  friend bool operator==(TypeId, TypeId) = default;
};

// A counted reference that an object of a custom type owns. Only Heap::store_member and References change counts, so
// that a death can release references one after the other without recursion. It moves with its reference, and cannot be
// copied, which would need a count. Moving to a member that is set swaps both. A young collection may not see garbage
// cycles through a member that was moved to another object; full ones do.
// REQUIRES: it is unset when it is destroyed: CustomOperations::detach takes every member
class Member {
 public:
  Member() = default;
  Member(const Member&) = delete;
  Member& operator=(const Member&) = delete;
  Member(Member&& other) noexcept : number_(std::exchange(other.number_, 0)) {}
  Member& operator=(Member&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
#if defined(CYCLEGC_CHECKED) && CYCLEGC_CHECKED
  ~Member() { CYCLEGC_CHECK(number_ == 0 && "a member is destroyed that detach did not take"); }
#endif

  [[nodiscard]] ObjectId get() const { return {number_ - 1}; }
  [[nodiscard]] explicit operator bool() const { return number_ != 0; }

 private:
  friend class Heap;
  friend class References;
  // One more than the index; 0: it is unset, so that memory of zeros is.
  static_assert(ObjectId::kNone + 1 == 0);
  std::uint32_t number_ = 0;
};

// Handed to CustomOperations::traverse, which calls it with every member. Unset members are ignored.
class Visitor {
 public:
  Visitor(const Visitor&) = delete;
  Visitor& operator=(const Visitor&) = delete;
  void operator()(const Member& member) const {
    if (!member) return;
    if (next_ == std::end(seen_)) [[unlikely]]
      flush();
    *next_++ = member.get().index;
  }

 private:
  friend class Heap;
  // Is told of what was seen whenever there is no room for more.
  using Function = void (*)(void* context, const std::uint32_t* first, const std::uint32_t* last);
  Visitor(Function function, void* context) : function_(function), context_(context) {}
  void flush() const {
    function_(context_, seen_, next_);
    next_ = seen_;
  }

  Function function_;
  void* context_;
  mutable std::uint32_t* next_ = seen_;
  mutable std::uint32_t seen_[32];
};

// Handed to CustomOperations::detach, which gives up every member. The heap releases them afterwards. Needs no memory:
// there is room for every member that is set.
class References {
 public:
  // Takes over what the member refers to and leaves it unset.
  void take(Member& member) {
    if (!member) return;
    const std::uint32_t index = std::exchange(member.number_, 0) - 1;
    if (next_ == nullptr) return;
    CYCLEGC_CHECK(next_ != end_);
    *next_++ = index;
  }

 private:
  friend class Heap;
  // What is taken is written there. Null: it is forgotten.
  References(std::uint32_t* begin, const std::uint32_t* end) : next_(begin), end_(end) {}
  std::uint32_t* next_;
  const std::uint32_t* end_;
};

enum class ReleaseOrder : std::uint8_t { first_to_last, last_to_first };

// How the heap deals with an object of Layout::custom. None of the functions may call the heap, except that `destroy`
// may let go of handles, whose objects then die after it. None may throw: the process ends with the type's name.
struct CustomOperations {
  // Visits members, in an order of its own that never changes while the members do not. Those that it leaves out count
  // as references from outside: cycles through them are not found.
  void (*traverse)(const void* object, const Visitor& visit) = nullptr;
  // Gives up every member: the object's tp_clear and the first half of its deallocation.
  void (*detach)(void* object, References& references) = nullptr;
  // Destroys and frees the object. `detach` was called before, also when the heap itself is destroyed or reset.
  void (*destroy)(void* object) = nullptr;
  ReleaseOrder order = ReleaseOrder::first_to_last;
  // Visits the members that `traverse` leaves out; for Heap::verify alone. Null: there are none.
  void (*payload)(const void* object, const Visitor& visit) = nullptr;
  // Both `detach` and `destroy` in one call; null: they are called.
  void (*dismantle)(void* object, References& references) = nullptr;
  // `traverse` visits every member that `detach` takes: collections may then be short. Checked builds compare.
  bool shows_all = false;
  // Bytes of an object that lies in the heap's own memory (Heap::take_payload): `destroy` frees none. 0: it does.
  std::uint32_t size = 0;
  // Its members are these and no others: so many, one behind the other, at this place of the object. `traverse` visits
  // those that are set, in this order, `detach` takes them, and both may stay uncalled.
  bool in_place = false;
  std::uint32_t members = 0;
  std::uint32_t first_member = 0;
  // Of an object with such members and a `size`: `destroy` does nothing, and may stay uncalled.
  bool dies_trivially = false;
  // For Ref: an address that stands for the object's class, and the object as one of its other classes, which have
  // addresses as well; as_class answers null for any other class. Both may be null.
  const void* of_class = nullptr;
  void* (*as_class)(void* object, const void* other_class) = nullptr;
};

// Hooks are called with the object they concern. Finalizers may do anything with the heap but destroy or reset it. What
// any hook throws is swallowed and reported to Hooks::unraisable. Handles that a hook captures are let go of when the
// type goes (Heap::undefine, the heap's destruction).
struct Type {
  using Hook = std::function<void(Heap&, ObjectId)>;

  std::string name;
  Layout layout = Layout::node;
  // tp_finalize: at most once for an object (F2, C8). A legacy finalizer unless Semantics::pep442 (F1).
  Hook finalize;
  // tp_del: at every death by count; an object that has it is never cleared by the collector (F3, C5).
  Hook legacy_finalize;
  // The object is cleared or deallocated now, before its references are released (D1; those of a list or tuple before
  // it, D9; in a tuple it counts as one item more). Called once; must not use the heap in any way but to look at it,
  // and no handle to the object may be left when it returns.
  // For a classic instance of its own kind it is called with its dictionary's id.
  Hook released;
  CustomOperations custom;
  // Of a set: what it finds an element by. Two elements may not have the same one, nor may one's change. Must not use
  // the heap in any way but to look at it.
  std::function<std::uint64_t(const Heap&, ObjectId)> hash = nullptr;
  // Of a tuple: items that the heap does not have, but that count in its size (W8).
  std::uint32_t hidden_items = 0;
};

}  // namespace cyclegc
