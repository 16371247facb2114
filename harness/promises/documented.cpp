#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "harness/collector/collector.hpp"
#include "harness/compare/compare.hpp"
#include "harness/judge/judge.hpp"
#include "harness/promises/promise.hpp"

namespace cyclecheck {
namespace {

// What CPython's documentation says where the contract has a rule. J1 is no promise: the judge lost its way. At the end
// of a program CPython promises little (J15).
constexpr std::array<std::pair<ContractRule, Promise>, 15> kPromiseOf{{
    {ContractRule::J2, Promise::reachable_stays},
    {ContractRule::J3, Promise::reachable_stays},
    {ContractRule::J4, Promise::reachable_stays},
    {ContractRule::J5, Promise::finalized_once},
    {ContractRule::J6, Promise::finalized_before_death},
    {ContractRule::J7, Promise::cleared_is_unseen},
    {ContractRule::J8, Promise::weakref_to_the_living},
    {ContractRule::J9, Promise::cleared_is_unseen},
    {ContractRule::J10, Promise::reachable_stays},
    {ContractRule::J11, Promise::reachable_stays},
    {ContractRule::J12, Promise::callback_at_death},
    {ContractRule::J13, Promise::unreferenced_is_gone},
    {ContractRule::J14, Promise::unreachable_is_gone},
    {ContractRule::J16, Promise::referent_unavailable},
    {ContractRule::J17, Promise::empty_dict_untracked},
}};

// Whether the judge knows all that is in the trace, as for a subject with that contract.
bool is_judged_trace(const Trace& trace) {
  static const SubjectEntry documented = [] {
    SubjectEntry entry;
    FeatureSet lacks;
    lacks.set(static_cast<std::size_t>(Feature::legacy));
    lacks.set(static_cast<std::size_t>(Feature::labels));
    take_contract(contract_of_documentation(), lacks, entry);
    return entry;
  }();
  return profile(trace.profile).pep442 && documented.can_run(trace);
}

}  // namespace

std::optional<BrokenPromise> documented_breach(const Trace& trace) {
  if (!is_judged_trace(trace)) return std::nullopt;
  ImplSubject subject(ImplSubject::Checks::none, ImplSubject::Deaths::told, ImplSubject::Steps::told);
  Log log;
  subject.run(trace, Observe::every, log);
  const std::optional<Breach> breach = Judge(contract_of_documentation()).judge(trace, log);
  if (!breach || trace.operations[breach->operation].code == OpCode::shutdown) return std::nullopt;
  const auto found =
      std::find_if(kPromiseOf.begin(), kPromiseOf.end(), [&](const auto& row) { return row.first == breach->rule; });
  if (found == kPromiseOf.end()) {
    throw SubjectError(SubjectError::Kind::refused, "the judge cannot follow: " + breach->what);
  }
  return BrokenPromise{found->second, breach->operation, breach->what, {}};
}

}  // namespace cyclecheck
