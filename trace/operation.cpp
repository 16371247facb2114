#include "trace/operation.hpp"

#include <algorithm>
#include <initializer_list>

namespace cyclecheck {
namespace {

using enum Field;

constexpr OperationInfo make(OpCode code, std::string_view word, Place place, std::initializer_list<Field> fields,
                             std::string_view summary) {
  OperationInfo row{code, word, place, {}, 0, summary};
  for (const Field field : fields) row.fields[row.field_count++] = field;
  return row;
}

constexpr auto kAnywhere = Place::anywhere;
constexpr auto kTraceOnly = Place::trace_only;

constexpr std::array<OperationInfo, kOpCodes> kTable{{
    make(OpCode::create, "new", kAnywhere, {target, kind, finalizer}, "allocate an object and bind it"),
    make(OpCode::bulk, "bulk", kAnywhere, {target, size}, "allocate nodes into a container, no safepoint between"),
    make(OpCode::let, "let", kAnywhere, {target, a}, "bind a variable to an object"),
    make(OpCode::root, "root", kAnywhere, {a}, "bind an object to the variable of its own label"),
    make(OpCode::drop, "drop", kAnywhere, {target}, "unbind a variable"),
    make(OpCode::append, "append", kAnywhere, {a, b}, "append a reference to a container"),
    make(OpCode::remove, "remove", kAnywhere, {a, b}, "remove the first reference to an object"),
    make(OpCode::store, "store", kAnywhere, {a, index, b}, "replace a slot"),
    make(OpCode::erase, "erase", kAnywhere, {a, index}, "delete a slot"),
    make(OpCode::clear, "clear", kAnywhere, {a}, "delete every slot"),
    make(OpCode::call, "call", kTraceOnly, {a, b}, "enter a function with two arguments"),
    make(OpCode::ret, "return", kTraceOnly, {}, "leave a function, releasing arguments and locals"),
    make(OpCode::safepoint, "safepoint", kAnywhere, {}, "a point where a pending collection runs"),
    make(OpCode::weakref, "weakref", kAnywhere, {target, a, callback}, "make a weakref.ref"),
    make(OpCode::subref, "subref", kAnywhere, {target, a, callback}, "make an instance of a weakref.ref subclass"),
    make(OpCode::proxy, "proxy", kAnywhere, {target, a, callback}, "make a weakref.proxy"),
    make(OpCode::deref, "deref", kAnywhere, {target, a}, "bind a variable to what a weak reference answers"),
    make(OpCode::use, "use", kAnywhere, {a}, "access an attribute through a proxy"),
    make(OpCode::collect, "collect", kAnywhere, {generation}, "gc.collect(generation)"),
    make(OpCode::enable, "enable", kAnywhere, {}, "gc.enable()"),
    make(OpCode::disable, "disable", kAnywhere, {}, "gc.disable()"),
    make(OpCode::isenabled, "isenabled", kAnywhere, {}, "gc.isenabled()"),
    make(OpCode::set_threshold, "set_threshold", kAnywhere, {thresholds}, "gc.set_threshold(...)"),
    make(OpCode::get_threshold, "get_threshold", kAnywhere, {}, "gc.get_threshold()"),
    make(OpCode::get_count, "get_count", kAnywhere, {}, "gc.get_count()"),
    make(OpCode::set_debug, "set_debug", kAnywhere, {flags}, "gc.set_debug(flags)"),
    make(OpCode::get_debug, "get_debug", kAnywhere, {}, "gc.get_debug()"),
    make(OpCode::garbage, "garbage", kAnywhere, {}, "read gc.garbage"),
    make(OpCode::clear_garbage, "clear_garbage", kAnywhere, {}, "del gc.garbage[:]"),
    make(OpCode::take_garbage, "take_garbage", kAnywhere, {target, index}, "bind gc.garbage.pop(index)"),
    make(OpCode::get_objects, "get_objects", kAnywhere, {generation_opt}, "gc.get_objects()"),
    make(OpCode::get_referrers, "get_referrers", kAnywhere, {a}, "gc.get_referrers(object)"),
    make(OpCode::get_referents, "get_referents", kAnywhere, {a}, "gc.get_referents(object)"),
    make(OpCode::is_tracked, "is_tracked", kAnywhere, {a}, "gc.is_tracked(object)"),
    make(OpCode::is_finalized, "is_finalized", kAnywhere, {a}, "gc.is_finalized(object)"),
    make(OpCode::freeze, "freeze", kAnywhere, {}, "gc.freeze()"),
    make(OpCode::unfreeze, "unfreeze", kAnywhere, {}, "gc.unfreeze()"),
    make(OpCode::get_freeze_count, "get_freeze_count", kAnywhere, {}, "gc.get_freeze_count()"),
    make(OpCode::callbacks, "callbacks", kAnywhere, {on_off}, "register or remove a gc callback that logs"),
    make(OpCode::get_stats, "get_stats", kAnywhere, {}, "gc.get_stats()"),
    make(OpCode::refcount, "refcount", kAnywhere, {a}, "the reference count of an object"),
    make(OpCode::same, "same", kAnywhere, {a, b}, "identity of two objects"),
    make(OpCode::shutdown, "shutdown", kTraceOnly, {}, "end of the program"),
    make(OpCode::raise, "raise", Place::script_only, {}, "raise an exception and leave the script"),
    make(OpCode::fail, "fail", kAnywhere, {size}, "let the n-th allocation of a container from here fail"),
    make(OpCode::tuple, "tuple", kAnywhere, {target, a}, "make a tuple of what a container holds"),
    make(OpCode::integer, "int", kAnywhere, {target, integer}, "bind a variable to an integer constant"),
    make(OpCode::string, "str", kAnywhere, {target, text}, "bind a variable to a string constant"),
    make(OpCode::add, "add", kAnywhere, {target, a, b}, "add two integers, or join two strings"),
    make(OpCode::intern, "intern", kAnywhere, {target, a}, "sys.intern(string)"),
    make(OpCode::id, "id", kAnywhere, {a}, "which object it is: id(object)"),
    make(OpCode::weakmap, "weakmap", kAnywhere, {target}, "make a map of ephemerons"),
    make(OpCode::mapset, "mapset", kAnywhere, {a, b, c}, "map an object to another one, as long as it lives"),
    make(OpCode::mapget, "mapget", kAnywhere, {target, a, b}, "bind a variable to what an object is mapped to"),
    make(OpCode::hold, "hold", kAnywhere, {a, size}, "take so many references more to an object"),
    make(OpCode::unhold, "unhold", kAnywhere, {a, size}, "give up so many of them"),
    make(OpCode::fill, "fill", kAnywhere, {a, b, size}, "append so many references to one object to a container"),
    make(OpCode::weakrefs, "weakrefs", kAnywhere, {target, a, size},
         "make weak references with callbacks into a container"),
    make(OpCode::watch, "watch", kAnywhere, {a, watcher}, "register an object in gc.callbacks"),
    make(OpCode::unwatch, "unwatch", kAnywhere, {a}, "remove an object from gc.callbacks"),
    make(OpCode::method, "method", kAnywhere, {target, a, b}, "bind a function to an object"),
    make(OpCode::traceback, "traceback", kAnywhere, {target, a, b}, "make a traceback in front of another one"),
    make(OpCode::close, "close", kAnywhere, {a}, "close a generator"),
    make(OpCode::setitem, "setitem", kAnywhere, {a, b, c}, "map an object to another one in a dict"),
    make(OpCode::delitem, "delitem", kAnywhere, {a, b}, "delete an object's entry in a dict"),
    make(OpCode::resume, "resume", kAnywhere, {a}, "run a generator to its end"),
}};

consteval bool in_code_order() {
  for (std::size_t i = 0; i < kTable.size(); ++i) {
    if (static_cast<std::size_t>(kTable[i].code) != i) return false;
  }
  return true;
}
static_assert(in_code_order(), "info() indexes the table by code");

constexpr std::array<ReservedOperation, 7> kReserved{{
    {66, "entries"},
    {67, "churn"},
    {68, "member"},
    {69, "hook"},
    {70, "class"},
    {71, "module"},
    {72, "atexit"},
}};
static_assert(kReserved.front().code == kOpCodes, "reserved codes follow those in use");

constexpr std::array<std::string_view, kObjectKinds> kKindWords{"node",  "instance",  "classic", "opaque",
                                                                "list",  "dict",      "custom",  "cell",
                                                                "frame", "generator", "set",     "coroutine"};

}  // namespace

const OperationInfo& info(OpCode code) { return kTable[static_cast<std::size_t>(code)]; }

std::span<const OperationInfo> all_operations() { return kTable; }

std::span<const ReservedOperation> reserved_operations() { return kReserved; }

std::optional<OpCode> find_operation(std::string_view word) {
  const auto* found = std::find_if(kTable.begin(), kTable.end(), [&](const auto& row) { return row.word == word; });
  if (found == kTable.end()) return std::nullopt;
  return found->code;
}

std::string_view to_string(FinalizerKind kind) {
  constexpr std::array<std::string_view, kFinalizerKinds> kWords{"", "del", "legacy", "both"};
  return kWords[static_cast<std::size_t>(kind)];
}

std::string_view to_string(ObjectKind kind) { return kKindWords[static_cast<std::size_t>(kind)]; }

std::optional<ObjectKind> find_object_kind(std::string_view word) {
  const auto* found = std::find(kKindWords.begin(), kKindWords.end(), word);
  if (found == kKindWords.end()) return std::nullopt;
  return static_cast<ObjectKind>(found - kKindWords.begin());
}

}  // namespace cyclecheck
