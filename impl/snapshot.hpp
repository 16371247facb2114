// All that a heap holds at one moment, and who holds it: to be looked at, and to be written for Graphviz or for the
// memory page of Chrome's DevTools.
//
// Taking one makes no object, takes nothing of the heap's memory and changes nothing. It may be taken wherever the heap
// may be looked at: also by Type::released, gc callbacks and finalizers. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "impl/named_root.hpp"
#include "impl/object_id.hpp"

namespace cyclegc {

class Heap;

// How the embedder calls things; every member may be empty. The functions may look at the heap, not change it; what
// they throw take_snapshot throws.
struct SnapshotNames {
  // Stands behind the name of the object's type.
  std::function<std::string(ObjectId)> text;
  // What the owner calls its reference with this number: a slot, an attribute, a key, or a member in the order of
  // `traverse`, where those that are unset do not count. Empty: the number is shown.
  std::function<std::string(ObjectId owner, std::uint32_t number)> reference;
  // Bytes that the object owns outside of the heap.
  std::function<std::size_t(ObjectId)> external_bytes;
  // What holds objects by handles. Handles that are none of these variables are shown as such.
  std::vector<NamedRoot> roots;
  // Of all objects: what Runtime::add_external was told.
  std::size_t all_external_bytes = 0;
};

struct Snapshot {
  static constexpr std::uint32_t kNothing = ~std::uint32_t{0};

  enum class NodeKind : std::uint8_t {
    start,     // the first node, which leads to all roots
    handles,   // Handle and Ref, which the heap cannot tell apart, and holds that a program in C has
    named,     // a NamedRoot
    frozen,    // gc.freeze(): no collection looks at them
    garbage,   // gc.garbage
    dying,     // references that were taken out of objects which die, and what waits for Heap::release_some
    unseen,    // references that nothing shows: members that traverse leaves out, without CustomOperations::payload
    external,  // all_external_bytes
    object,
  };
  struct Node {
    NodeKind kind = NodeKind::object;
    // Of an object.
    ObjectId object;
    std::uint32_t references = 0;
    // Index into `strings`.
    std::uint32_t name = 0;
    // In `edges`, behind those of the nodes before it.
    std::uint32_t edges = 0;
    // The heap's own memory for it, and external bytes.
    std::size_t bytes = 0;
  };
  enum class EdgeKind : std::uint8_t {
    numbered,  // `name` is a number
    named,
    hidden,  // a reference that the collector does not see
    weak,    // a weak reference's referent, which it does not hold
  };
  struct Edge {
    EdgeKind kind = EdgeKind::numbered;
    // Index into `strings`, unless it is a number.
    std::uint32_t name = 0;
    // Index into `nodes`.
    std::uint32_t to = 0;
  };

  // The start, roots, then all objects in the order of their numbers.
  std::vector<Node> nodes;
  std::vector<Edge> edges;
  std::vector<std::string> strings;

  // kNothing: it is none of them. O(log nodes).
  [[nodiscard]] std::uint32_t find(ObjectId object) const;
};

// std::bad_alloc; std::length_error: more than 2^32 - 1 edges. O(objects and references).
[[nodiscard]] Snapshot take_snapshot(const Heap& heap, const SnapshotNames& names = {});

// Is given a text piece by piece. What it throws ends the writing.
using SnapshotSink = std::function<void(std::string_view)>;

// A graph for Graphviz: roots are ellipses, what the collector does not see is dotted, weak references are dashed.
void write_dot(const Snapshot& snapshot, const SnapshotSink& sink);
// What Chrome's DevTools load as a `.heapsnapshot`: JSON, in which bytes that are no UTF-8 are replaced. The number of
// an object is twice its index and one: a later object may have it again.
void write_heapsnapshot(const Snapshot& snapshot, const SnapshotSink& sink);

}  // namespace cyclegc
