// Uses both installed libraries: a cycle of two objects dies in the collector, and the model says that it must.
#include <cstdio>
#include <variant>

#include "impl/gc_module.hpp"
#include "impl/handle.hpp"
#include "impl/heap.hpp"
#include "model/machine.hpp"
#include "trace/text.hpp"

namespace {

constexpr const char* kProgram =
    "cyclecheck-trace 1\nprofile python3.11\n"
    "new a node\nnew b node\nappend a b\nappend b a\ndrop a\ndrop b\ncollect 2\n";

// What `collect` answers in the model.
std::uint32_t collected_by_the_model() {
  const auto trace = cyclecheck::parse_trace(kProgram);
  cyclecheck::Log log;
  cyclecheck::model::run(std::get<cyclecheck::Trace>(trace), cyclecheck::Observe::digest, log);
  for (const cyclecheck::Event& event : log.all()) {
    if (event.kind == cyclecheck::EventKind::returned) return event.number[0];
  }
  return 0;
}

std::uint32_t collected_by_the_collector() {
  cyclegc::Heap heap;
  const cyclegc::TypeId node = heap.define({.name = "node"});
  {
    const cyclegc::Handle a = heap.create(node);
    const cyclegc::Handle b = heap.create(node);
    heap.append(a.get(), b.get());
    heap.append(b.get(), a.get());
  }
  return cyclegc::GcModule(heap).collect();
}

}  // namespace

int main() {
  const std::uint32_t model = collected_by_the_model();
  const std::uint32_t collector = collected_by_the_collector();
  std::printf("model %u, collector %u\n", model, collector);
  return model == 2 && collector == 2 ? 0 : 1;
}
