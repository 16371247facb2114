// Small random programs in which finalizers have their hands in everything: a few objects that refer to each other,
// each with a finalizer that makes and asks weak references, drops variables, and keeps, empties or links objects.
//
// The generator of harness/generate/generate_trace.hpp is made for breadth; what finalizers of one collection do to
// each other needs several of them to agree on the same few names.
#pragma once

#include <cstdint>

#include "trace/trace.hpp"

namespace cyclecheck {

// The trace with this index of this seed, at most 40 operations. It names only what it holds: no operand is a label.
[[nodiscard]] Trace small_world(std::uint64_t seed, std::uint64_t index, ProfileId profile);

// Chains of objects that are as long as the trashcan of the profile lets pass, with a finalizer and a weak reference at
// their ends: what waits in the trashcan meets a collection. From 3.14 on they are as long as a stack of kSmallStack
// lets pass. Some thousand operations.
[[nodiscard]] Trace deep_world(std::uint64_t seed, std::uint64_t index, ProfileId profile);

// In KiB.
inline constexpr int kSmallStack = 128;

}  // namespace cyclecheck
