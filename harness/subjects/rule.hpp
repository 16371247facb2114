// The rules of docs/memory-model.md by number, so that a run can say which of them acted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "trace/profile.hpp"

namespace cyclecheck {

// In the order of the document, and all of it: a test compares the two.
enum class Rule : std::uint8_t {
  // clang-format off
  N1, N2, N3, N4, N5, N6, N7, N8, N9, N10, N11, N12, N13, N14, N15, N16, N17, N18, N19, N20, N21, N22, N23, N24,
  I1, I2, I3, I4, I5, I6,
  R1, R2,
  D1, D2, D3, D4, D5, D6, D7, D8, D9,
  T1, T2, T3, T4, T5, T6,
  W1, W2, W3, W4, W5, W6, W7, W8, W9,
  G1, G2, G3, G4, G5, G6, G7, G8, G9,
  C1, C2, C3, C4, C5, C6, C7, C8, C9, C9b, C10, C11, C12, C13,
  F1, F2, F3, F4, F5,
  B1, B2, B3, B4, B5,
  X1, X2, X3, X4, X5, X6, X7, X8, X9, X10,
  S1, S2, S3, S4,
  M1, M2, M3, M4,
  // clang-format on
};
inline constexpr std::size_t kRules = static_cast<std::size_t>(Rule::M4) + 1;

// "C9".
std::string_view number_of(Rule rule);

// What is counted when the rule acts, in a few words: "objects resurrected in a collection".
std::string_view acts(Rule rule);

// Whether the rule can act in this version at all. False for R2 everywhere: it follows from the others, and the suite
// properties/ checks it as a property of its own.
bool applies(Rule rule, const Profile& profile);

}  // namespace cyclecheck
