#include "bench/collectors/cpython.hpp"

#include "bench/workloads/all.hpp"

namespace cyclecheck::bench {

std::unique_ptr<Workload> make_workload(const Spec& spec) {
  // Tuples are made with their items; nothing is told of deaths; lists have neither finalizers nor weak references.
  if (spec.kind == Kind::tuple && spec.workload != "memory") return nullptr;
  if (spec.observed == Observed::death) return nullptr;
  if (spec.kind == Kind::list && spec.observed != Observed::none) return nullptr;
  return make_workload_of<CPython>(spec);
}

std::string version() { return "CPython " PY_VERSION; }

}  // namespace cyclecheck::bench
