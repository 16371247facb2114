#include "model/liveness.hpp"

#include <algorithm>
#include <deque>

namespace cyclecheck::model {
namespace {

enum class Colour : std::uint8_t { white, grey, black };

}  // namespace

std::vector<bool> live(const Graph& graph, std::span<const Id> roots) {
  // At first everything is white: taken to be unreachable.
  std::vector<Colour> colour(graph.edges.size(), Colour::white);
  // Exactly the grey objects: known to be reachable, their references not yet looked at.
  std::deque<Id> grey;
  const auto reach = [&](Id id) {
    if (colour[id] != Colour::white) return;
    colour[id] = Colour::grey;
    grey.push_back(id);
  };

  for (const Id root : roots) reach(root);
  // Invariant: no black object refers to a white one.
  while (!grey.empty()) {
    const Id id = grey.front();
    grey.pop_front();
    for (const Id referent : graph.edges[id]) reach(referent);
    colour[id] = Colour::black;
  }

  std::vector<bool> result(graph.edges.size());
  std::transform(colour.begin(), colour.end(), result.begin(), [](Colour c) { return c == Colour::black; });
  return result;
}

}  // namespace cyclecheck::model
