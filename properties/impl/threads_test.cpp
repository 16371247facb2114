// Covers: one heap for each thread, at the same time; ThreadSanitizer watches it in ci/matrix.
// Does not cover: two threads in one heap, which is not allowed.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "cyclegc/runtime.hpp"

namespace cyclegc {
namespace {

struct Pair {
  Member first, second;
  std::string text;
  void traverse(const Visitor& visit) const {
    visit(first);
    visit(second);
  }
  void detach(References& out) {
    out.take(first);
    out.take(second);
  }
};

// What happened, which depends on nothing but the program.
std::uint64_t work() {
  std::uint64_t seen = 0;
  Runtime runtime({.young_objects = 200});
  Type type = type_of_class<Pair>("pair");
  type.finalize = [&](Heap&, ObjectId) { ++seen; };
  const TypeId pairs = runtime.define(std::move(type));
  Type node_type;
  node_type.name = "node";
  const TypeId nodes = runtime.define(std::move(node_type));
  std::vector<Ref<Pair>> kept(16);
  std::vector<WeakRef<Pair>> weak;
  for (std::uint32_t i = 0; i < 4000; ++i) {
    Ref<Pair> pair = make<Pair>(runtime, pairs);
    pair->text = std::to_string(i);
    const Handle node = runtime.create(nodes);
    runtime.append(node.get(), pair.get());
    runtime.store_member(pair.get(), pair->first, node.get());
    if (kept[i % 16]) runtime.store_member(pair.get(), pair->second, kept[i % 16].get());
    if (i % 7 == 0) weak.emplace_back(pair, [&](Heap&, ObjectId) { seen += 1000; });
    if (i % 3 == 0) kept[i % 16] = std::move(pair);
    runtime.safepoint();
  }
  for (const WeakRef<Pair>& reference : weak) seen += reference.lock() ? 1'000'000U : 0U;
  kept.clear();
  static_cast<void>(runtime.finish());
  runtime.trim();
  EXPECT_EQ(runtime.verify(Grade::whole_heap).value_or(""), "");
  return seen;
}

TEST(Threads, OneHeapForEachThread) {
  constexpr std::size_t kThreads = 4;
  const std::uint64_t alone = work();
  std::vector<std::uint64_t> results(kThreads);
  {
    std::vector<std::thread> threads;
    for (std::uint64_t& result : results) threads.emplace_back([&result] { result = work(); });
    for (std::thread& thread : threads) thread.join();
  }
  EXPECT_EQ(results, std::vector<std::uint64_t>(kThreads, alone));
}

}  // namespace
}  // namespace cyclegc
