#include "harness/judge/breach.hpp"

#include <array>

namespace cyclecheck {
namespace {

using enum ContractRule;

constexpr std::array<ContractRuleInfo, kContractRules> kTable{{
    {J1, "J1 the log says what cannot be"},
    {J2, "J2 a reachable object dies"},
    {J3, "J3 an object dies twice"},
    {J4, "J4 a finalizer runs at the wrong time"},
    {J5, "J5 a finalizer runs too often"},
    {J6, "J6 an object dies without its finalizer"},
    {J7, "J7 a weak reference answers the wrong object"},
    {J8, "J8 a weak reference answers nothing too early"},
    {J9, "J9 a weak reference answers again"},
    {J10, "J10 a callback runs that must not"},
    {J11, "J11 a callback runs at the wrong time"},
    {J12, "J12 a callback is forgotten"},
    {J13, "J13 nobody refers to an object that is not dead"},
    {J14, "J14 a full collection leaves garbage"},
    {J15, "J15 shutdown leaves an object"},
    {J16, "J16 a callback reaches its referent"},
    {J17, "J17 an empty dict is tracked"},
}};

consteval bool in_order() {
  for (std::size_t i = 0; i < kTable.size(); ++i) {
    if (static_cast<std::size_t>(kTable[i].rule) != i) return false;
  }
  return true;
}
static_assert(in_order(), "info() indexes the table by rule");

}  // namespace

const ContractRuleInfo& info(ContractRule rule) { return kTable[static_cast<std::size_t>(rule)]; }

std::span<const ContractRuleInfo> all_contract_rules() { return kTable; }

}  // namespace cyclecheck
