// Covers: snapshots: who holds what, names, sizes, references of every kind; that taking one changes nothing and may be
// done in hooks; the files, with texts that need escapes. Does not cover: how Chrome shows one.
#include "impl/snapshot.hpp"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "cyclegc/runtime.hpp"
#include "properties/impl/fixture.hpp"

namespace cyclegc {
namespace {

using Kind = Snapshot::NodeKind;

// "from -name-> to", of every edge; a number stands as itself.
std::multiset<std::string> edges_of(const Snapshot& snapshot) {
  std::multiset<std::string> result;
  std::size_t next = 0;
  for (const Snapshot::Node& node : snapshot.nodes) {
    for (std::uint32_t i = 0; i < node.edges; ++i) {
      const Snapshot::Edge& edge = snapshot.edges[next++];
      const bool numbered = edge.kind == Snapshot::EdgeKind::numbered;
      const char* const mark = edge.kind == Snapshot::EdgeKind::weak     ? " weak"
                               : edge.kind == Snapshot::EdgeKind::hidden ? " hidden"
                                                                         : "";
      result.insert(snapshot.strings[node.name] + " -" +
                    (numbered ? std::to_string(edge.name) : snapshot.strings[edge.name]) + mark + "-> " +
                    snapshot.strings[snapshot.nodes[edge.to].name]);
    }
  }
  EXPECT_EQ(next, snapshot.edges.size());
  return result;
}

std::string written(const Snapshot& snapshot, void (*write)(const Snapshot&, const SnapshotSink&)) {
  std::string text;
  write(snapshot, [&text](std::string_view piece) { text += piece; });
  return text;
}

// What a loader relies on; answers the file.
nlohmann::json loaded(const Snapshot& snapshot) {
  const nlohmann::json file = nlohmann::json::parse(written(snapshot, write_heapsnapshot));
  const nlohmann::json& about = file["snapshot"];
  const std::size_t fields = about["meta"]["node_fields"].size();
  EXPECT_EQ(fields, 7U);
  EXPECT_EQ(about["meta"]["node_types"].size(), fields);
  EXPECT_EQ(about["meta"]["edge_fields"].size(), 3U);
  EXPECT_EQ(file["nodes"].size(), about["node_count"].get<std::size_t>() * fields);
  EXPECT_EQ(file["edges"].size(), about["edge_count"].get<std::size_t>() * 3);
  std::size_t edges = 0;
  std::set<std::uint64_t> ids;
  for (std::size_t at = 0; at < file["nodes"].size(); at += fields) {
    EXPECT_LT(file["nodes"][at].get<std::size_t>(), about["meta"]["node_types"][0].size());
    EXPECT_LT(file["nodes"][at + 1].get<std::size_t>(), file["strings"].size());
    EXPECT_TRUE(ids.insert(file["nodes"][at + 2].get<std::uint64_t>()).second);
    edges += file["nodes"][at + 4].get<std::size_t>();
  }
  EXPECT_EQ(edges, about["edge_count"]);
  for (std::size_t at = 0; at < file["edges"].size(); at += 3) {
    const auto type = about["meta"]["edge_types"][0].at(file["edges"][at].get<std::size_t>()).get<std::string>();
    EXPECT_TRUE(type == "element" || file["edges"][at + 1].get<std::size_t>() < file["strings"].size());
    const auto to = file["edges"][at + 2].get<std::size_t>();
    EXPECT_EQ(to % fields, 0U);
    EXPECT_LT(to, file["nodes"].size());
  }
  return file;
}

// The names of what can be reached from the first node without weak references: what is retained.
std::multiset<std::string> retained(const nlohmann::json& file) {
  const std::size_t nodes = file["snapshot"]["node_count"];
  std::vector<std::size_t> first(nodes + 1);
  for (std::size_t i = 0; i < nodes; ++i) first[i + 1] = first[i] + file["nodes"][i * 7 + 4].get<std::size_t>();
  std::vector<std::size_t> reached{0};
  std::set<std::size_t> seen{0};
  std::multiset<std::string> names;
  for (std::size_t i = 0; i < reached.size(); ++i) {
    const std::size_t from = reached[i];
    names.insert(file["strings"][file["nodes"][from * 7 + 1].get<std::size_t>()].get<std::string>());
    for (std::size_t edge = first[from]; edge < first[from + 1]; ++edge) {
      const std::size_t to = file["edges"][edge * 3 + 2].get<std::size_t>() / 7;
      if (file["edges"][edge * 3] != 6 && seen.insert(to).second) reached.push_back(to);
    }
  }
  return names;
}

TEST(Snapshot, ShowsWhoHoldsWhat) {
  World world;
  const Handle a = world.make('a');
  const Handle b = world.make(world.instance, 'b');
  const Handle opaque = world.make(world.opaque, 'o');
  world.link(a, b);
  world.link(a, world.make('c'));
  world.heap.store(b.get(), 5, a.get());
  world.link(opaque, world.make('d'));
  const Handle weak = world.weak_without_callback(b, 'w');
  SnapshotNames names;
  names.text = [&](ObjectId id) { return std::string(1, world.name(id)); };
  names.reference = [&](ObjectId owner, std::uint32_t number) {
    return owner == b.get() ? "x" + std::to_string(number) : std::string();
  };
  names.external_bytes = [&](ObjectId id) { return id == a.get() ? std::size_t{1000} : std::size_t{0}; };
  names.roots = {{"frame", {{"self", a.get()}, {"nobody", {}}}, false}};
  const std::uint64_t steps = world.heap.steps();
  const Snapshot snapshot = take_snapshot(world.heap, names);
  EXPECT_EQ(world.heap.steps(), steps);
  EXPECT_EQ(edges_of(snapshot),
            (std::multiset<std::string>{"roots -0-> frame", "roots -1-> handles", "frame -self-> node a",
                                        "handles -0-> instance b", "handles -1-> opaque o", "handles -2-> weakref w",
                                        "node a -0-> instance b", "node a -1-> node c", "instance b -x5-> node a",
                                        "opaque o -0 hidden-> node d", "weakref w -referent weak-> instance b"}));
  EXPECT_EQ(snapshot.nodes[snapshot.find(a.get())].bytes, 1000 + snapshot.nodes[snapshot.find(weak.get())].bytes);
  EXPECT_EQ(snapshot.nodes[snapshot.find(a.get())].references, 2U);
  EXPECT_EQ(snapshot.find({}), Snapshot::kNothing);
  EXPECT_EQ(retained(loaded(snapshot)).size(), 4 + 6U);
}

TEST(Snapshot, ShowsWhatNoHandleHolds) {
  World world;
  {
    const Handle frozen = world.make('f');
    world.link(frozen, frozen);
    world.gc.freeze();
    const Handle garbage = world.make(world.legacy, 'g');
    world.link(garbage, garbage);
  }
  world.gc.set_debug(debug_flag::save_all);
  EXPECT_EQ(world.gc.collect(), 1U);
  const Handle lost = world.make('l');
  world.link(lost, lost);
  const auto kinds = [&](const Snapshot& snapshot) {
    std::multiset<Kind> result;
    for (const Snapshot::Node& node : snapshot.nodes) result.insert(node.kind);
    return result;
  };
  const Snapshot snapshot = take_snapshot(world.heap);
  EXPECT_EQ(kinds(snapshot), (std::multiset<Kind>{Kind::start, Kind::handles, Kind::frozen, Kind::garbage, Kind::object,
                                                  Kind::object, Kind::object}));
  EXPECT_EQ(edges_of(snapshot).count("frozen -0-> node"), 1U);
  EXPECT_EQ(edges_of(snapshot).count("gc.garbage -0-> node"), 1U);
}

struct Secret {
  Member shown, hidden;
  char large[300] = {};
  void traverse(const Visitor& visit) const { visit(shown); }
  void detach(References& out) {
    out.take(shown);
    out.take(hidden);
  }
};

TEST(Snapshot, ShowsMembersThatTraverseLeavesOut) {
  Runtime runtime;
  Type type = type_of_class<Secret>("secret");
  const TypeId plain = runtime.define(type);
  type.name = "teller";
  type.custom.payload = [](const void* object, const Visitor& visit) {
    visit(static_cast<const Secret*>(object)->hidden);
  };
  const TypeId teller = runtime.define(type);
  const Ref<Secret> a = make<Secret>(runtime, plain);
  const Ref<Secret> b = make<Secret>(runtime, teller);
  runtime.store_member(a.get(), a->hidden, b.get());
  runtime.store_member(b.get(), b->hidden, a.get());
  runtime.store_member(b.get(), b->shown, b.get());
  runtime.add_external(77);
  const Snapshot snapshot = runtime.snapshot();
  const std::multiset<std::string> edges = edges_of(snapshot);
  EXPECT_EQ(edges.count("references that nothing shows -0-> teller"), 1U);
  EXPECT_EQ(edges.count("teller -1 hidden-> secret"), 1U);
  EXPECT_EQ(edges.count("teller -0-> teller"), 1U);
  EXPECT_EQ(edges.count("references that nothing shows -1-> secret"), 0U);
  EXPECT_GE(snapshot.nodes[snapshot.find(a.get())].bytes, sizeof(Secret));
  const auto external = std::find_if(snapshot.nodes.begin(), snapshot.nodes.end(),
                                     [](const Snapshot::Node& node) { return node.kind == Kind::external; });
  ASSERT_NE(external, snapshot.nodes.end());
  EXPECT_EQ(external->bytes, 77U);
}

// A death is under way, and a finalizer waits.
TEST(Snapshot, IsTakenInsideOfHooks) {
  std::vector<std::multiset<std::string>> seen;
  Runtime runtime;
  Type type = type_of_class<Secret>("secret");
  type.released = [&](Heap& heap, ObjectId) {
    seen.push_back(edges_of(take_snapshot(heap)));
    EXPECT_EQ(heap.verify(Grade::cheap).value_or(""), "");
  };
  const TypeId secrets = runtime.define(type);
  type.name = "late";
  type.finalize = [](Heap&, ObjectId) {};
  const TypeId late = runtime.define(type);
  {
    const Ref<Secret> first = make<Secret>(runtime, secrets);
    const Ref<Secret> second = make<Secret>(runtime, secrets);
    const Ref<Secret> third = make<Secret>(runtime, late);
    runtime.store_member(first.get(), first->shown, second.get());
    runtime.store_member(first.get(), first->hidden, third.get());
  }
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0].count("secret -0-> secret"), 1U);
  EXPECT_EQ(seen[1].count("references of what dies -0-> late"), 1U);
  EXPECT_EQ(edges_of(runtime.snapshot()).count("finalizers that wait -0-> late"), 1U);
  runtime.safepoint();
  EXPECT_EQ(runtime.size(), 0U);
}

TEST(Snapshot, AFunctionThatThrowsLeavesTheHeapAsItWas) {
  World world;
  const Handle a = world.make('a');
  SnapshotNames names;
  names.text = [](ObjectId) -> std::string { throw std::runtime_error("no"); };
  EXPECT_THROW(static_cast<void>(take_snapshot(world.heap, names)), std::runtime_error);
  // Not quiet any more.
  world.link(a, world.make('b'));
  EXPECT_EQ(world.gc.collect(), 0U);
}

TEST(Snapshot, TextsAreEscaped) {
  World world;
  const std::vector<std::pair<std::string, std::string>> texts{
      {"\"a\\b\"\n\t\x01", "\"a\\b\"\n\t\x01"},
      {"p\xC3\xA4ir \xF0\x9F\x8C\x8D", "p\xC3\xA4ir \xF0\x9F\x8C\x8D"},
      {"\xFF\xC3", "\xEF\xBF\xBD\xEF\xBF\xBD"},
      {"\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"}};
  std::vector<Handle> held;
  SnapshotNames names;
  for (std::size_t i = 0; i < texts.size(); ++i) held.push_back(world.heap.create(world.plain, i));
  names.text = [&](ObjectId id) { return texts[world.heap.tag(id)].first; };
  const Snapshot snapshot = take_snapshot(world.heap, names);
  const std::multiset<std::string> found = retained(loaded(snapshot));
  for (const auto& [text, shown] : texts) EXPECT_EQ(found.count("node " + shown), 1U) << text;
  const std::string dot = written(snapshot, write_dot);
  EXPECT_NE(dot.find("label=\"node \\\"a\\\\b\\\"\\n\t\x01\\nreferences: 1\\nbytes: 24\""), std::string::npos) << dot;
  EXPECT_NE(dot.find("n1 -> n2[label=\"0\"]"), std::string::npos);
}

TEST(Snapshot, OfAnEmptyHeapHasAStart) {
  const Heap heap;
  EXPECT_EQ(retained(loaded(take_snapshot(heap))), (std::multiset<std::string>{"roots", "(GC roots)"}));
}

}  // namespace
}  // namespace cyclegc
