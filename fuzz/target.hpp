// What a fuzzing engine calls: libFuzzer's interface, which AFL++ speaks as well.
#pragma once

#include <cstddef>
#include <cstdint>

extern "C" {
// Runs one input. Answers 0; whatever is wrong ends the process.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

// Changes data[0, size) in place, which has room for max_size bytes; the new size.
std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned seed);

// Writes a mixture of two inputs; its size.
std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* one, std::size_t one_size, const std::uint8_t* other,
                                      std::size_t other_size, std::uint8_t* out, std::size_t max_size, unsigned seed);

// libFuzzer's own mutation of bytes.
__attribute__((weak)) std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);
}
