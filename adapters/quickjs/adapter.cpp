// QuickJS (Debian's libquickjs). Nodes, opaque objects and tuples keep their slots in C, with or without a gc_mark;
// instances keep them in properties, lists in an Array, dicts in a Map; maps of ephemerons are WeakMaps. A weak
// reference is an object that holds a WeakRef and, if it has a callback, a FinalizationRegistry. A death is seen by the
// finalizer of the class.
#include <initializer_list>

#include "../kit/kit.hpp"

extern "C" {
#include <quickjs/quickjs.h>
}

namespace {

struct Cell {
  kit::Object* object;
  std::vector<kit::Object*> slots;
};

class QuickJS : public kit::Backend {
 public:
  QuickJS() { one_ = this; }

  void begin() override {
    runtime_ = JS_NewRuntime();
    // Collections come when they are asked for.
    JS_SetGCThreshold(runtime_, static_cast<std::size_t>(-1));
    define("Shown", shown_, mark);
    define("Opaque", opaque_, nullptr);
    context_ = JS_NewContextRaw(runtime_);
    JS_AddIntrinsicBaseObjects(context_);
    JS_AddIntrinsicMapSet(context_);
    JS_AddIntrinsicWeakRef(context_);
    JS_SetClassProto(context_, shown_, JS_NewObject(context_));
    JS_SetClassProto(context_, opaque_, JS_NewObject(context_));
    const JSValue global = JS_GetGlobalObject(context_);
    map_ = JS_GetPropertyStr(context_, global, "Map");
    weak_map_ = JS_GetPropertyStr(context_, global, "WeakMap");
    weak_ref_ = JS_GetPropertyStr(context_, global, "WeakRef");
    registry_ = JS_GetPropertyStr(context_, global, "FinalizationRegistry");
    JS_FreeValue(context_, global);
  }
  // What is left is left: opaque objects in cycles with their runtime.
  void end() override {
    settle();
    for (const JSValue value : {map_, weak_map_, weak_ref_, registry_}) JS_FreeValue(context_, value);
    JS_RunGC(runtime_);
    for (Cell& cell : cells_) {
      if (cell.object == nullptr || cell.object->kind != kit::Object::opaque) continue;
      hold(cell.object);
      for (kit::Object* const to : std::exchange(cell.slots, {})) release(to);
      release(cell.object);
    }
    JS_RunGC(runtime_);
    JS_FreeContext(context_);
    JS_FreeRuntime(runtime_);
    cells_.clear();
  }

  void create(kit::Object* object) override {
    cells_.push_back({object, {}});
    const JSValue value =
        JS_NewObjectClass(context_, static_cast<int>(object->kind == kit::Object::opaque ? opaque_ : shown_));
    JS_SetOpaque(value, &cells_.back());
    object->native = JS_VALUE_GET_PTR(value);
    if (object->kind == kit::Object::list) give(value, "items", JS_NewArray(context_));
    if (object->kind == kit::Object::dict) give(value, "items", JS_CallConstructor(context_, map_, 0, nullptr));
    if (object->kind == kit::Object::map) give(value, "items", JS_CallConstructor(context_, weak_map_, 0, nullptr));
    if (object->kind == kit::Object::weak) refer(object, value);
  }
  kit::Object* answer(kit::Object* weak) override {
    const JSValue reference = JS_GetPropertyStr(context_, at(weak), "reference");
    const JSValue found = call(reference, "deref", {});
    JS_FreeValue(context_, reference);
    return object_of(found);
  }
  void hold(kit::Object* object) override { JS_DupValue(context_, at(object)); }
  void release(kit::Object* object) override { JS_FreeValue(context_, at(object)); }

  std::size_t size(kit::Object* object) override {
    if (object->has_attributes()) return 16;
    if (object->kind != kit::Object::list) return cell(object).slots.size();
    const JSValue length = JS_GetPropertyStr(context_, items(object), "length");
    std::int64_t size = 0;
    JS_ToInt64(context_, &size, length);
    return static_cast<std::size_t>(size);
  }
  kit::Object* get(kit::Object* object, std::size_t slot) override {
    const auto index = static_cast<std::uint32_t>(slot);
    JSValue value;
    if (object->kind == kit::Object::instance) {
      value = JS_GetPropertyStr(context_, at(object), attribute(slot).c_str());
    } else if (object->kind == kit::Object::list) {
      value = JS_GetPropertyUint32(context_, items(object), index);
    } else if (object->kind == kit::Object::dict) {
      value = call(items(object), "get", {JS_NewUint32(context_, index)});
    } else {
      return cell(object).slots[slot];
    }
    kit::Object* const found = object_of(value);
    JS_FreeValue(context_, value);
    return found;
  }
  void push(kit::Object* object, kit::Object* value) override {
    if (object->kind == kit::Object::list) return set(object, size(object), value);
    hold(value);
    cell(object).slots.push_back(value);
  }
  void set(kit::Object* object, std::size_t slot, kit::Object* value) override {
    const auto index = static_cast<std::uint32_t>(slot);
    if (object->kind == kit::Object::instance) {
      const std::string name = attribute(slot);
      if (value != nullptr) {
        JS_SetPropertyStr(context_, at(object), name.c_str(), JS_DupValue(context_, at(value)));
      } else {
        const JSAtom atom = JS_NewAtom(context_, name.c_str());
        JS_DeleteProperty(context_, at(object), atom, 0);
        JS_FreeAtom(context_, atom);
      }
    } else if (object->kind == kit::Object::list) {
      JS_SetPropertyUint32(context_, items(object), index, JS_DupValue(context_, at(value)));
    } else if (object->kind == kit::Object::dict) {
      const JSValue key = JS_NewUint32(context_, index);
      JS_FreeValue(context_, value != nullptr ? call(items(object), "set", {key, at(value)})
                                              : call(items(object), "delete", {key}));
    } else {
      hold(value);
      release(std::exchange(cell(object).slots[slot], value));
    }
  }
  void erase(kit::Object* object, std::size_t slot) override {
    if (object->kind != kit::Object::list) {
      auto& slots = cell(object).slots;
      kit::Object* const old = slots[slot];
      slots.erase(slots.begin() + static_cast<std::ptrdiff_t>(slot));
      return release(old);
    }
    const JSValue removed = call(items(object), "splice",
                                 {JS_NewUint32(context_, static_cast<std::uint32_t>(slot)), JS_NewUint32(context_, 1)});
    JS_FreeValue(context_, removed);
  }
  void map_to(kit::Object* map, kit::Object* key, kit::Object* value) override {
    JS_FreeValue(context_, call(items(map), "set", {at(key), at(value)}));
  }
  kit::Object* mapped(kit::Object* map, kit::Object* key) override {
    const JSValue value = call(items(map), "get", {at(key)});
    kit::Object* const found = object_of(value);
    JS_FreeValue(context_, value);
    return found;
  }
  void collect(int) override { JS_RunGC(runtime_); }
  void settle() override {
    JSContext* context = nullptr;
    while (JS_ExecutePendingJob(runtime_, &context) > 0) {
    }
  }

 private:
  static JSValue at(kit::Object* object) { return JS_MKPTR(JS_TAG_OBJECT, object->native); }
  static Cell* cell_of(JSValueConst value) {
    JSClassID ignored;
    return JS_IsObject(value) ? static_cast<Cell*>(JS_GetAnyOpaque(value, &ignored)) : nullptr;
  }
  static Cell& cell(kit::Object* object) { return *cell_of(at(object)); }
  static kit::Object* object_of(JSValueConst value) {
    Cell* const found = cell_of(value);
    return found == nullptr ? nullptr : found->object;
  }
  static std::string attribute(std::size_t slot) { return "a" + std::to_string(slot); }

  void define(const char* name, JSClassID& id, JSClassGCMark* marker) {
    JS_NewClassID(&id);
    JSClassDef definition{};
    definition.class_name = name;
    definition.finalizer = finalize;
    definition.gc_mark = marker;
    JS_NewClass(runtime_, id, &definition);
  }
  void give(JSValue object, const char* name, JSValue value) {
    JS_DefinePropertyValueStr(context_, object, name, value, JS_PROP_C_W_E);
  }
  // The Array or Map of a list or dict, which holds it.
  JSValue items(kit::Object* object) {
    const JSValue value = JS_GetPropertyStr(context_, at(object), "items");
    JS_FreeValue(context_, value);
    return value;
  }
  JSValue call(JSValueConst self, const char* method, std::initializer_list<JSValue> arguments) {
    std::vector<JSValue> values(arguments);
    const JSValue function = JS_GetPropertyStr(context_, self, method);
    const JSValue answer = JS_Call(context_, function, self, static_cast<int>(values.size()), values.data());
    JS_FreeValue(context_, function);
    if (JS_IsException(answer)) throw std::runtime_error(std::string("an exception in ") + method);
    return answer;
  }

  void refer(kit::Object* weak, JSValue value) {
    JSValue referent = at(weak->referent);
    give(value, "reference", JS_CallConstructor(context_, weak_ref_, 1, &referent));
    if (!weak->has_callback) return;
    JSValue data = JS_NewInt64(context_, static_cast<std::int64_t>(reinterpret_cast<std::intptr_t>(weak)));
    JSValue function = JS_NewCFunctionData(context_, callback, 1, 0, 1, &data);
    const JSValue registry = JS_CallConstructor(context_, registry_, 1, &function);
    JS_FreeValue(context_, function);
    JS_FreeValue(context_, call(registry, "register", {referent, JS_UNDEFINED}));
    give(value, "registry", registry);
  }

  static void finalize(JSRuntime* runtime, JSValue value) {
    Cell* const gone = cell_of(value);
    if (gone == nullptr) return;
    one_->machine->died(std::exchange(gone->object, nullptr));
    const std::vector<kit::Object*> slots = std::exchange(gone->slots, {});
    for (auto to = slots.rbegin(); to != slots.rend(); ++to) JS_FreeValueRT(runtime, at(*to));
  }
  static void mark(JSRuntime* runtime, JSValueConst value, JS_MarkFunc* marker) {
    Cell* const found = cell_of(value);
    if (found == nullptr) return;
    for (kit::Object* const to : found->slots) JS_MarkValue(runtime, at(to), marker);
  }
  static JSValue callback(JSContext* context, JSValueConst, int, JSValueConst*, int, JSValue* data) {
    std::int64_t number = 0;
    JS_ToInt64(context, &number, data[0]);
    kit::Object* const weak = reinterpret_cast<kit::Object*>(static_cast<std::intptr_t>(number));
    if (weak->dead) return JS_UNDEFINED;
    one_->hold(weak);
    one_->machine->callback(weak);
    one_->release(weak);
    return JS_UNDEFINED;
  }

  static inline QuickJS* one_ = nullptr;
  static inline JSClassID shown_ = 0, opaque_ = 0;
  JSRuntime* runtime_ = nullptr;
  JSContext* context_ = nullptr;
  JSValue map_, weak_map_, weak_ref_, registry_;
  std::deque<Cell> cells_;
};

}  // namespace

CYCLECHECK_SUBJECT(QuickJS, "quickjs", "libquickjs",
                   "counts=prompt collections=1 finalizers=never weakrefs=death callbacks=after left=opaque "
                   "ephemerons=collected",
                   "")
