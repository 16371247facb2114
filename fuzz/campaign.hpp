// What a target tells the campaign that runs it (harness/campaign/target_engine.hpp). Without one, nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "harness/subjects/subjects.hpp"

namespace cyclecheck::fuzz {

// Counts an execution and the heap states that it met, in the table that the environment's CYCLECHECK_STATES names.
void count_execution(std::span<const HeapState> states);

// Stores an input that failed in the folder that CYCLECHECK_SET_ASIDE names, the first one of each signature, so that
// fuzzing can go on. False: there is no such folder, or it cannot be written; the target is to give up as usual.
[[nodiscard]] bool set_aside(std::string_view signature, const std::uint8_t* data, std::size_t size);

}  // namespace cyclecheck::fuzz
