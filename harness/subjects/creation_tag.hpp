// The tag with which ImplSubject creates an object: what its record needs, until the record's index replaces it.
#pragma once

#include <cstdint>

#include "trace/trace.hpp"

namespace cyclecheck::creation_tag {

inline constexpr std::uint32_t kScriptShift = 16;
inline constexpr std::uint64_t kWeak = std::uint64_t{1} << 48;
// Never 0, so that the heap has room for the tag that replaces it (impl/memory.hpp).
inline constexpr std::uint64_t kAlways = std::uint64_t{1} << 49;

inline std::uint64_t of(Name name, ScriptId script) {
  return kAlways | std::uint64_t{name.value} | (std::uint64_t{static_cast<std::uint32_t>(script)} << kScriptShift);
}

}  // namespace cyclecheck::creation_tag
