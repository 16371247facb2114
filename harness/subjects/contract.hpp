// What a collector promises that follows no profile of CPython's: docs/contracts.md, section 1.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cyclecheck {

// Each parameter begins with the value that promises least.
struct Contract {
  enum class Counts : std::uint8_t { lazy, prompt };
  enum class Finalizers : std::uint8_t { never, once, always };
  enum class WeakReferences : std::uint8_t { unreachable, death };
  enum class Callbacks : std::uint8_t { never, before, after };
  enum class Left : std::uint8_t { any, cycles, opaque, none };
  enum class Ephemerons : std::uint8_t { never, leaky, collected };

  // What nobody refers to is dead at the end of the operation.
  Counts counts = Counts::lazy;
  // So many explicit full collections in a row leave nothing unreachable. 0: nothing is said about what they leave.
  std::uint32_t collections = 0;
  Finalizers finalizers = Finalizers::never;
  // Until when a weak reference answers.
  WeakReferences weak_references = WeakReferences::unreachable;
  // When a callback runs: before or after the death of the referent.
  Callbacks callbacks = Callbacks::never;
  // What may be there after `shutdown`.
  Left left = Left::any;
  // Maps of ephemerons (rule N17): whether a value that reaches its own key keeps both.
  Ephemerons ephemerons = Ephemerons::never;

  // CPython's machine, as the rules N11, S1 to S4 and W2 have it, and not that of docs/contracts.md, section 2.
  bool machine_of_cpython = false;
  // What the documentation of CPython's gc and weakref modules says beyond that: J12 without exceptions for what comes
  // into being during a collection, J16 and J17.
  bool documentation_of_cpython = false;

  friend bool operator==(const Contract&, const Contract&) = default;
};

// What CPython from 3.9 on keeps, beside its profile's rules.
[[nodiscard]] Contract contract_of_cpython();
// The same, and what its documentation says: no version keeps all of it.
[[nodiscard]] Contract contract_of_documentation();

// Takes over one parameter, written as `counts=prompt`. False: there is no such parameter or value.
[[nodiscard]] bool set_parameter(Contract& contract, std::string_view text);

// All parameters, as a greeting writes them: "counts=prompt collections=1 ...".
[[nodiscard]] std::string to_string(const Contract& contract);

// The most collections that a contract may ask for.
inline constexpr std::uint32_t kMostCollections = 8;

}  // namespace cyclecheck
