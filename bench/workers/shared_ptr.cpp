#include "bench/collectors/shared_ptr.hpp"

#include "bench/workloads/all.hpp"

namespace cyclecheck::bench {

std::unique_ptr<Workload> make_workload(const Spec& spec) { return make_workload_of<SharedPtr>(spec); }

std::string version() { return "std::shared_ptr"; }

}  // namespace cyclecheck::bench
