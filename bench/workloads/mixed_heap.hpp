// `mixed`: a full collection of a heap like an interpreter's, alive and held by one container: of ten objects four are
// nodes, three are objects of a class, three are strings, which refer to nothing. part=nodes: all are nodes.
// Unit: an object.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "bench/workload.hpp"
#include "impl/gc_module.hpp"
#include "impl/heap.hpp"
#include "impl/ref.hpp"

namespace cyclecheck::bench {

class MixedHeap : public Workload {
 public:
  explicit MixedHeap(const Spec& spec) : heap_(cyclegc::Semantics::embedding()), gc_(heap_), objects_(spec.objects) {
    gc_.disable();
    cyclegc::Type type;
    type.name = "node";
    const cyclegc::TypeId nodes = heap_.define(type);
    type.name = "string";
    type.layout = cyclegc::Layout::opaque;
    const cyclegc::TypeId strings = heap_.define(type);
    const cyclegc::TypeId triples = heap_.define(cyclegc::type_of_class<Triple>("triple"));
    const bool only_nodes = spec.part == "nodes";
    holder_ = heap_.create(nodes);
    std::vector<cyclegc::ObjectId> all;
    for (std::uint64_t i = 0; i < objects_; ++i) {
      const bool leaf = i % 10 >= 7;
      const bool custom = !leaf && i % 10 >= 4;
      const cyclegc::Handle made = only_nodes || (!leaf && !custom) ? heap_.create(nodes)
                                   : leaf                           ? heap_.create(strings)
                                                                    : cyclegc::make<Triple>(heap_, triples).handle();
      heap_.append(holder_.get(), made.get());
      all.push_back(made.get());
    }
    std::mt19937_64 random(1);
    for (std::uint64_t i = 0; i < objects_; ++i) {
      if (i % 10 >= 7) continue;
      for (int k = 0; k < 3; ++k) {
        const cyclegc::ObjectId to = all[random() % objects_];
        if (only_nodes || i % 10 < 4) {
          heap_.append(all[i], to);
        } else {
          auto* const triple = static_cast<Triple*>(heap_.custom_object(all[i]));
          heap_.store_member(all[i], triple->members[k], to);
        }
      }
    }
  }

  double run() override {
    Stopwatch watch;
    watch.start();
    static_cast<void>(gc_.collect());
    watch.stop();
    return watch.nanoseconds() / static_cast<double>(objects_);
  }
  [[nodiscard]] Answers answers() override { return {{"survivors", static_cast<std::int64_t>(heap_.size())}}; }

 private:
  struct Triple {
    static constexpr bool kShowsAllMembers = true;
    cyclegc::Member members[3];
    void traverse(const cyclegc::Visitor& visit) const {
      for (const cyclegc::Member& member : members) visit(member);
    }
    void detach(cyclegc::References& out) {
      for (cyclegc::Member& member : members) out.take(member);
    }
  };

  cyclegc::Heap heap_;
  cyclegc::GcModule gc_;
  std::uint64_t objects_;
  cyclegc::Handle holder_;
};

}  // namespace cyclecheck::bench
