// Parts of lists of operations, as mutations move them about.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "harness/system/system.hpp"
#include "trace/trace.hpp"

namespace cyclecheck {

using Operations = std::vector<Operation>;

inline std::ptrdiff_t offset(std::size_t index) { return static_cast<std::ptrdiff_t>(index); }

inline std::uint32_t size_of(const Operations& operations) { return static_cast<std::uint32_t>(operations.size()); }

// A part of a list: short ones are more frequent.
struct OperationRange {
  std::size_t begin = 0;
  std::size_t end = 0;
};

// REQUIRES: the list is not empty
inline OperationRange draw_range(Random& random, const Operations& operations) {
  const std::uint32_t size = size_of(operations);
  const std::uint32_t begin = random.below(size);
  const std::uint32_t longest = random.chance(32) ? size : random.chance(128) ? 1 : 8;
  const std::uint32_t length = 1 + random.below(std::min(longest, size - begin));
  return {begin, begin + length};
}

inline void insert(Operations& operations, std::size_t at, const Operations& what) {
  operations.insert(operations.begin() + offset(at), what.begin(), what.end());
}

inline Operations copy(const Operations& operations, OperationRange range) {
  return {operations.begin() + offset(range.begin), operations.begin() + offset(range.end)};
}

// Gives a trace the scripts of operations that are taken over from another one.
inline void adopt_scripts(Trace& trace, const Trace& from, Operations& operations) {
  for (Operation& operation : operations) {
    if (operation.script < 0) continue;
    Operations script = from.scripts[static_cast<std::size_t>(operation.script)];
    adopt_scripts(trace, from, script);
    trace.scripts.push_back(std::move(script));
    operation.script = static_cast<ScriptId>(trace.scripts.size() - 1);
  }
}

// Takes over operations of another trace with the scripts that they use.
inline void adopt(Trace& trace, const Trace& from, Operations operations, std::size_t at) {
  adopt_scripts(trace, from, operations);
  insert(trace.operations, at, operations);
}

}  // namespace cyclecheck
