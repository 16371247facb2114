#include "bench/collectors/boehm.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <cstdlib>
#include <new>
#include <vector>

#include "bench/workloads/all.hpp"
#include "bench/workloads/embedder.hpp"
#include "bench/workloads/embedder_heap.hpp"

namespace cyclecheck::bench {

// Plain pointers, which nobody counts.
class Pointers {
 public:
  struct Object {
    Object* slots[2];
    std::int64_t number;
  };
  using Ref = Object*;
  using Slot = Object*;
  using Table = Object**;
  // Their memory is that of operator new below.
  template <class T>
  using Roots = std::vector<T>;
  static constexpr bool kFindsCycles = true;

  Pointers() {
    ::setenv("GC_MARKERS", "1", 1);
    GC_INIT();
  }
  static Ref create() { return static_cast<Ref>(GC_MALLOC(sizeof(Object))); }
  static Slot& slot(Ref owner, int i) { return owner->slots[i]; }
  static Ref get(Slot slot) { return slot; }
  static void set(Ref /*owner*/, Slot& slot, Ref value) { slot = value; }
  static std::size_t identity(Ref ref) { return reinterpret_cast<std::size_t>(ref) >> 5U; }
  static Table create_table(std::size_t slots) { return static_cast<Table>(GC_MALLOC(slots * sizeof(Ref))); }
  static bool is_free_for(Table table, std::size_t place, Ref key) {
    return table[place] == nullptr || table[place] == key;
  }
  static void put(Table table, std::size_t place, Ref value) { table[place] = value; }
  static Ref at(Table table, std::size_t place) { return table[place]; }
  static void collect() { GC_gcollect(); }
};

std::unique_ptr<Workload> make_workload(const Spec& spec) {
  if (spec.workload == "embedder") return std::make_unique<Embedder<Pointers>>(spec);
  if (spec.workload == "embedder_heap") return std::make_unique<EmbedderHeap<Pointers>>(spec);
  return make_workload_of<Boehm>(spec);
}

std::string version() { return fmt::format("Boehm {}.{}.{}", GC_VERSION_MAJOR, GC_VERSION_MINOR, GC_VERSION_MICRO); }

}  // namespace cyclecheck::bench

// All of the program's own memory is searched for references, so that handles may lie anywhere.
void* operator new(std::size_t size) {
  void* const memory = GC_MALLOC_UNCOLLECTABLE(size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void operator delete(void* memory) noexcept { GC_FREE(memory); }
void operator delete(void* memory, std::size_t /*size*/) noexcept { GC_FREE(memory); }
