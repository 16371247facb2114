// Why a subject is wrong at the first operation that differs, as the model sees it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "harness/compare/compare.hpp"
#include "trace/trace.hpp"

namespace cyclecheck {

// The generations after the operation, as both sides list them when they are asked for everything (Observe::every):
// events of kind `listed`. With them a difference between sizes, orders and counts is one between objects.
struct Listings {
  std::vector<Event> model;
  std::vector<Event> side;
};
// Those of one operation. REQUIRES: both logs were made under Observe::every
[[nodiscard]] Listings listings_of(const Log& model, const Log& side, std::size_t operation);

// Whether `diagnose` can say more about the divergence with listings.
[[nodiscard]] bool wants_listings(const Divergence& divergence);

// Sentences. First what is wrong, with the rule; then what both sides say, and what the model's heap has to say about
// it: the chain of references that keeps the object alive, who holds it, or what a collection found; both orders; the
// objects that make a difference between numbers; why the collection is of this generation. Runs the trace on the
// model. `side` is how the other side is called. REQUIRES: the divergence is one of this trace, the model's log
// expected.
[[nodiscard]] std::vector<std::string> diagnose(const Trace& trace, const Divergence& divergence,
                                                const std::string& side, const std::optional<Listings>& listings = {});

}  // namespace cyclecheck
