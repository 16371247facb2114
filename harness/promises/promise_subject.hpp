// An interpreter whose documentation is checked instead of the model, as a subject: `promises:PYTHON`. Not thread-safe.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/compare/compare.hpp"
#include "harness/cpython/cpython.hpp"
#include "harness/generate/generate.hpp"
#include "harness/promises/promise.hpp"
#include "harness/search/search.hpp"
#include "harness/subjects/subjects.hpp"

namespace cyclecheck {

// A subject is made again after each trace in which it may have damaged its memory (rule W6).
using MakeSubject = std::function<std::unique_ptr<Subject>()>;

// The promises that one trace breaks, after running it. A crash is a broken promise (no_crash). Throws SubjectError if
// the subject fails otherwise, or disagrees with the model, so that it cannot be judged.
// REQUIRES: what broken_promises() requires of the trace
[[nodiscard]] std::vector<BrokenPromise> judge_trace(const MakeSubject& make, const Trace& trace);

// The verdict on a trace names each promise that it breaks: "broken promise counted-is-gone"; a crash also says what
// rule allows it. What cannot be judged, or is no program's (an operand is a label), is left out.
[[nodiscard]] SubjectEntry promise_subject(const std::string& name, ProfileId profile, MakeSubject make,
                                           bool has_faults);
[[nodiscard]] SubjectEntry promise_subject(const Interpreter& interpreter, std::chrono::milliseconds timeout);
// `promises:` in a registry.
[[nodiscard]] SubjectEntry promise_family();

// The promise that a verdict of such a subject says is broken; nothing: it is another failure.
[[nodiscard]] std::optional<Promise> promise_of(const std::string& signature);

// Traces that are programs in Python, which name only what they hold; every second one is a small or a deep world
// (harness/promises/small_world.hpp).
class PlainTraces final : public Drawing {
 public:
  struct Options {
    std::uint64_t seed = 1;
    // The index of the first trace, and how many there are.
    std::uint64_t first = 0;
    std::uint64_t traces = UINT64_MAX;
    // Short traces are enough and can be observed after every operation.
    GenerateOptions generate{ProfileId::python3_11, 120, kFaults};
    // Finds a trace again, behind " --seed N --first N --traces 1"; empty: `replay`.
    std::string command;
  };

  explicit PlainTraces(Options options) : options_(std::move(options)), profiles_{options_.generate.profile} {}

  [[nodiscard]] std::uint64_t size() const override { return options_.traces; }
  void draw(std::uint64_t position, const Mark& mark, Trace& trace) const override;
  [[nodiscard]] const std::vector<ProfileId>& profiles() const override { return profiles_; }
  [[nodiscard]] std::size_t column(std::uint64_t /*position*/) const override { return 0; }
  void describe(std::uint64_t position, Finding& finding) const override;

 private:
  Options options_;
  std::vector<ProfileId> profiles_;
};

// Calls the functions of the gc module with wrong arguments; each function that fails and changes something all the
// same is a broken promise (failed_call), in words. Throws SubjectError.
[[nodiscard]] std::vector<std::string> probe_failed_calls(const Interpreter& interpreter);

}  // namespace cyclecheck
