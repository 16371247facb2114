// One object of the model's heap, and the lists that the collector keeps objects in.
#pragma once

#include <cstdint>
#include <deque>
#include <list>
#include <string>
#include <vector>

#include "model/liveness.hpp"
#include "trace/name.hpp"
#include "trace/operation.hpp"

namespace cyclecheck::model {

inline constexpr Id kNone = 0xFFFFFFFF;
inline constexpr std::size_t kAttributes = 16;    // N5
inline constexpr std::size_t kSmallestTable = 8;  // N24

enum class Kind : std::uint8_t {
  node,
  instance,
  classic,     // N6
  opaque,      // N5
  list,        // an exact list: N13
  dict,        // an exact dict: N14
  custom,      // of an extension's type: N18
  cell,        // N19
  frame,       // N21, N23
  generator,   // N23
  set,         // an exact set: N24
  dictionary,  // of an instance: N5, D7, G6
  weakref,     // an exact weakref.ref: W1
  subref,      // an instance of a subclass of it
  proxy,
  tuple,      // N15; also the one of W6
  method,     // N20
  traceback,  // N22
  integer,    // I1
  string,     // I2
};

// A list of tracked objects, in order. An object is in at most one.
using List = std::list<Id>;

struct Object {
  Label label;
  Kind kind = Kind::node;
  std::int64_t references = 0;  // R1

  // Node, opaque, list, custom: what its slots hold. Instance, dictionary, dict, frame, generator: one slot for each
  // attribute or key, kNone if unset. Tuple: its items. Method: its function, and the object that it is bound to.
  // Traceback: the next one, and its frame. Set: its table, whose first place is its token's.
  std::vector<Id> slots;
  // Dict: the keys that are set, in the order of visits (N14). Those from kAttributes on are objects, and index both
  // `slots` and, less kAttributes, `key_objects`.
  std::vector<std::size_t> keys;
  std::vector<Id> key_objects;
  // Instance whose attributes, or generator whose variables, have a container of their own: that container.
  Id dictionary = kNone;
  // Dictionary, frame of a generator: whose attributes or variables it holds.
  Id instance = kNone;

  // Weak reference: what it refers to, kNone if cleared. W4.
  Id referent = kNone;
  bool has_callback = false;
  // The object that is called, if a trace made it: W9.
  Id callback = kNone;
  // The weak references to this object in the order of rule W3.
  std::deque<Id> weak_references;

  FinalizerKind finalizer = FinalizerKind::none;
  bool finalized = false;  // F2
  bool closed = false;     // a generator that is not suspended any more: N23
  bool closing = false;    // its code runs
  bool awaits = false;     // it is a coroutine
  // The operations of the finalizer or callback; kNoScript once they ran (N10).
  ScriptId script = kNoScript;

  // Tuple: how many items it was allocated with, which decides its free list (W8.1).
  std::size_t tuple_size = 0;
  // Node, instance, custom: what a set finds it by (N24).
  std::uint64_t hash = 0;
  // Frame: of which code it is, which decides where it is kept (W8.7).
  std::size_t code = 0;

  // Integer, string: what it says, which never changes (I4).
  std::int64_t value = 0;
  std::string text;
  bool interned = false;   // I3
  bool permanent = false;  // the interpreter holds it for ever: I6

  bool dead = false;   // its token is released: D1; an integer or string is freed: I6
  bool freed = false;  // its memory is given back: D6

  // Where it is tracked; null: untracked.
  List* list = nullptr;
  List::iterator place;
  // While a collection works on the list it is in: references from outside of that list (C2).
  std::int64_t gc_refs = 0;
};

inline bool is_weak_reference(const Object& object) {
  return object.kind == Kind::weakref || object.kind == Kind::subref || object.kind == Kind::proxy;
}
// The frame of a generator, which no operation changes by itself: N23.
inline bool is_frame_of_generator(const Object& object) {
  return object.kind == Kind::frame && object.label.part == Part::frame;
}
// Whether it may have slots that a trace changes.
inline bool has_slots(const Object& object) {
  return object.kind == Kind::node || object.kind == Kind::instance || object.kind == Kind::classic ||
         object.kind == Kind::opaque || object.kind == Kind::list || object.kind == Kind::dict ||
         object.kind == Kind::custom || object.kind == Kind::cell || object.kind == Kind::generator ||
         object.kind == Kind::set || (object.kind == Kind::frame && !is_frame_of_generator(object));
}
// Whether `new` or `tuple` made it, so that it has a token.
inline bool has_token(const Object& object) {
  return has_slots(object) || object.kind == Kind::method || object.kind == Kind::traceback ||
         (object.kind == Kind::tuple && object.label.part == Part::object);
}
inline bool is_atom(const Object& object) { return object.kind == Kind::integer || object.kind == Kind::string; }
// Slots in a row, which close up; otherwise there are kAttributes numbered ones.
inline bool has_items(const Object& object) {
  return object.kind == Kind::node || object.kind == Kind::opaque || object.kind == Kind::list ||
         object.kind == Kind::custom || object.kind == Kind::cell;
}
// Whether what holds it may have to be tracked (G6, G9).
inline bool may_be_tracked(const Object& object) {
  if (object.kind == Kind::tuple) return object.list != nullptr;
  return object.kind != Kind::opaque && !is_atom(object);
}

}  // namespace cyclecheck::model
