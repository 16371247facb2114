// What a subject can break: the rules of docs/contracts.md, section 3.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace cyclecheck {

enum class ContractRule : std::uint8_t {
  J1,   // the log says what can be
  J2,   // nothing reachable dies
  J3,   // an object dies once
  J4,   // a finalizer runs before the death of its own object, which is unreachable
  J5,   // a finalizer runs as often as promised
  J6,   // no death without the finalizer
  J7,   // a weak reference answers its own referent, which is not dead
  J8,   // a weak reference answers as long as promised
  J9,   // a weak reference that answered nothing answers nothing
  J10,  // a callback runs once, for a weak reference that is there
  J11,  // a callback runs when promised
  J12,  // no callback is forgotten
  J13,  // what nobody refers to is dead
  J14,  // full collections leave nothing unreachable
  J15,  // shutdown leaves nothing
  J16,  // a callback reaches no referent of its own
  J17,  // an empty dict is not tracked
};
inline constexpr std::size_t kContractRules = static_cast<std::size_t>(ContractRule::J17) + 1;

struct ContractRuleInfo {
  ContractRule rule;
  // "J2 a reachable object dies": the signature of the failure, which has no object in it and so survives shrinking.
  std::string_view signature;
};

[[nodiscard]] const ContractRuleInfo& info(ContractRule rule);
[[nodiscard]] std::span<const ContractRuleInfo> all_contract_rules();

// A rule that a log breaks.
struct Breach {
  ContractRule rule = ContractRule::J1;
  // An index into Trace::operations, and one into the events of that operation: the event that breaks the rule, or how
  // many there are, if it is the end of the operation.
  std::size_t operation = 0;
  std::size_t event = 0;
  // "x died, but the variable y holds y, whose slot 0 holds x"
  std::string what;
};

}  // namespace cyclecheck
