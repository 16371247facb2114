// Where the library's memory comes from.
//
// A heap asks for memory when objects, slots, weak references and callbacks are made, and never else: what deaths and
// collections may need is provided for every object when there is room for it (Heap::add_cells). So nothing but
// Heap::create, create_tuple, create_pair, create_custom, create_weak, append, store, store_member, clear and set_tag,
// GcModule::clear_garbage, add_callback and watch can fail for want of memory. They throw std::bad_alloc, and
// everything is then as it was before the call. Answers that are vectors are the standard library's, and types
// (Heap::define) are as well.
//
// Two things are promised less. The tuple that holds weak references whose referent dies is made at the death: without
// memory their callbacks are lost (M4, Hooks::callbacks_lost). So are the calls of watchers, for whom a dict is made at
// the start and the stop of each collection (X10).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace cyclegc {

// What memory is for: every place in the library that asks for some.
enum class Site : std::uint8_t {
  cells,           // objects
  held_counts,     // how often handles hold them
  gc_refs,         // the collector's counts
  tags,            // the embedder's numbers
  slots,           // more than three references of an object
  payloads,        // objects of the embedder's classes
  weak_heads,      // lists of weak references
  weak_callbacks,  // which callback a weak reference has
  callbacks,       // callbacks of weak references
  free_callbacks,  // places of those that are gone
  generations,     // the lists of the collector
  set_apart,       // the lists of a collection under way
  scratch,         // what a collection finds out
  deaths,          // deaths under way
  trashcan,        // deaths put off
  releasing,       // references taken out and not released yet
  garbage,         // gc.garbage
  gc_callbacks,    // gc.callbacks
};
inline constexpr std::size_t kSites = static_cast<std::size_t>(Site::gc_callbacks) + 1;

std::string_view to_string(Site site);

// Gives, moves and takes back memory as std::realloc and std::free do, aligned to 16 bytes. `old` null: new memory;
// `bytes` 0: `old` is given back, and the answer does not matter. Null: there is none, and `old` is as it was.
// `old_bytes`: what was asked for last, or 0. It must not call the heap.
using ResizeMemory = void* (*)(void* context, Site site, void* old, std::size_t old_bytes, std::size_t bytes);

// What this thread took for a site, and has still, and how much of its tables lay in blocks that became larger, since
// the thread began. Bytes.
struct Traffic {
  std::size_t taken = 0;
  std::size_t moved = 0;
};
[[nodiscard]] Traffic traffic(Site site);

// How many objects a heap has room for at first; from then on it grows by half.
inline constexpr std::size_t kFirstObjects = 256;

// Where a heap's memory comes from. `resize` null: what set_memory says. REQUIRES: first_objects > 0; it works until
// the heap is destroyed, which gives all of it back
struct MemorySource {
  ResizeMemory resize = nullptr;
  void* context = nullptr;
  std::size_t first_objects = kFirstObjects;
};

// For all heaps that are made from now on and have no source of their own. Null: the C library, on Linux with pages of
// their own for large blocks. Not thread-safe. REQUIRES: first_objects > 0
void set_memory(ResizeMemory resize, void* context, std::size_t first_objects = kFirstObjects);

// How the tables of heaps grow.
enum class Growth : std::uint8_t {
  // By half, so that they seldom move.
  seldom,
  // For tests: a heap has room for one object at first, and its tables grow by no more than is asked for while they
  // are small, then by a sixteenth, and beyond 4,096 elements by half. Each time they move, and the memory that they
  // leave is overwritten: what was kept of it is noticed. Memory of set_memory is not overwritten.
  restless,
};

// For all heaps of the process, from now on. Not thread-safe.
void set_growth(Growth growth);

}  // namespace cyclegc
