// The plain object graph that a trace builds: objects, what they refer to, and the variables that hold them.
//
// It knows nothing of collections: an object is there until the judge is told that it died. Not thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "trace/event.hpp"
#include "trace/trace.hpp"

namespace cyclecheck {

// An index into the objects of a graph, in the order of their creation.
using ObjectIndex = std::uint32_t;
inline constexpr ObjectIndex kNoObject = 0xFFFFFFFF;

struct GraphNode {
  enum class Kind : std::uint8_t { node, instance, opaque, list, dict, tuple, weak, map };

  Label label;
  Kind kind = Kind::node;
  bool has_finalizer = false;
  bool dead = false;
  ScriptId script = kNoScript;
  // References to it from variables, scopes and what is held; and those from objects that are not dead.
  std::uint32_t holders = 0;
  std::uint32_t referrers = 0;
  // Rows (node, opaque, list, tuple) have as many slots as they need, the others sixteen, empty or not.
  std::vector<ObjectIndex> slots;

  // Whether something was ever put into a slot.
  bool was_filled = false;

  // Of a weak reference.
  ObjectIndex referent = kNoObject;
  bool is_proxy = false;
  bool has_callback = false;
  // Weak references to this object that have a callback.
  std::vector<ObjectIndex> watchers;

  // Of a map of ephemerons: keys that are not dead, and what they are mapped to. An entry refers to its value.
  std::vector<std::pair<ObjectIndex, ObjectIndex>> entries;
  // The maps that have it as a key.
  std::vector<ObjectIndex> maps;

  // What happened to it. Moments are the judge's; 0: never.
  std::uint32_t finalizers_run = 0;
  std::uint32_t callbacks_run = 0;
  bool script_ran = false;
  bool answered_nothing = false;
  std::uint64_t made_in_script = 0;
  std::uint64_t died_at = 0;
  std::uint64_t unreachable_at = 0;
  // Since when it is; 0: it is reachable.
  std::uint64_t lost_at = 0;
  // Full collections in a row through which it was unreachable.
  std::uint32_t collections = 0;

  [[nodiscard]] bool has_attributes() const { return kind == Kind::instance || kind == Kind::dict; }
  [[nodiscard]] bool is_weakly_referable() const { return kind == Kind::node || kind == Kind::instance; }
  // Whether a trace can change its slots.
  [[nodiscard]] bool can_change() const { return kind != Kind::tuple && kind != Kind::weak && kind != Kind::map; }
  [[nodiscard]] bool is_referred_to() const { return holders + referrers > 0; }
};

class ObjectGraph {
 public:
  // An empty graph, for a trace, which has to outlive it.
  void start(const Trace& trace);

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] GraphNode& operator[](ObjectIndex index) { return objects_[index]; }
  [[nodiscard]] const GraphNode& operator[](ObjectIndex index) const { return objects_[index]; }
  // Those that are not dead, in no order.
  [[nodiscard]] const std::vector<ObjectIndex>& living() const { return living_; }
  [[nodiscard]] ObjectIndex with_label(const Label& label) const;
  // The label that the next object under a name gets.
  [[nodiscard]] Label next_label(Name name) const;
  ObjectIndex make(Name name, GraphNode::Kind kind);
  // It refers to nothing any more.
  void die(ObjectIndex index);

  // Rules N2 and N3. `self` is kNoObject outside of scripts.
  [[nodiscard]] ObjectIndex find(const Operand& operand, ObjectIndex self, bool in_script) const;
  [[nodiscard]] ObjectIndex look_up(Name name, bool in_script) const;
  // kNoObject: the name is unbound where it would be bound.
  void bind(Name name, ObjectIndex value, bool in_script);
  void bind_globally(Name name, ObjectIndex value);
  void drop(Name name, bool in_script);

  // Rule N7.
  void append(ObjectIndex object, ObjectIndex value);
  void remove(ObjectIndex object, ObjectIndex value);
  void store(ObjectIndex object, std::size_t slot, ObjectIndex value);
  void erase(ObjectIndex object, std::size_t slot);
  void clear(ObjectIndex object);

  // Rule N17. REQUIRES: `map` is one
  void map_to(ObjectIndex map, ObjectIndex key, ObjectIndex value);
  // kNoObject: nothing.
  [[nodiscard]] ObjectIndex mapped(ObjectIndex map, ObjectIndex key) const;

  // Rule N9. `leave` answers what the scope held, in the order of release; each is held until it is released.
  void enter(ObjectIndex a, ObjectIndex b);
  [[nodiscard]] std::vector<ObjectIndex> leave();
  [[nodiscard]] std::size_t scopes() const { return scopes_.size(); }
  // The names of global variables in the order in which they were first bound.
  [[nodiscard]] const std::vector<Name>& bound() const { return bound_; }
  [[nodiscard]] ObjectIndex global(Name name) const { return globals_[name.value].value; }

  void hold(ObjectIndex index);
  void release(ObjectIndex index);

  // Rule R2: whether variables, scopes or what is held reach it. An entry of a map reaches its value if both the map
  // and the key are reachable.
  [[nodiscard]] bool is_reachable(ObjectIndex index);
  // Every object that is not dead and not reachable gets `moment` as its unreachable_at, and as its lost_at if it was
  // not lost before.
  void note_unreachable(std::uint64_t moment);
  // What `from` reaches, itself included, over objects that are not dead.
  [[nodiscard]] std::vector<bool> reached_from(const std::vector<ObjectIndex>& from) const;
  // "the variable x holds x, whose slot 0 holds y": a shortest chain. REQUIRES: is_reachable(index)
  [[nodiscard]] std::string chain_to(ObjectIndex index) const;
  // Objects whose last reference went since the last call, perhaps more than once; some may have new ones.
  [[nodiscard]] std::vector<ObjectIndex> take_unreferenced() { return std::exchange(unreferenced_, {}); }

 private:
  struct Variable {
    ObjectIndex value = kNoObject;
    bool was_bound = false;
    // The objects created under the name.
    std::vector<ObjectIndex> created;
  };
  struct Scope {
    std::array<ObjectIndex, 2> arguments{kNoObject, kNoObject};
    std::vector<std::pair<Name, ObjectIndex>> locals;
  };

  void refer(ObjectIndex to) { ++objects_[to].referrers; }
  void unrefer(ObjectIndex to);
  void find_reachable();
  void blacken();
  [[nodiscard]] std::string describe_root(ObjectIndex index) const;

  const Trace* trace_ = nullptr;
  std::vector<GraphNode> objects_;
  std::size_t size_ = 0;
  std::vector<ObjectIndex> living_;
  // By object: its place in living_.
  std::vector<std::uint32_t> place_;
  std::vector<Variable> globals_;
  std::vector<Name> bound_;
  std::vector<Scope> scopes_;
  std::vector<ObjectIndex> unreferenced_;
  // By object: the last traversal that reached it. A death changes nothing for the others.
  std::vector<std::uint32_t> reached_;
  std::uint32_t traversal_ = 0;
  bool is_traversed_ = false;
  std::vector<ObjectIndex> grey_;
};

}  // namespace cyclecheck
