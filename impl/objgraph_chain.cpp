// Chains of references, and what they say about why an object is alive.
#include <algorithm>
#include <cstdint>
#include <deque>

#include "impl/objgraph.hpp"

namespace cyclegc {

bool Objgraph::Paths::reach(Node node, Node parent) {
  const std::uint32_t place = at(node);
  if (place >= parent_.size()) parent_.resize(std::max<std::size_t>(std::size_t{place} + 1, parent_.size() * 2), kNone);
  if (parent_[place] != kNone) return false;
  parent_[place] = at(parent);
  return true;
}

Objgraph::Chain Objgraph::Paths::chain_to(Node node) const {
  if (!lead_to(node)) return {};
  Chain chain{node};
  while (parent(chain.back()) != chain.back()) chain.push_back(parent(chain.back()));
  std::reverse(chain.begin(), chain.end());
  return chain;
}

std::vector<Objgraph::Node> Objgraph::roots(bool last_resort) const {
  std::vector<Node> some = roots();
  std::erase_if(some, [&](Node root) {
    return (root.index < root_count() && names_.roots[root.index].last_resort) != last_resort;
  });
  return some;
}

std::vector<Objgraph::Node> Objgraph::roots() const {
  std::vector<Node> all;
  for (std::uint32_t i = 0; i <= root_count(); ++i) all.push_back({true, i});
  return all;
}

Objgraph::Chain Objgraph::find_chain(const std::vector<Node>& starts, const Predicate& predicate, std::size_t max_depth,
                                     Neighbours neighbours, bool leave) const {
  Paths paths(root_count());
  std::vector<Node> level;
  const auto reach = [&](Node node, Node parent) {
    if (paths.reach(node, parent)) level.push_back(node);
  };
  for (const Node start : starts) reach(start, start);
  // Level by level: those at the distance `depth`.
  for (std::size_t depth = 0; !level.empty(); ++depth) {
    for (const Node node : level) {
      if ((depth > 0 || !leave) && predicate(node)) return paths.chain_to(node);
    }
    if (depth == max_depth) break;
    for (const Node node : std::exchange(level, {})) {
      for (const Node next : (this->*neighbours)(node)) {
        // What leads back to the start ends the chain there, although the start was reached before.
        if (leave && predicate(next)) {
          Chain chain = paths.chain_to(node);
          chain.push_back(next);
          return chain;
        }
        reach(next, node);
      }
    }
  }
  return {};
}

Objgraph::Chain Objgraph::find_backref_chain(Node object, const Predicate& predicate, std::size_t max_depth) const {
  Chain chain = find_chain({object}, predicate, max_depth, &Objgraph::referrers);
  std::reverse(chain.begin(), chain.end());
  return chain.empty() ? Chain{object} : chain;
}

Objgraph::Chain Objgraph::find_ref_chain(Node object, const Predicate& predicate, std::size_t max_depth) const {
  const Chain chain = find_chain({object}, predicate, max_depth, &Objgraph::referents);
  return chain.empty() ? Chain{object} : chain;
}

Objgraph::Chain Objgraph::find_root_chain(Node object, std::size_t max_depth) const {
  for (const bool last_resort : {false, true}) {
    const Chain chain = find_chain(
        roots(last_resort), [&](Node node) { return node == object; }, max_depth, &Objgraph::referents);
    if (!chain.empty()) return chain;
  }
  return {object};
}

Objgraph::Chain Objgraph::find_frozen_chain(Node object) const {
  std::vector<Node> frozen;
  for (const ObjectId id : objects()) {
    if (is_frozen(Node::object(id))) frozen.push_back(Node::object(id));
  }
  const auto leads = [&](Node node) { return node == object; };
  while (true) {
    const Chain chain = find_chain(frozen, leads, SIZE_MAX, &Objgraph::referents);
    if (chain.empty() || find_cycle(chain.front(), SIZE_MAX).size() > 1) return chain;
    frozen.erase(std::find(frozen.begin(), frozen.end(), chain.front()));
  }
}

Objgraph::Chain Objgraph::find_cycle(Node object, std::size_t max_depth) const {
  const Chain chain = find_chain(
      {object}, [&](Node node) { return node == object; }, max_depth, &Objgraph::referents, true);
  return chain.empty() ? Chain{object} : chain;
}

// --- Why an object is alive ---

Objgraph::Paths Objgraph::paths_from_roots(const std::function<bool(Reference)>& without) const {
  Paths paths(root_count());
  for (const bool last_resort : {false, true}) {
    std::deque<Node> queue;
    for (const Node root : roots(last_resort)) {
      paths.reach(root, root);
      queue.push_back(root);
    }
    while (!queue.empty()) {
      const Node node = queue.front();
      queue.pop_front();
      for (const Node next : referents(node)) {
        if (without && without({node, next})) continue;
        if (!paths.reach(next, node)) continue;
        ++paths.objects_;
        queue.push_back(next);
      }
    }
  }
  return paths;
}

std::vector<Objgraph::Release> Objgraph::what_would_free(Node object) const {
  const Paths all = paths_from_roots();
  const Chain chain = all.chain_to(object);
  std::vector<Release> releases;
  // One reference is enough if each way leads through it. The chain is one of the ways, so it has all of these.
  for (std::size_t i = chain.size(); i-- > 1;) {
    const Reference gone{chain[i - 1], chain[i]};
    const Paths rest = paths_from_roots([&](Reference it) { return it == gone; });
    if (rest.lead_to(object)) continue;
    releases.push_back({{gone}, all.objects() - rest.objects()});
  }
  if (chain.empty() || (!releases.empty() && releases.front().references.front().to == object)) return releases;
  // What roots lead to without its help.
  const Paths rest = paths_from_roots([&](Reference it) { return it.to == object; });
  Release together{{}, all.objects() - rest.objects()};
  const auto ask = [&](Node node) {
    const std::vector<Node> to = referents(node);
    if (std::find(to.begin(), to.end(), object) != to.end()) together.references.push_back({node, object});
  };
  for (const Node root : roots()) ask(root);
  for (const ObjectId id : objects()) {
    if (rest.lead_to(Node::object(id))) ask(Node::object(id));
  }
  releases.push_back(std::move(together));
  return releases;
}

std::size_t Objgraph::references_from_outside(ObjectId object) const {
  std::size_t known = 0;
  const auto count = [&](Node node) {
    const std::vector<Node> to = referents(node);
    known += static_cast<std::size_t>(std::count(to.begin(), to.end(), Node::object(object)));
  };
  for (const Node root : roots()) count(root);
  for (const ObjectId id : objects()) count(Node::object(id));
  const std::size_t references = heap_->references(object);
  return references - std::min(references, known);
}

}  // namespace cyclegc
