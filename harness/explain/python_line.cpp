#include "harness/explain/python_line.hpp"

#include <fmt/format.h>

#include "trace/text.hpp"

namespace cyclecheck {
namespace {

std::string name_of(const Operand& operand, const Trace& trace) {
  std::string text = operand.kind == Operand::Kind::self ? "self" : spelling(trace, operand.name);
  if (operand.slot != Operand::kWhole) text += fmt::format("[{}]", operand.slot);
  return text;
}

std::string class_of(const Operation& operation) {
  switch (operation.kind) {
    case ObjectKind::node:
      return "Node";
    case ObjectKind::instance:
      return "Instance";
    case ObjectKind::classic:
      return "OldStyle";
    case ObjectKind::opaque:
      return "Opaque";
    case ObjectKind::list:
      return "list";
    case ObjectKind::dict:
      return "dict";
    case ObjectKind::cell:
      return "types.CellType";
    case ObjectKind::frame:
      return "ended_function";
    case ObjectKind::set:
      return "set";
    case ObjectKind::generator:
      return "suspended_generator";
    case ObjectKind::coroutine:
      return "suspended_coroutine";
    case ObjectKind::custom:
      break;
  }
  return "Custom";
}

}  // namespace

std::string python_line(const Operation& operation, const Trace& trace) {
  const auto x = [&] { return spelling(trace, operation.target); };
  const auto a = [&] { return name_of(operation.a, trace); };
  const auto b = [&] { return name_of(operation.b, trace); };
  const auto& n = operation.number;
  const auto weak = [&](const char* make) {
    std::string callback;
    if (operation.b.kind != Operand::Kind::none) {
      callback = ", " + b();
    } else if (operation.script != kNoScript) {
      callback = fmt::format(", {}_callback", x());
    }
    return fmt::format("{} = {}({}{})", x(), make, a(), callback);
  };
  switch (operation.code) {
    case OpCode::create: {
      const char* finalizer = operation.finalizer == FinalizerKind::none     ? ""
                              : operation.finalizer == FinalizerKind::del    ? "  # has a __del__"
                              : operation.finalizer == FinalizerKind::legacy ? "  # has a tp_del"
                                                                             : "  # has a __del__ and a tp_del";
      return fmt::format("{} = {}(){}", x(), class_of(operation), finalizer);
    }
    case OpCode::bulk:
      return fmt::format("{}.extend(Node() for _ in range({}))", x(), n[0]);
    case OpCode::let:
      return fmt::format("{} = {}", x(), a());
    case OpCode::root:
      return fmt::format("{} = {}", a(), a());
    case OpCode::drop:
      return fmt::format("del {}", x());
    case OpCode::append:
      return fmt::format("{}.append({})", a(), b());
    case OpCode::remove:
      return fmt::format("{}.remove({})", a(), b());
    case OpCode::store:
      return fmt::format("{}[{}] = {}", a(), n[0], b());
    case OpCode::erase:
      return fmt::format("del {}[{}]", a(), n[0]);
    case OpCode::clear:
      return fmt::format("{}.clear()", a());
    case OpCode::call:
      return fmt::format("f({}, {})", a(), b());
    case OpCode::ret:
      return "return";
    case OpCode::weakref:
      return weak("weakref.ref");
    case OpCode::subref:
      return weak("WeakSubclass");
    case OpCode::proxy:
      return weak("weakref.proxy");
    case OpCode::deref:
      return fmt::format("{} = {}()", x(), a());
    case OpCode::use:
      return fmt::format("len({})", a());
    case OpCode::collect:
      return fmt::format("gc.collect({})", n[0]);
    case OpCode::enable:
      return "gc.enable()";
    case OpCode::disable:
      return "gc.disable()";
    case OpCode::isenabled:
      return "gc.isenabled()";
    case OpCode::set_threshold: {
      std::string numbers;
      for (std::size_t i = 0; i < operation.count; ++i) numbers += fmt::format("{}{}", i == 0 ? "" : ", ", n[i]);
      return fmt::format("gc.set_threshold({})", numbers);
    }
    case OpCode::get_threshold:
      return "gc.get_threshold()";
    case OpCode::get_count:
      return "gc.get_count()";
    case OpCode::set_debug:
      return fmt::format("gc.set_debug({})", n[0]);
    case OpCode::get_debug:
      return "gc.get_debug()";
    case OpCode::garbage:
      return "gc.garbage";
    case OpCode::clear_garbage:
      return "del gc.garbage[:]";
    case OpCode::take_garbage:
      return fmt::format("{} = gc.garbage.pop({})", x(), n[0]);
    case OpCode::get_objects:
      return operation.count == 0 ? "gc.get_objects()" : fmt::format("gc.get_objects(generation={})", n[0]);
    case OpCode::get_referrers:
      return fmt::format("gc.get_referrers({})", a());
    case OpCode::get_referents:
      return fmt::format("gc.get_referents({})", a());
    case OpCode::is_tracked:
      return fmt::format("gc.is_tracked({})", a());
    case OpCode::is_finalized:
      return fmt::format("gc.is_finalized({})", a());
    case OpCode::freeze:
      return "gc.freeze()";
    case OpCode::unfreeze:
      return "gc.unfreeze()";
    case OpCode::get_freeze_count:
      return "gc.get_freeze_count()";
    case OpCode::callbacks:
      return n[0] != 0 ? "gc.callbacks.append(callback)" : "gc.callbacks.remove(callback)";
    case OpCode::watch:
      return fmt::format("gc.callbacks.append({}.{})", a(), n[0] != 0 ? "at_stop" : "at_start");
    case OpCode::unwatch:
      return fmt::format("gc.callbacks.remove({}.callback)", a());
    case OpCode::get_stats:
      return "gc.get_stats()";
    case OpCode::refcount:
      return fmt::format("sys.getrefcount({})", a());
    case OpCode::same:
      return fmt::format("{} is {}", a(), b());
    case OpCode::shutdown:
      return "sys.exit()";
    case OpCode::raise:
      return "raise RuntimeError";
    case OpCode::tuple:
      return fmt::format("{} = tuple({})", x(), a());
    case OpCode::method:
      return fmt::format("{} = types.MethodType({}, {})", x(), a(), b());
    case OpCode::traceback:
      return fmt::format("{} = types.TracebackType({}, {}, 0, 1)", x(), a(), b());
    case OpCode::setitem:
      return fmt::format("{}[{}] = {}", a(), b(), name_of(operation.c, trace));
    case OpCode::delitem:
      return fmt::format("del {}[{}]", a(), b());
    case OpCode::close:
      return fmt::format("{}.close()", a());
    case OpCode::resume:
      return fmt::format("next({}, None)", a());
    case OpCode::integer:
      return fmt::format("{} = {}", x(), n[0]);
    case OpCode::string:
      return fmt::format("{} = \"{}\"", x(), operation.text);
    case OpCode::add:
      return fmt::format("{} = {} + {}", x(), a(), b());
    case OpCode::intern:
      return fmt::format("{} = sys.intern({})", x(), a());
    case OpCode::id:
      return fmt::format("id({})", a());
    case OpCode::fill:
      return fmt::format("{}.extend([{}] * {})", a(), b(), n[0]);
    case OpCode::weakrefs:
      return fmt::format("{}.extend(WeakSubclass({}, callback) for _ in range({}))", x(), a(), n[0]);
    case OpCode::weakmap:
      return fmt::format("{} = weakref.WeakKeyDictionary()", x());
    case OpCode::mapset:
      return fmt::format("{}[{}] = {}", a(), b(), name_of(operation.c, trace));
    case OpCode::mapget:
      return fmt::format("{} = {}[{}]", x(), a(), b());
    case OpCode::safepoint:
    case OpCode::fail:
    case OpCode::hold:
    case OpCode::unhold:
      break;
  }
  return {};
}

}  // namespace cyclecheck
