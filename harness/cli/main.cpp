// The program `cyclecheck`.
#include <memory>
#include <utility>

#include "harness/cli/commands.hpp"
#include "harness/collector/collector.hpp"
#include "harness/cpython/cpython.hpp"
#include "harness/oom/oom.hpp"
#include "harness/promises/promises.hpp"
#include "harness/subjects/subjects.hpp"

int main(int argc, char** argv) {
  using namespace cyclecheck;
  Registry registry{
      {"impl", "the optimized collector of this project", Level::order, [] { return std::make_unique<ImplSubject>(); }},
      {"impl-small", "the same, on a heap that begins with one object and whose tables move whenever they grow",
       Level::order, [] { return std::make_unique<SmallHeapSubject>(); }},
      {"impl-verify", "the same, which checks its own heap after every operation", Level::order,
       [] { return std::make_unique<ImplSubject>(ImplSubject::Checks::verify); }},
      {"impl-fast", "the same, whose objects nobody watches: deaths are found afterwards, in no order", Level::timing,
       [] { return std::make_unique<ImplSubject>(ImplSubject::Checks::graded, ImplSubject::Deaths::found); }},
      {"model", "the model itself, to measure the harness", Level::order,
       [] { return std::make_unique<ModelSubject>(); }},
  };
  // Of every seven chunks of `run`.
  for (SubjectEntry& entry : registry) {
    if (entry.name == "impl") entry.share = 4;
    if (entry.name == "impl-small") entry.share = 1;
    if (entry.name == "impl-fast") entry.share = 2;
  }
  registry.push_back(out_of_memory_subject());
  for (SubjectEntry& family : external_families()) registry.push_back(std::move(family));
  registry.push_back(promise_family());
  return cli::run_command_line(argc, argv, registry);
}
