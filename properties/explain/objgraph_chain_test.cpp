// Covers: chains, cycles, and what would free an object, on random graphs, against searches of the test's own that try
// every way. Does not cover: pictures (objgraph_reference_test.cpp).
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "impl/objgraph.hpp"

namespace cyclegc {
namespace {

using Node = Objgraph::Node;

constexpr std::size_t kFar = 1000;

// Objects 0 to n-1, then the roots. What refers to what, and how often, as the test made it.
struct Graph {
  std::size_t objects = 0;
  std::vector<std::vector<std::size_t>> edges;
  std::vector<bool> opaque;
  std::vector<bool> frozen;

  [[nodiscard]] std::size_t size() const { return edges.size(); }
  // Lengths of shortest chains, by Floyd and Warshall; kFar: there is none. On the diagonal: cycles. `backwards`: only
  // what gc.get_referrers sees.
  [[nodiscard]] std::vector<std::vector<std::size_t>> distances(bool backwards = false) const {
    std::vector<std::vector<std::size_t>> far(size(), std::vector<std::size_t>(size(), kFar));
    for (std::size_t from = 0; from < size(); ++from) {
      if (from < objects && (opaque[from] || (backwards && frozen[from]))) continue;
      for (const std::size_t to : edges[from]) far[from][to] = 1;
    }
    for (std::size_t k = 0; k < size(); ++k) {
      for (std::size_t i = 0; i < size(); ++i) {
        for (std::size_t j = 0; j < size(); ++j) far[i][j] = std::min(far[i][j], far[i][k] + far[k][j]);
      }
    }
    return far;
  }
  // How far roots are from each object; kFar: no root leads there.
  [[nodiscard]] std::vector<std::size_t> from_roots() const {
    const auto far = distances();
    std::vector<std::size_t> nearest(objects, kFar);
    for (std::size_t i = 0; i < objects; ++i) {
      for (std::size_t root = objects; root < size(); ++root) nearest[i] = std::min(nearest[i], far[root][i]);
    }
    return nearest;
  }
  [[nodiscard]] std::size_t reached() const {
    const auto nearest = from_roots();
    return static_cast<std::size_t>(std::count_if(nearest.begin(), nearest.end(), [](auto it) { return it < kFar; }));
  }
  [[nodiscard]] Graph without(std::size_t from, std::size_t to) const {
    Graph less = *this;
    std::erase(less.edges[from], to);
    return less;
  }
};

// A random graph, on a heap and beside it.
class RandomGraph {
 public:
  explicit RandomGraph(std::uint32_t seed) : random_(seed) {
    GcModule gc(heap_);
    gc.disable();
    graph_.objects = 1 + pick(12);
    const std::size_t frozen = pick(std::min<std::size_t>(4, graph_.objects + 1));
    for (std::size_t i = 0; i < graph_.objects; ++i) {
      graph_.opaque.push_back(pick(5) == 0);
      graph_.frozen.push_back(i < frozen);
      handles_.push_back(heap_.create(graph_.opaque[i] ? opaque_ : node_));
      if (i + 1 == frozen) gc.freeze();
    }
    for (std::size_t i = 0; i < graph_.objects; ++i) {
      std::vector<std::size_t> to;
      for (std::size_t n = pick(3); n > 0; --n) {
        to.push_back(pick(graph_.objects));
        heap_.append(handles_[i].get(), handles_[to.back()].get());
      }
      graph_.edges.push_back(to);
    }
    std::vector<NamedRoot> roots;
    for (std::size_t r = 0; r < 2; ++r) {
      graph_.edges.emplace_back();
      roots.push_back({"root", {}});
      for (std::size_t n = pick(3); n > 0; --n) {
        graph_.edges.back().push_back(pick(graph_.objects));
        roots.back().variables.emplace_back("v", handles_[graph_.edges.back().back()].get());
      }
    }
    objgraph_.set_roots(roots);
  }

  void chains_are_shortest() const;
  void paths_lead_where_roots_lead() const;
  void what_would_free() const;
  void references_from_outside_are_the_handles() const;

 private:
  std::size_t pick(std::size_t n) { return random_() % n; }
  [[nodiscard]] Node node(std::size_t i) const {
    if (i >= graph_.objects) return {true, static_cast<std::uint32_t>(i - graph_.objects)};
    return Node::object(handles_[i].get());
  }
  [[nodiscard]] std::size_t index(Node it) const {
    for (std::size_t i = 0; i < graph_.size(); ++i) {
      if (node(i) == it) return i;
    }
    return kFar;
  }
  // The chain has as many references as it must, and each of them exists.
  void expect_chain(const Objgraph::Chain& chain, std::size_t length) const {
    if (length >= kFar) {
      EXPECT_EQ(chain.size(), 1U);
      return;
    }
    ASSERT_EQ(chain.size(), length + 1);
    for (std::size_t i = 1; i < chain.size(); ++i) {
      const auto& edges = graph_.edges[index(chain[i - 1])];
      EXPECT_NE(std::find(edges.begin(), edges.end(), index(chain[i])), edges.end());
    }
  }

  std::mt19937 random_;
  Heap heap_;
  TypeId node_ = heap_.define({"node", Layout::node, {}, {}, {}, {}});
  TypeId opaque_ = heap_.define({"opaque", Layout::opaque, {}, {}, {}, {}});
  std::vector<Handle> handles_;
  Graph graph_;
  Objgraph objgraph_{heap_};
};

void RandomGraph::chains_are_shortest() const {
  const auto far = graph_.distances();
  const auto backwards = graph_.distances(true);
  const auto nearest = graph_.from_roots();
  for (std::size_t to = 0; to < graph_.objects; ++to) {
    for (std::size_t from = 0; from < graph_.size(); ++from) {
      const auto is_from = [&](Node it) { return it == node(from); };
      const auto is_to = [&](Node it) { return it == node(to); };
      if (from == to) {
        expect_chain(objgraph_.find_cycle(node(to)), far[to][to]);
        EXPECT_EQ(objgraph_.find_ref_chain(node(to), is_to).size(), 1U);
        continue;
      }
      expect_chain(objgraph_.find_ref_chain(node(from), is_to), far[from][to]);
      expect_chain(objgraph_.find_backref_chain(node(to), is_from), backwards[from][to]);
      for (const std::size_t limit : {std::size_t{1}, std::size_t{3}}) {
        const std::size_t length = far[from][to] <= limit ? far[from][to] : kFar;
        expect_chain(objgraph_.find_ref_chain(node(from), is_to, limit), length);
      }
    }
    expect_chain(objgraph_.find_root_chain(node(to)), nearest[to]);
    expect_chain(objgraph_.find_root_chain(node(to), 2), nearest[to] <= 2 ? nearest[to] : kFar);
    expect_chain(objgraph_.find_cycle(node(to), 2), far[to][to] <= 2 ? far[to][to] : kFar);
  }
}

void RandomGraph::paths_lead_where_roots_lead() const {
  const auto nearest = graph_.from_roots();
  const Objgraph::Paths paths = objgraph_.paths_from_roots();
  EXPECT_EQ(paths.objects(), graph_.reached());
  for (std::size_t i = 0; i < graph_.objects; ++i) {
    EXPECT_EQ(paths.lead_to(node(i)), nearest[i] < kFar);
    if (nearest[i] < kFar) expect_chain(paths.chain_to(node(i)), nearest[i]);
    EXPECT_EQ(paths.chain_to(node(i)).empty(), nearest[i] == kFar);
  }
}

// One reference if there is one that is enough, and the right number of objects; otherwise enough of them, and no more.
void RandomGraph::what_would_free() const {
  const auto nearest = graph_.from_roots();
  for (std::size_t object = 0; object < graph_.objects; ++object) {
    const auto releases = objgraph_.what_would_free(node(object));
    if (nearest[object] == kFar) {
      EXPECT_TRUE(releases.empty());
      continue;
    }
    std::size_t enough = 0;
    bool direct = false;
    for (std::size_t from = 0; from < graph_.size(); ++from) {
      for (std::size_t to = 0; to < graph_.objects; ++to) {
        const auto& edges = graph_.edges[from];
        if (std::find(edges.begin(), edges.end(), to) == edges.end()) continue;
        if (graph_.without(from, to).from_roots()[object] < kFar) continue;
        ++enough;
        direct = direct || to == object;
      }
    }
    ASSERT_EQ(releases.size(), enough + (direct ? 0 : 1));
    for (const Objgraph::Release& release : releases) {
      Graph less = graph_;
      for (const auto& [from, to] : release.references) less = less.without(index(from), index(to));
      EXPECT_EQ(less.from_roots()[object], kFar);
      EXPECT_EQ(graph_.reached() - less.reached(), release.objects);
      // Each of several is needed.
      for (const auto& [from, to] : release.references) {
        Graph kept = less;
        kept.edges[index(from)].push_back(index(to));
        EXPECT_LT(kept.from_roots()[object], kFar);
      }
    }
  }
}

void RandomGraph::references_from_outside_are_the_handles() const {
  for (std::size_t i = 0; i < graph_.objects; ++i) {
    std::size_t known = 0;
    for (std::size_t from = 0; from < graph_.size(); ++from) {
      if (from < graph_.objects && graph_.opaque[from]) continue;
      known += static_cast<std::size_t>(std::count(graph_.edges[from].begin(), graph_.edges[from].end(), i));
    }
    const std::size_t references = heap_.references(handles_[i].get());
    EXPECT_EQ(objgraph_.references_from_outside(handles_[i].get()), references - std::min(references, known));
  }
}

void on_random_graphs(void (RandomGraph::*check)() const) {
  for (std::uint32_t seed = 0; seed < 300 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    (RandomGraph(seed).*check)();
  }
}

TEST(Chains, AreShortest) { on_random_graphs(&RandomGraph::chains_are_shortest); }
TEST(Chains, PathsLeadWhereRootsLead) { on_random_graphs(&RandomGraph::paths_lead_where_roots_lead); }
TEST(Chains, WhatWouldFree) { on_random_graphs(&RandomGraph::what_would_free); }
TEST(Chains, ReferencesFromOutsideAreTheHandles) {
  on_random_graphs(&RandomGraph::references_from_outside_are_the_handles);
}

TEST(ChainsOfTheLastResort, AreThoseOfOtherRootsIfThereAreAny) {
  Heap heap;
  const TypeId type = heap.define({"node", Layout::node, {}, {}, {}, {}});
  const Handle a = heap.create(type);
  const Handle b = heap.create(type);
  const Handle c = heap.create(type);
  heap.append(a.get(), b.get());
  Objgraph objgraph(heap);
  NamedRoot outside{"C code", {{"", b.get()}, {"", c.get()}}, true};
  objgraph.set_roots({outside, {"module", {{"a", a.get()}}}});
  EXPECT_EQ(objgraph.repr(objgraph.find_root_chain(Node::object(b.get())).front()), "module");
  EXPECT_EQ(objgraph.repr(objgraph.find_root_chain(Node::object(c.get())).front()), "C code");
  EXPECT_EQ(objgraph.repr(objgraph.paths_from_roots().chain_to(Node::object(b.get())).front()), "module");
  EXPECT_EQ(objgraph.repr(objgraph.paths_from_roots().chain_to(Node::object(c.get())).front()), "C code");
}

}  // namespace
}  // namespace cyclegc
