// The generator: random traces of a profile.
//
// Every trace has a plan of its own (harness/generate/trace_plan.hpp): some operations are switched off and the rest
// weighted wildly differently, a few names are hot, thresholds are small or real. A trace depends on the seed, its
// index and the options alone, so any one of them can be made again without the ones before it.
#pragma once

#include <bitset>
#include <cstdint>

#include "trace/trace.hpp"

namespace cyclecheck {

using OperationSet = std::bitset<kOpCodes>;

// `fail` (rule M1), which one trace of eight has. Without it a trace is the same otherwise.
inline const OperationSet kFaults{std::uint64_t{1} << static_cast<unsigned>(OpCode::fail)};

struct GenerateOptions {
  ProfileId profile = ProfileId::python3_11;
  // Traces are no longer than this, except that one shape may be finished beyond it.
  std::uint32_t max_operations = 4000;
  // Operations that are left out of the finished trace.
  OperationSet without = {};
};

// The trace with this index of this seed. Every operation stands where operation.hpp allows it, so that the trace can
// be printed and parsed. O(operations).
[[nodiscard]] Trace generate(std::uint64_t seed, std::uint64_t index, const GenerateOptions& options);

// The same, into a trace whose memory is used again.
void generate(std::uint64_t seed, std::uint64_t index, const GenerateOptions& options, Trace& trace);

// What is at one edge alone: a full container, places far behind the first, numbers that just fit, more dead objects
// than a free list takes. At most some thousand operations.
[[nodiscard]] Trace generate_edge(std::uint64_t seed, ProfileId profile);

}  // namespace cyclecheck
