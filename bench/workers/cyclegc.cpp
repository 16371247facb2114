#include "bench/collectors/cyclegc.hpp"

#include "bench/workloads/all.hpp"

namespace cyclecheck::bench {

std::unique_ptr<Workload> make_workload(const Spec& spec) { return make_workload_of<CycleGc>(spec); }

std::string version() { return "cyclegc"; }

}  // namespace cyclecheck::bench
