// The operations of a trace: one flat value type and one table that the parser, the printer, the binary encoding and
// the generator share. What each operation does to the heap is defined in docs/memory-model.md (rules N, I, X and M1).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "trace/name.hpp"

namespace cyclecheck {

// Every operation code. The order is part of the binary encoding: new codes go to the end.
enum class OpCode : std::uint8_t {
  create,            // new X KIND [del={..}|legacy={..}|both={..}]
  bulk,              // bulk X N
  let,               // let X A
  root,              // root A
  drop,              // drop X
  append,            // append A B
  remove,            // remove A B
  store,             // store A I B
  erase,             // erase A I
  clear,             // clear A
  call,              // call A B
  ret,               // return
  safepoint,         // safepoint
  weakref,           // weakref W A [cb={..}]
  subref,            // subref W A [cb={..}]
  proxy,             // proxy P A [cb={..}]
  deref,             // deref X W
  use,               // use P
  collect,           // collect G
  enable,            // enable
  disable,           // disable
  isenabled,         // isenabled
  set_threshold,     // set_threshold A [B [C]]
  get_threshold,     // get_threshold
  get_count,         // get_count
  set_debug,         // set_debug FLAGS
  get_debug,         // get_debug
  garbage,           // garbage
  clear_garbage,     // clear_garbage
  take_garbage,      // take_garbage X I
  get_objects,       // get_objects [G]
  get_referrers,     // get_referrers A
  get_referents,     // get_referents A
  is_tracked,        // is_tracked A
  is_finalized,      // is_finalized A
  freeze,            // freeze
  unfreeze,          // unfreeze
  get_freeze_count,  // get_freeze_count
  callbacks,         // callbacks on|off
  get_stats,         // get_stats
  refcount,          // refcount A
  same,              // same A B
  shutdown,          // shutdown
  raise,             // raise (in scripts)
  fail,              // fail N
  tuple,             // tuple X A
  integer,           // int X N
  string,            // str X "TEXT"
  add,               // add X A B
  intern,            // intern X A
  id,                // id A
  weakmap,           // weakmap X
  mapset,            // mapset A B C
  mapget,            // mapget X A B
  hold,              // hold A N
  unhold,            // unhold A N
  fill,              // fill A B N
  weakrefs,          // weakrefs X A N
  watch,             // watch A start={..}|stop={..}
  unwatch,           // unwatch A
  method,            // method X A B
  traceback,         // traceback X A B
  close,             // close A
  setitem,           // setitem A B C
  delitem,           // delitem A B
  resume,            // resume A
};
inline constexpr std::size_t kOpCodes = static_cast<std::size_t>(OpCode::resume) + 1;

// What `new` makes. Order is part of the binary encoding.
enum class ObjectKind : std::uint8_t {
  node,       // one container with an ordered list of slots (an instance of a list subclass)
  instance,   // a container with attributes (an instance of an ordinary class)
  classic,    // an old-style instance in 2.7; the same as `instance` in every other profile
  opaque,     // not known to the collector at all, yet it owns references
  list,       // an exact list
  dict,       // an exact dict with numbered keys
  custom,     // of an extension's type, with members and a payload (rule N18)
  cell,       // of a closure's variable: one slot (rule N19)
  frame,      // of a function that has ended: numbered local variables (rule N21)
  generator,  // suspended: numbered local variables (rule N23)
  set,        // an exact set, whose order its elements' hashes decide (rule N24)
  coroutine,  // suspended at an await, otherwise as a generator; one in 2.7 (rule N23)
};
inline constexpr std::size_t kObjectKinds = 12;

// Order is part of the binary encoding.
enum class FinalizerKind : std::uint8_t {
  none,
  del,     // `__del__`: a legacy finalizer in 2.7, a PEP 442 finalizer from 3.4 on
  legacy,  // `tp_del`: a legacy finalizer in every version
  both,    // of one type: `__del__` and `tp_del` (rule F5)
};
inline constexpr std::size_t kFinalizerKinds = 4;

std::string_view to_string(FinalizerKind kind);

// An operand: which object an operation works on.
struct Operand {
  enum class Kind : std::uint8_t {
    none,      // the operation has no such operand
    variable,  // x: the object that variable x holds
    label,     // @x: the object last created under name x, as long as it is alive (rule N3); held by nobody
    self,      // self: the object whose finalizer runs, or the weak reference whose callback runs
  };
  static constexpr std::int32_t kWhole = -1;

  Kind kind = Kind::none;
  Name name;
  // kWhole: the object itself; otherwise its slot with this index, counted from 0.
  std::int32_t slot = kWhole;

  friend bool operator==(const Operand&, const Operand&) = default;

  static Operand variable(Name name, std::int32_t slot = kWhole) { return {Kind::variable, name, slot}; }
  static Operand label(Name name, std::int32_t slot = kWhole) { return {Kind::label, name, slot}; }
  static Operand self(std::int32_t slot = kWhole) { return {Kind::self, {}, slot}; }
};

// An index into Trace::scripts, or one of the two values below. A stored script is never empty.
using ScriptId = std::int32_t;
inline constexpr ScriptId kNoScript = -1;
// A finalizer or callback that only logs its activation: `del={}`.
inline constexpr ScriptId kEmptyScript = -2;

inline constexpr std::size_t kMaxText = 4096;
// Whether a text of a trace may contain it: what ASCII prints, but for the quotation mark, the backslash and the mark
// that begins a comment.
constexpr bool is_text_character(char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\' && c != '#'; }

// One operation. Fields that its code does not use keep their defaults; `operator==` relies on that.
struct Operation {
  OpCode code = OpCode::safepoint;
  ObjectKind kind = ObjectKind::node;
  FinalizerKind finalizer = FinalizerKind::none;
  // The variable that the operation binds or unbinds.
  Name target;
  Operand a;
  Operand b;
  Operand c;
  // Script of the finalizer or callback; kNoScript: there is neither. A callback that is an object has it in `b`.
  ScriptId script = kNoScript;
  // Slot index, generation, thresholds, flags or size; of `watch` 1 for the stop of collections. `count` says how many
  // an operation with optional numbers has.
  std::array<std::int32_t, 3> number{};
  std::uint8_t count = 0;
  // What a string says.
  std::string text;

  friend bool operator==(const Operation&, const Operation&) = default;
};

// The parts of an operation in the order in which both formats write them. A number is stored in Operation::number[0].
enum class Field : std::uint8_t {
  target,          // a name
  a,               // an operand
  b,               // an operand
  c,               // an operand
  kind,            // an object kind
  finalizer,       // optional: del={..}, legacy={..} or both={..}
  callback,        // optional: cb={..}, or cb=B{..} with the operand in Operation::b
  index,           // a slot or list index, 0 to kMaxIndex
  size,            // a number of objects or allocations, 0 to kMaxBulk
  generation,      // 0 to 3; 3 stands for any generation that does not exist
  generation_opt,  // the same, optional: Operation::count is 0 without it, 1 with it
  thresholds,      // one to three numbers: as many as Operation::count says
  flags,           // debug flags, 0 to 63
  on_off,          // on (1) or off (0)
  integer,         // a whole number, -kMaxInteger to kMaxInteger
  text,            // a text in quotation marks: Operation::text
  watcher,         // start={..} (0) or stop={..} (1)
};

// Where an operation may stand. An operation out of place does nothing (rule N9).
enum class Place : std::uint8_t { anywhere, trace_only, script_only };

struct OperationInfo {
  OpCode code;
  std::string_view word;
  Place place;
  std::array<Field, 3> fields;
  std::uint8_t field_count;
  std::string_view summary;

  [[nodiscard]] std::span<const Field> used() const { return {fields.data(), field_count}; }
};

inline constexpr std::int32_t kMaxBulk = 1'000'000;
inline constexpr std::int32_t kMaxIndex = 1'000'000;
// How deep scripts stand in each other: what the deepest attaches has an empty script.
inline constexpr int kMaxScriptDepth = 3;
inline constexpr std::int32_t kMaxThreshold = 1'000'000'000;
inline constexpr std::int32_t kMaxInteger = 1'000'000'000;
inline constexpr std::int32_t kInvalidGeneration = 3;

// The description of an operation. O(1).
const OperationInfo& info(OpCode code);

// All operations in the order of their codes.
std::span<const OperationInfo> all_operations();

// Words and codes of operations that the encoding has a place for and no version knows yet.
struct ReservedOperation {
  std::uint8_t code;
  std::string_view word;
};
std::span<const ReservedOperation> reserved_operations();

// The operation with this word, if there is one.
std::optional<OpCode> find_operation(std::string_view word);

std::string_view to_string(ObjectKind kind);
std::optional<ObjectKind> find_object_kind(std::string_view word);

}  // namespace cyclecheck
