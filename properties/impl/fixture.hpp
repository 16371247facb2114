// A heap whose objects have short names and write down what happens to them.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "impl/gc_module.hpp"
#include "impl/heap.hpp"
#include "impl/ref.hpp"

namespace cyclegc {

class World {
 public:
  using Action = std::function<void(ObjectId self)>;

  explicit World(const Semantics& semantics = {})
      : heap(semantics, hooks()), gc(heap), plain(define("node", Layout::node, {}, {})) {
    const auto finalizer = [this](Heap&, ObjectId self) { enter("del ", self); };
    del = define("node", Layout::node, finalizer, {});
    legacy = define("node", Layout::node, {}, finalizer);
    instance = define("instance", Layout::instance, {}, {});
    instance_del = define("instance", Layout::instance, finalizer, {});
    classic = define("classic", Layout::classic, {}, {});
    opaque = define("opaque", Layout::opaque, {}, {});
  }
  ~World() { EXPECT_EQ(heap.verify(Grade::whole_heap).value_or(""), ""); }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // The name, a single letter, is the object's tag.
  Handle make(TypeId type, char name) { return heap.create(type, static_cast<unsigned char>(name)); }
  Handle make(char name) { return make(plain, name); }
  // A finalizer or callback of this name does this, every time.
  void on(char name, Action action) { actions_[name] = std::move(action); }

  Handle weak(const Handle& referent, char name, WeakKind kind = WeakKind::reference) {
    auto callback = [this](Heap&, ObjectId self) { enter("cb ", self); };
    return heap.create_weak(kind, referent.get(), callback, static_cast<unsigned char>(name)).handle;
  }
  Handle weak_without_callback(const Handle& referent, char name, WeakKind kind = WeakKind::reference) {
    return heap.create_weak(kind, referent.get(), {}, static_cast<unsigned char>(name)).handle;
  }
  void link(const Handle& from, const Handle& to) { ASSERT_TRUE(heap.append(from.get(), to.get())); }

  [[nodiscard]] char name(ObjectId id) const { return static_cast<char>(heap.tag(id)); }
  [[nodiscard]] std::string names(const std::vector<ObjectId>& ids) const {
    std::string text;
    for (const ObjectId id : ids) text += name(id);
    return text;
  }
  [[nodiscard]] std::string names(int generation) const { return names(gc.get_objects(generation)); }
  // What happened since the last call: "del a, died a".
  std::string happened() { return std::exchange(log_, {}); }
  void note(const std::string& text) { log_ += (log_.empty() ? "" : ", ") + text; }

  std::vector<DebugLine> debug_lines;
  std::size_t unraisable = 0;
  std::vector<int> collections;

  Heap heap;
  GcModule gc;
  TypeId plain;
  TypeId del;
  TypeId legacy;
  TypeId instance;
  TypeId instance_del;
  TypeId classic;
  TypeId opaque;

 private:
  Hooks hooks() {
    Hooks hooks;
    hooks.debug = [this](const DebugLine& line) { debug_lines.push_back(line); };
    hooks.collection_began = [this](int generation) { collections.push_back(generation); };
    hooks.unraisable = [this](ObjectId, const std::exception_ptr&) { ++unraisable; };
    return hooks;
  }

  TypeId define(const char* name, Layout layout, Type::Hook finalize, Type::Hook legacy_finalize) {
    Type type;
    type.name = name;
    type.layout = layout;
    type.finalize = std::move(finalize);
    type.legacy_finalize = std::move(legacy_finalize);
    type.released = [this](Heap&, ObjectId id) { note(std::string("died ") + this->name(id)); };
    return heap.define(std::move(type));
  }

  void enter(const char* what, ObjectId self) {
    note(std::string(what) + name(self));
    const auto action = actions_.find(name(self));
    if (action != actions_.end()) action->second(self);
  }

  std::map<char, Action> actions_;
  std::string log_;
};

}  // namespace cyclegc
