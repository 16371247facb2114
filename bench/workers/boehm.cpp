#include "bench/collectors/boehm.hpp"

#include <fmt/format.h>

#include <new>

#include "bench/workloads/all.hpp"

namespace cyclecheck::bench {

std::unique_ptr<Workload> make_workload(const Spec& spec) { return make_workload_of<Boehm>(spec); }

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
