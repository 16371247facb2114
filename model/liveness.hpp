// Liveness as the notes describe it: three colours, a pure function from a graph and its roots to the live set (rule
// R2).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace cyclecheck::model {

using Id = std::uint32_t;

// edges[i] lists the objects that object i refers to; repetitions count as one edge.
struct Graph {
  std::vector<std::vector<Id>> edges;
};

// live[i] is true if object i can be reached from a root. Time and space O(objects + edges).
// REQUIRES: every root and every edge is below graph.edges.size().
std::vector<bool> live(const Graph& graph, std::span<const Id> roots);

}  // namespace cyclecheck::model
