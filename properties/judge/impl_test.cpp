// Covers: the collector of impl/ keeps CPython's contract, by the judge, on random traces of every profile that has it.
// properties/collector/ compares the same collector with the model.
// Does not cover: legacy finalizers, gc.garbage, freezing, failing allocations: no contract has them.
#include <gtest/gtest.h>

#include <string>

#include "harness/collector/collector.hpp"
#include "harness/compare/compare.hpp"
#include "harness/generate/generate.hpp"
#include "harness/judge/judge.hpp"
#include "harness/subjects/subjects.hpp"
#include "harness/system/system.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

// What impl-judged lacks (harness/cli/main.cpp). @x finds nothing whose count is 0 (N3), and the judge knows of no
// object that it waits in a trashcan.
SubjectEntry judged_impl() {
  FeatureSet features;
  features.set(static_cast<std::size_t>(Feature::legacy));
  features.set(static_cast<std::size_t>(Feature::labels));
  SubjectEntry entry;
  take_contract(contract_of_cpython(), features, entry);
  return entry;
}

TEST(Judge, ImplKeepsTheContractOfCPython) {
  constexpr std::uint64_t kTraces = 1000;
  std::uint64_t operations = 0;
  on_large_stack([&] {
    ImplSubject impl(ImplSubject::Checks::none, ImplSubject::Deaths::told, ImplSubject::Steps::told);
    const SubjectEntry entry = judged_impl();
    Judge judge(*entry.contract);
    Trace trace;
    Log log;
    for (const Profile& row : all_profiles()) {
      if (row.resurrection != Profile::Resurrection::still_reachable) continue;
      for (std::uint64_t i = 0; i < kTraces; ++i) {
        generate(20261130, i, {.profile = row.id, .max_operations = 800, .without = entry.missing}, trace);
        leave_out(entry.lacks, trace);
        impl.run(trace, Observe::digest, log);
        operations += trace.operations.size();
        const auto breach = judge.judge(trace, log);
        if (!breach) continue;
        // What CPython itself does wrong (docs/contracts.md, section 4).
        const bool known = breach->rule == ContractRule::J7 && !row.clears_late_weakrefs;
        EXPECT_TRUE(known) << row.name << " trace " << i << ": operation " << breach->operation << " "
                           << to_string(trace.operations[breach->operation], trace) << ": "
                           << info(breach->rule).signature << ": " << breach->what;
      }
    }
  });
  EXPECT_GT(operations, kTraces * 1000);
}

}  // namespace
}  // namespace cyclecheck
