#include "properties/support/holds.hpp"

#include <algorithm>
#include <exception>

#include "harness/shrink/shrink.hpp"
#include "properties/support/traces.hpp"
#include "trace/text.hpp"

namespace cyclecheck::properties {
namespace {

// In attempts, so that the result does not depend on the clock.
constexpr int kAttempts = 20'000;
constexpr std::chrono::hours kNever{24};

// File, line and assertion, without the values.
std::string assertion_of(const std::string& failure) { return failure.substr(0, failure.find("\n\n")); }

void check_shrinking(const Property& property, const Trace& trace) {
  const auto failure = failure_of(property, trace);
  if (!failure) return;
  const Trace shrunk = shrunk_failure(property, trace);
  RC_FAIL(*failure_of(property, shrunk) + "\nby the trace, shrunk from " + std::to_string(trace.operations.size()) +
          " operations to " + std::to_string(shrunk.operations.size()) + ":\n\n" + print_trace(shrunk));
}

}  // namespace

std::optional<std::string> failure_of(const Property& property, const Trace& trace) {
  try {
    property(trace);
  } catch (const rc::detail::CaseResult& result) {
    if (result.type == rc::detail::CaseResult::Type::Failure) return result.description;
  } catch (const std::exception& error) {
    return std::string{"exception: "} + error.what();
  }
  return std::nullopt;
}

Trace shrunk_failure(const Property& property, const Trace& trace) {
  const std::string assertion = assertion_of(*failure_of(property, trace));
  const StillFails still_fails = [&](const Trace& candidate) {
    const auto failure = failure_of(property, candidate);
    return failure && assertion_of(*failure) == assertion;
  };
  ShrinkOptions options;
  options.budget = kNever;
  options.stop = [attempts = 0]() mutable { return ++attempts > kAttempts; };
  return shrink(trace, still_fails, options).trace;
}

bool holds(const std::string& what, ProfileId id, const Property& property) {
  return rc::check(std::string(profile(id).name) + ": " + what, [&] { check_shrinking(property, *random_trace(id)); });
}

bool holds(const std::string& what, const Property& property) {
  std::size_t drawn = 0;
  return rc::check("in every profile: " + what, [&] {
    for (int i = 0; i < 3; ++i) {
      check_shrinking(property, *random_trace(all_profiles()[drawn++ % all_profiles().size()].id));
    }
  });
}

}  // namespace cyclecheck::properties
