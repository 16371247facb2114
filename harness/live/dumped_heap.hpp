// A dump as a heap of impl/, so that impl/objgraph answers about it.
//
// Roots are the modules, and the calls that ran. A root of the last resort, called "C code or a running call", refers
// to what has more references than all of these account for.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "harness/live/dump_file.hpp"
#include "impl/gc_module.hpp"
#include "impl/heap.hpp"
#include "impl/objgraph.hpp"

namespace cyclecheck {

// Not thread-safe.
class DumpedHeap {
 public:
  // O(objects and references).
  explicit DumpedHeap(HeapDump dump);
  DumpedHeap(const DumpedHeap&) = delete;
  DumpedHeap& operator=(const DumpedHeap&) = delete;

  [[nodiscard]] const HeapDump& dump() const { return dump_; }
  [[nodiscard]] cyclegc::Objgraph& objgraph() { return *objgraph_; }
  // "module app", "class app.Connection", "app.Connection#3": the third of its type in the dump.
  [[nodiscard]] std::string name_of(cyclegc::ObjectId id) const;
  // An object or a root by its name, an object by its address ("0x7f3a10"). O(objects).
  [[nodiscard]] std::optional<cyclegc::Objgraph::Node> find(std::string_view name) const;
  // What objgraph calls a type: its short name, or the whole one if several have the short one. Takes either; nothing
  // if no object has this type.
  [[nodiscard]] std::optional<std::string> type_named(std::string_view name) const;

 private:
  void make_objects();
  void make_references();
  void name_types();
  void make_roots();
  [[nodiscard]] cyclegc::Objgraph::Names names() const;
  [[nodiscard]] std::string label(cyclegc::ObjectId from, cyclegc::ObjectId to) const;

  HeapDump dump_;
  cyclegc::Heap heap_;
  std::optional<cyclegc::Objgraph> objgraph_;
  // By the object's number in the dump, and the way back.
  std::vector<cyclegc::ObjectId> ids_;
  std::vector<std::uint32_t> numbers_;
  // Of each object, the how many-th of its type it is, counted from 1.
  std::vector<std::uint32_t> ordinals_;
  // Of each type.
  std::vector<std::string> shown_;
  std::vector<cyclegc::NamedRoot> roots_;
  // Of objects with many references that were asked for a label: each label by what the reference leads to.
  mutable std::unordered_map<std::uint32_t, std::unordered_map<std::uint32_t, std::uint32_t>> labels_of_many_;
};

}  // namespace cyclecheck
