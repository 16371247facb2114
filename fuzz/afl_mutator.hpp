// The mutator as a library for afl-fuzz: the custom mutator interface of AFL++ 4, which reads these names.
//
//   AFL_CUSTOM_MUTATOR_LIBRARY=build/afl-mutator/cyclecheck_afl_mutator.so afl-fuzz -i SEEDS -o FOLDER -- TARGET
//
// For the targets whose inputs are traces. Its changes come on top of AFL++'s own, which know nothing of traces, unless
// AFL_CUSTOM_MUTATOR_ONLY is set.
#pragma once

#include <cstddef>
#include <cstdint>

extern "C" {
// A mutator, or null if there is no memory for one; the same seed makes the same changes.
void* afl_custom_init(void* afl, unsigned seed);

// Changes data[0, size), or mixes it with other[0, other_size). `out` becomes a buffer that belongs to the mutator and
// holds until its next call; the answer is its size: at most max_size, and at least 1 unless max_size is 0.
std::size_t afl_custom_fuzz(void* mutator, std::uint8_t* data, std::size_t size, std::uint8_t** out,
                            std::uint8_t* other, std::size_t other_size, std::size_t max_size);

// Names the last change for the file name of what it found: "mutate", "cross" or "bytes".
const char* afl_custom_describe(void* mutator, std::size_t max_length);

void afl_custom_deinit(void* mutator);
}
