// With sanitizers a program takes ten times as long: what is random, or only repeats, is tried less often there.
#pragma once

namespace cyclecheck {

#if defined(CYCLECHECK_SANITIZED)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

template <class Number>
[[nodiscard]] constexpr Number fewer([[maybe_unused]] Number all, [[maybe_unused]] Number with_sanitizers) {
  return kSanitized ? with_sanitizers : all;
}

}  // namespace cyclecheck
