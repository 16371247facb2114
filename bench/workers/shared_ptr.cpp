#include "bench/collectors/shared_ptr.hpp"

#include "bench/workloads/all.hpp"
#include "bench/workloads/embedder.hpp"
#include "bench/workloads/embedder_heap.hpp"

namespace cyclecheck::bench {

template <class T>
struct MakeShared {
  std::shared_ptr<T> operator()() const { return std::make_shared<T>(); }
};

std::unique_ptr<Workload> make_workload(const Spec& spec) {
  using System = CountedPointers<std::shared_ptr, MakeShared>;
  if (spec.workload == "embedder") return std::make_unique<Embedder<System>>(spec);
  if (spec.workload == "embedder_heap") return std::make_unique<EmbedderHeap<System>>(spec);
  return make_workload_of<SharedPtr>(spec);
}

std::string version() { return "std::shared_ptr"; }

}  // namespace cyclecheck::bench
