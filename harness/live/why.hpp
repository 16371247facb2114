// Why an object is alive, and what would free it, in words.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "impl/objgraph.hpp"

namespace cyclecheck {

// What the answer depends on beside the graph.
struct WhyFacts {
  // The collector runs by itself.
  bool gc_enabled = true;
  // gc.set_debug has DEBUG_SAVEALL: what is collected is kept in gc.garbage.
  bool saves_all = false;
  // Cycles with a finalizer are not collected (Python 2).
  bool legacy_finalizers = false;
};

// Lines. First a sentence; then the chain from a root, a reference on each line; then what would free the object.
// Of an object that no root leads to: the cycle that it is in, or that holds it. O(heap * length of the chain).
[[nodiscard]] std::vector<std::string> why_alive(const cyclegc::Objgraph& objgraph, cyclegc::Objgraph::Node object,
                                                 const WhyFacts& facts);

// The same of all objects of a type: those with the same kind of chain together, with one example, at most `ways`
// kinds, most frequent first. Empty if there is no such object. O(heap).
[[nodiscard]] std::vector<std::string> why_alive(const cyclegc::Objgraph& objgraph, const std::string& type,
                                                 const WhyFacts& facts, std::size_t ways = 5);

// A chain on one line: "module app .cache ['k'] -> app.Entry#1".
[[nodiscard]] std::string chain_text(const cyclegc::Objgraph& objgraph, const cyclegc::Objgraph::Chain& chain);

}  // namespace cyclecheck
