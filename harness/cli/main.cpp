// The program `cyclecheck`.
#include <memory>
#include <string>
#include <utility>

#include "harness/cli/commands.hpp"
#include "harness/collector/collector.hpp"
#include "harness/cpython/cpython.hpp"
#include "harness/oom/oom.hpp"
#include "harness/promises/promises.hpp"
#include "harness/subjects/subjects.hpp"

namespace cyclecheck {
namespace {

// The judge needs no model: what both sides say wrong alike, it finds.
SubjectEntry judged_impl() {
  SubjectEntry entry;
  entry.name = "impl-judged";
  entry.summary = "the same as impl, by the judge instead of the model (docs/contracts.md)";
  entry.make = [] {
    return std::make_unique<ImplSubject>(ImplSubject::Checks::none, ImplSubject::Deaths::told,
                                         ImplSubject::Steps::told);
  };
  FeatureSet lacks;
  lacks.set(static_cast<std::size_t>(Feature::legacy));
  lacks.set(static_cast<std::size_t>(Feature::labels));
  take_contract(contract_of_cpython(), lacks, entry);
  entry.profiles.clear();
  // Older ones break J14 or J7, as CPython does (docs/contracts.md, section 4).
  for (const Profile& row : all_profiles()) {
    if (row.clears_late_weakrefs) entry.profiles.push_back(row.id);
  }
  return entry;
}

SubjectEntry bare_impl() {
  SubjectEntry entry;
  entry.name = "impl-bare";
  entry.summary = "the same without hooks and tags: objects are known by the handles that made them";
  entry.level = Level::timing;
  entry.make = [] { return std::make_unique<ImplSubject>(ImplSubject::Checks::graded, ImplSubject::Deaths::unseen); };
  // When a dictionary is made the hook alone tells.
  for (const Profile& row : all_profiles()) {
    if (row.attributes != Profile::Attributes::own_dictionary) entry.profiles.push_back(row.id);
  }
  for (const OpCode code : {OpCode::integer, OpCode::string, OpCode::add, OpCode::intern}) {
    entry.missing.set(static_cast<std::size_t>(code));
  }
  return entry;
}

SubjectEntry steady_impl() {
  constexpr std::size_t kTimes = 100;
  constexpr std::uint32_t kLongest = 200;
  SubjectEntry entry;
  entry.name = "impl-steady";
  entry.summary = "each trace a hundred times in one heap, whose tables must not grow from the third time on";
  entry.make = [] { return std::make_unique<ImplSubject>(); };
  entry.max_operations = kLongest;
  entry.special = [](Subject& /*subject*/) -> SpecialCheck {
    return [](const Trace& trace, Logs& /*logs*/) {
      Verdict verdict;
      bool is_steady = false;
      const auto growth = find_growth(trace, kTimes, is_steady);
      verdict.left_out = !is_steady;
      if (!growth) return verdict;
      verdict.outcome = Outcome::exception;
      verdict.signature = "grows " + growth->what;
      verdict.output = growth->what + ": " + std::to_string(growth->second) + " after the second repetition, " +
                       std::to_string(growth->last) + " after repetition " + std::to_string(kTimes);
      return verdict;
    };
  };
  return entry;
}

}  // namespace
}  // namespace cyclecheck

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
  registry.push_back(bare_impl());
  registry.push_back(short_of_memory_subject());
  // Of every 25 chunks of `run`.
  for (SubjectEntry& entry : registry) {
    if (entry.name == "impl") entry.share = 12;
    if (entry.name == "impl-fast") entry.share = 6;
    if (entry.name == "impl-small" || entry.name == "impl-bare") entry.share = 3;
    if (entry.name == "impl-short") entry.share = 1;
  }
  registry.push_back(steady_impl());
  registry.push_back(judged_impl());
  registry.push_back(out_of_memory_subject());
  for (SubjectEntry& family : external_families()) registry.push_back(std::move(family));
  registry.push_back(promise_family());
  registry.push_back(leaks_family(registry));
  return cli::run_command_line(argc, argv, registry);
}
