// Recording what a real interpreter does in generated traces. Not thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <variant>

#include "harness/cpython/cpython.hpp"
#include "harness/stored/stored.hpp"

namespace cyclecheck {

struct RecordOptions {
  std::uint64_t seed = 1;
  // The traces of the seed from this one on, so many.
  std::uint64_t first = 0;
  std::uint64_t traces = 500;
  std::uint32_t max_operations = 4000;
  // The longest that one trace may take.
  std::chrono::milliseconds timeout{10'000};
  // How many workers.
  std::uint32_t jobs = 1;
  // What the recording calls the interpreter: "CPython 3.11.7, Linux x86_64".
  std::string interpreter_name;
  // Asked ten times a second: true ends the recording with those before. May be empty.
  std::function<bool()> stop;
};

// What model and interpreter do not agree on: nothing is worth recording then.
struct RecordFailure {
  std::uint64_t index = 0;
  std::string signature;
};

// Runs generated traces on an interpreter, in a worker process, as it is driven (scripts see too little to be
// recorded), and records those in which it agrees with the model; traces in which it uses freed memory are left out.
// Ends at the first one that does not agree. Throws SubjectError if the interpreter cannot be driven or started.
[[nodiscard]] std::variant<Recording, RecordFailure> record_interpreter(const Interpreter& interpreter,
                                                                        const RecordOptions& options);

}  // namespace cyclecheck
