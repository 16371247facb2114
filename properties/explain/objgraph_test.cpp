// Covers: impl/objgraph on a heap of its own, and `cyclecheck objgraph` from the command line.
#include "impl/objgraph.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "properties/support/explain_command.hpp"
#include "trace/file.hpp"

namespace cyclecheck {
namespace {

using cyclegc::Handle;
using cyclegc::Heap;
using cyclegc::Layout;
using cyclegc::ObjectId;
using cyclegc::Objgraph;
using Node = Objgraph::Node;

class ObjgraphOfAHeap : public testing::Test {
 protected:
  Handle make(cyclegc::TypeId type) { return heap_.create(type); }

  Heap heap_;
  cyclegc::GcModule gc_{heap_};
  cyclegc::TypeId person_ = heap_.define({"Person", Layout::node, {}, {}, {}, {}});
  cyclegc::TypeId dog_ = heap_.define({"Dog", Layout::node, [](Heap&, ObjectId) {}, {}, {}, {}});
  Objgraph objgraph_{heap_};
};

TEST_F(ObjgraphOfAHeap, CountsAndTables) {
  std::vector<Handle> held;
  for (int i = 0; i < 3; ++i) held.push_back(make(dog_));
  for (int i = 0; i < 12; ++i) held.push_back(make(person_));
  EXPECT_EQ(objgraph_.count("Dog"), 3U);
  EXPECT_EQ(objgraph_.count("Cat"), 0U);
  EXPECT_EQ(objgraph_.by_type("Dog").size(), 3U);
  EXPECT_EQ(objgraph_.show_most_common_types(), "Person 12\nDog    3\n");
  EXPECT_EQ(objgraph_.show_most_common_types(1), "Person 12\n");
}

TEST_F(ObjgraphOfAHeap, GrowthIsThatAboveThePeak) {
  std::vector<Handle> held;
  held.push_back(make(person_));
  EXPECT_EQ(objgraph_.growth(), (std::vector<Objgraph::Growth>{{"Person", 1, 1}}));
  EXPECT_TRUE(objgraph_.growth().empty());
  held.clear();
  EXPECT_TRUE(objgraph_.growth().empty());
  for (int i = 0; i < 4; ++i) held.push_back(make(person_));
  EXPECT_EQ(objgraph_.show_growth(), "Person        4        +3\n");
}

TEST_F(ObjgraphOfAHeap, GrowthCollectsFirst) {
  Handle a = make(person_);
  heap_.append(a.get(), a.get());
  a.reset();
  EXPECT_EQ(objgraph_.count("Person"), 1U);
  EXPECT_TRUE(objgraph_.growth().empty());
  EXPECT_EQ(objgraph_.count("Person"), 0U);
}

TEST_F(ObjgraphOfAHeap, APictureStopsAtTooManyNodes) {
  const Handle hub = make(person_);
  for (int i = 0; i < 100; ++i) heap_.append(hub.get(), make(person_).get());
  Objgraph::Options options;
  options.too_many = 1000;
  options.max_nodes = 20;
  const Objgraph::Picture picture = objgraph_.show_refs({Node::object(hub.get())}, options);
  EXPECT_EQ(picture.nodes.size(), 20U);
  EXPECT_EQ(picture.left_out, 81U);
  EXPECT_NE(objgraph_.to_dot(picture, options).find("81 more objects left out"), std::string::npos);
}

TEST_F(ObjgraphOfAHeap, FinalizersAndGarbageHaveARedFrame) {
  const Handle person = make(person_);
  const Handle dog = make(dog_);
  heap_.append(person.get(), dog.get());
  Objgraph::Options options;
  const std::string dot = objgraph_.to_dot(objgraph_.show_refs({Node::object(person.get())}, options), options);
  const std::string id = "o" + std::to_string(dog.get().index);
  EXPECT_NE(dot.find(id + "[color=red,penwidth=2]"), std::string::npos) << dot;
  EXPECT_NE(dot.find(id + "_has_a_del"), std::string::npos);
  EXPECT_EQ(dot.find("o" + std::to_string(person.get().index) + "[color=red"), std::string::npos);
}

TEST_F(ObjgraphOfAHeap, ChainsLeadFromAnyRoot) {
  const Handle a = make(person_);
  const Handle b = make(person_);
  const Handle lonely = make(person_);
  heap_.append(a.get(), b.get());
  objgraph_.set_roots({{"handles", {{"first", a.get()}}}});
  const Objgraph::Chain chain = objgraph_.find_backref_chain(Node::object(b.get()), Objgraph::is_proper_module);
  EXPECT_EQ(chain, (Objgraph::Chain{{true, 0}, Node::object(a.get()), Node::object(b.get())}));
  EXPECT_EQ(objgraph_.find_backref_chain(Node::object(lonely.get()), Objgraph::is_proper_module).size(), 1U);
  const Objgraph::Picture picture = objgraph_.show_chain({chain}, {});
  EXPECT_EQ(picture.nodes.size(), 3U);
  EXPECT_EQ(objgraph_.to_text(picture, {}),
            "Person object 1\n  Person object 0\n    module handles\nPerson object 0 -> Person object 1  [0]\n"
            "module handles -> Person object 0  first\n");
}

// --- The command ---

class ObjgraphCommand : public CommandTest {
 protected:
  std::string trace_ = write("leak.trace",
                             "cyclecheck-trace 1\nprofile python2.7\nnew a instance\nstore a 0 a\nnew b node del={}\n"
                             "append b a\ndrop a\nshutdown\n");
};

TEST_F(ObjgraphCommand, AnswersInText) {
  EXPECT_EQ(program("objgraph " + trace_).output, "instance 1\ndict     1\nnode     1\n");
  EXPECT_EQ(program("objgraph " + trace_ + " --step 0").output, "instance 1\n");
  EXPECT_EQ(program("objgraph " + trace_ + " --count dict").output, "1\n");
  EXPECT_EQ(program("objgraph " + trace_ + " --by-type node").output, "b\n");
  EXPECT_EQ(program("objgraph " + trace_ + " --growth --since 1").output, "node        1        +1\n");
  EXPECT_EQ(program("objgraph " + trace_ + " --leaking").output, "b\n");
  EXPECT_EQ(program("objgraph " + trace_ + " --root-chain a").output, "__main__ -> b -> a\n");
  EXPECT_EQ(program("objgraph " + trace_ + " --chain b a").output, "b -> a\n");
  EXPECT_EQ(program("objgraph " + trace_ + " --chain a b").output, "a does not lead to b\n");
  const CommandRun backrefs = program("objgraph " + trace_ + " --show-backrefs a --refcounts");
  EXPECT_TRUE(has(backrefs.output, "instance a [2]\n")) << backrefs.output;
  EXPECT_TRUE(has(backrefs.output, "node b -> instance a  [0]\n")) << backrefs.output;
}

// A referrer that is frozen is one: chains are followed forwards, as objgraph's find_ref_chain does.
TEST_F(ObjgraphCommand, ChainsLeadThroughFrozenObjects) {
  const std::string trace = write("frozen.trace",
                                  "cyclecheck-trace 1\nprofile python3.11\nnew cache list\nfreeze\nnew request node\n"
                                  "append cache request\ndrop request\nnew g opaque\nappend g g\n");
  EXPECT_EQ(program("objgraph " + trace + " --chain __main__ request").output, "__main__ -> cache -> request\n");
  EXPECT_EQ(program("objgraph " + trace + " --root-chain request").output, "__main__ -> cache -> request\n");
  EXPECT_EQ(program("objgraph " + trace + " --chain __main__ g").output, "__main__ -> g\n");
  EXPECT_EQ(program("objgraph " + trace + " --chain request request").output, "request is in no cycle\n");
}

TEST_F(ObjgraphCommand, FrozenAndOpaqueGarbageExists) {
  const std::string trace = write("lost.trace",
                                  "cyclecheck-trace 1\nprofile python3.11\nnew g node\nappend g g\n"
                                  "drop g\nfreeze\nnew o opaque\nappend o o\ndrop o\n");
  EXPECT_EQ(program("objgraph " + trace + " --chain g g").output, "g -> g\n");
  EXPECT_EQ(program("objgraph " + trace + " --root-chain g").output, "no root leads to g\n");
  // What an opaque object refers to nobody sees.
  EXPECT_EQ(program("objgraph " + trace + " --chain o o").output, "o is in no cycle\n");
  EXPECT_EQ(program("objgraph " + trace + " --show-refs g").output, "node g\nnode g -> node g  [0]\n");
}

TEST_F(ObjgraphCommand, ALimitIsSaid) {
  std::string text = "cyclecheck-trace 1\nprofile python3.11\nnew n0 node\n";
  for (int i = 1; i <= 25; ++i) {
    const std::string name = "n" + std::to_string(i);
    text += "new " + name + " node\nappend @n" + std::to_string(i - 1) + " " + name + "\ndrop " + name + "\n";
  }
  const std::string trace = write("long.trace", text);
  EXPECT_EQ(program("objgraph " + trace + " --chain n0 n25").output,
            "n0 does not lead to n25 within 20 references; the shortest chain has 25: --max-depth 25\n");
  EXPECT_EQ(program("objgraph " + trace + " --root-chain n2 --max-depth 2").output,
            "no root leads to n2 within 2 references; the shortest chain has 3: --max-depth 3\n");
  EXPECT_TRUE(has(program("objgraph " + trace + " --chain n0 n25 --max-depth 25").output, "n24 -> n25\n"));
}

TEST_F(ObjgraphCommand, SaysWhyAnObjectIsAlive) {
  const CommandRun why = program("objgraph " + trace_ + " --why a");
  EXPECT_TRUE(has(why.output,
                  "a is alive: __main__ leads to it:\n  __main__\n    .b -> b\n    [0] -> a\n"
                  "It is freed when this reference is gone: b[0] ("))
      << why.output;
  EXPECT_TRUE(has(why.output, "Or when this reference is gone: __main__.b (")) << why.output;
  EXPECT_EQ(program("objgraph " + trace_ + " --why __main__").output,
            "__main__ is a root: the program itself holds it.\n");
  const std::string lost = write("lost.trace",
                                 "cyclecheck-trace 1\nprofile python2.7\nnew a node del={}\nnew b node\n"
                                 "append a b\nappend b a\ndrop a\ndrop b\n");
  EXPECT_EQ(program("objgraph " + lost + " --why b").output,
            "b is garbage: no root leads to it, and a cycle keeps it:\n  b [0] -> a [0] -> b\n"
            "a has a __del__, so the collector never frees the cycle: it moves it to gc.garbage.\n"
            "It is freed when the program breaks the cycle.\n");
  EXPECT_TRUE(has(program("objgraph " + trace_ + " --why node").output, "There is 1 node.\n"));
}

TEST_F(ObjgraphCommand, NoCollectionFreesWhatAFrozenCycleLeadsTo) {
  const auto why = [&](const std::string& operations, const std::string& object) {
    const std::string trace = write("frozen.trace", "cyclecheck-trace 1\nprofile python3.11\n" + operations);
    return program("objgraph " + trace + " --why " + object).output;
  };
  const std::string cycle = "new g node\nappend g g\n";
  const std::string stays = "g is frozen (gc.freeze()): no collection frees it before gc.unfreeze().\n";
  EXPECT_EQ(why(cycle + "freeze\ndrop g\n", "g"),
            "g is garbage: no root leads to it, and a frozen cycle keeps it:\n  g [0] -> g\n" + stays);
  // In a cycle of its own, too.
  EXPECT_EQ(why(cycle + "freeze\nnew h node\nappend h h\nappend g h\ndrop g\ndrop h\n", "h"),
            "h is garbage: no root leads to it, and a frozen cycle refers to it:\n"
            "  g [0] -> g\n  g [1] -> h\n" +
                stays);
  // A frozen object in no cycle goes with those that refer to it.
  EXPECT_TRUE(has(why("new f node\nfreeze\n" + cycle + "append g f\ndrop f\ndrop g\n", "f"),
                  "It is freed by the next collection of its generation, or by gc.collect().\n"));
}

TEST_F(ObjgraphCommand, GarbageIsARoot) {
  const std::string trace = write("garbage.trace",
                                  "cyclecheck-trace 1\nprofile python2.7\nnew a node del={}\n"
                                  "append a a\ndrop a\ncollect 2\n");
  EXPECT_EQ(program("objgraph " + trace + " --root-chain a").output, "gc.garbage -> a\n");
  EXPECT_EQ(program("objgraph " + trace + " --chain gc.garbage a").output, "gc.garbage -> a\n");
}

TEST_F(ObjgraphCommand, DrawsWithGraphviz) {
  for (const char* name : {"a.svg", "a.png", "a.dot"}) {
    const CommandRun run = program("objgraph " + trace_ + " --show-backrefs a -o " + path(name));
    EXPECT_EQ(run.status, 0) << run.output;
  }
  EXPECT_TRUE(has(std::get<std::string>(read_file(path("a.svg"))), "<svg"));
  EXPECT_EQ(std::get<std::string>(read_file(path("a.png"))).substr(1, 3), "PNG");
  EXPECT_TRUE(has(std::get<std::string>(read_file(path("a.dot"))), "digraph ObjectGraph {"));
  // Nothing else is left in the folder.
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 4);
}

TEST_F(ObjgraphCommand, WithoutGraphvizTheGraphIsKept) {
  const CommandRun run =
      shell("PATH=/nowhere " CYCLECHECK_PROGRAM " objgraph " + trace_ + " --show-backrefs a -o " + path("a.svg"));
  EXPECT_EQ(run.status, 2);
  EXPECT_TRUE(has(run.output, "Graphviz's program `dot` is not installed: the graph is in " + path("a.dot")));
  EXPECT_TRUE(has(std::get<std::string>(read_file(path("a.dot"))), "digraph ObjectGraph {"));
  EXPECT_EQ(shell("PATH=/nowhere " CYCLECHECK_PROGRAM " objgraph " + trace_ + " --show-backrefs a").status, 0);
}

TEST_F(ObjgraphCommand, BadInput) {
  expect_refused("objgraph",
                 {
                     {"", "TRACE is required"},
                     {path("none.trace"), "none.trace"},
                     {trace_ + " --step 6", "leak.trace: there is no step 6: the trace has steps 0 to 5"},
                     {trace_ + " --growth --since 9", "there is no step 9"},
                     {trace_ + " --since 1", "--growth"},
                     {trace_ + " --show-refs c", "there is no object 'c': it has a, a.__dict__, b at that step"},
                     {trace_ + " --chain c a", "there is no object 'c'"},
                     {trace_ + " --why c", "there is no object 'c'"},
                     {trace_ + " --why a --max-depth 3", "has no effect with --why"},
                     {trace_ + " --show-refs a --show-backrefs a", "--show"},
                     {trace_ + " --show-refs a -o " + path("a.gif"), "a.gif: is no picture by its name"},
                     {trace_ + " --show-refs a -o " + path("no/a.svg"), "no/a.svg: cannot be written"},
                 });
}

}  // namespace
}  // namespace cyclecheck
