// Covers: dumps of every interpreter of this machine: leaks of each kind that the notes describe, why they are alive
// and what would free them; what is asked of dumps; files that are no dumps. Does not cover: time and memory (a million
// objects: docs/explain.md).
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "harness/cpython/cpython.hpp"
#include "harness/live/live.hpp"
#include "properties/support/explain_command.hpp"

namespace cyclecheck {
namespace {

class Live : public CommandTest {
 protected:
  Live() { write("cyclecheck_dump.py", std::string(dump_module())); }

  // Runs a program that may write dumps in its own folder.
  void run(const Interpreter& python, const std::string& source) {
    const std::string file = write("app.py", "import gc\nimport cyclecheck_dump\n" + source);
    const CommandRun done = shell("cd " + folder_.string() + " && " + python.path + " " + file);
    ASSERT_EQ(done.status, 0) << python.version << ": " << done.output;
  }
  // What is asked of heap.dump.
  [[nodiscard]] CommandRun ask(const std::string& question) const {
    return program("objgraph --from-dump " + path("heap.dump") + " " + question);
  }
  // Each with the name of the interpreter, for the messages.
  template <class Check>
  static void with_each(const Check& check) {
    const auto interpreters = find_interpreters().usable;
    ASSERT_FALSE(interpreters.empty());
    for (const Interpreter& python : interpreters) {
      SCOPED_TRACE(python.version);
      check(python);
    }
  }
  static bool is_python2(const Interpreter& python) { return python.version.rfind("2.", 0) == 0; }
};

constexpr const char* kManager = R"(
class Connection(object):
    def __init__(self, number):
        self.number = number
        self.buffer = []
class Manager(object):
    def __init__(self):
        self.open = []
MANAGER = Manager()
for i in range(5):
    MANAGER.open.append(Connection(i))
FIRST = MANAGER.open[0]
)";

// "Referred to by another object that lives very long, such as a global ConnectionManager."
TEST_F(Live, ALongLivedObjectThatHoldsOthers) {
  with_each([&](const Interpreter& python) {
    run(python, std::string(kManager) + "cyclecheck_dump.dump('heap.dump')\n");
    EXPECT_EQ(ask("--count Connection").output, "5\n");
    EXPECT_EQ(ask("--count __main__.Connection").output, "5\n");
    const CommandRun why = ask("--why Connection");
    EXPECT_EQ(why.status, 0);
    EXPECT_TRUE(has(why.output, "There are 5 Connection, alive in 2 ways.\n")) << why.output;
    EXPECT_TRUE(has(why.output, "4: module __main__.MANAGER -> Manager.open -> list[] -> Connection\n")) << why.output;
    const CommandRun second = ask("--why Connection#2");
    EXPECT_TRUE(has(second.output,
                    "__main__.Connection#2 is alive: module __main__ leads to it:\n"
                    "  module __main__\n"
                    "    .MANAGER -> __main__.Manager#1\n"
                    "    .open -> list#"))
        << second.output;
    EXPECT_TRUE(has(second.output, "    [1] -> __main__.Connection#2\nIt is freed when this reference is gone: list#"))
        << second.output;
    EXPECT_TRUE(has(second.output, "[1] (")) << second.output;
    EXPECT_TRUE(has(second.output, "Or when this reference is gone: module __main__.MANAGER (")) << second.output;
    const CommandRun first = ask("--why Connection#1");
    EXPECT_TRUE(has(first.output, "It is freed when all of these 2 references are gone (")) << first.output;
    EXPECT_TRUE(has(first.output, "\n  module __main__.FIRST\n  list#")) << first.output;
    EXPECT_TRUE(has(ask("--chain Manager#1 Connection#2").output, "__main__.Manager#1 -> ")) << python.version;
    EXPECT_TRUE(has(ask("--show-backrefs Connection#2").output, "Connection __main__.Connection#2\n"));
  });
}

// "If __del__ is defined in a cycle, the interpreter does nothing." So it was up to 3.3.
TEST_F(Live, AFinalizerInACycle) {
  with_each([&](const Interpreter& python) {
    run(python, R"(
class Node(object):
    def __del__(self):
        pass
a, b = Node(), Node()
a.peer, b.peer = b, a
del a, b
cyclecheck_dump.dump('heap.dump')
gc.collect()
cyclecheck_dump.dump('later.dump')
)");
    const CommandRun before = ask("--why Node#1");
    EXPECT_TRUE(has(before.output,
                    "__main__.Node#1 is garbage: no root leads to it, and a cycle keeps it:\n"
                    "  __main__.Node#1 .peer -> __main__.Node#2 .peer -> __main__.Node#1\n"))
        << before.output;
    const char* says = is_python2(python) ? "has a __del__, so the collector never frees the cycle"
                                          : "It is freed by the next collection of its generation, or by gc.collect().";
    EXPECT_TRUE(has(before.output, says)) << before.output;
    const CommandRun later = program("objgraph --from-dump " + path("later.dump") + " --why Node#1");
    if (is_python2(python)) {
      EXPECT_TRUE(has(later.output, "  module gc\n    .garbage -> list#")) << later.output;
      EXPECT_TRUE(has(later.output, "in a cycle with a __del__, and does not free these.\n")) << later.output;
    } else {
      EXPECT_EQ(later.status, 2);
      EXPECT_TRUE(has(later.output, "there is no object 'Node#1'")) << later.output;
    }
  });
}

TEST_F(Live, ACycleWhileTheCollectorIsOff) {
  with_each([&](const Interpreter& python) {
    run(python, R"(
gc.disable()
class Ring(object):
    pass
a = Ring()
a.me, a.held = a, []
del a
cyclecheck_dump.dump('heap.dump')
)");
    const CommandRun why = ask("--why Ring");
    EXPECT_TRUE(has(why.output, "There is 1 Ring.")) << why.output;
    EXPECT_TRUE(has(why.output, "__main__.Ring#1 .me -> __main__.Ring#1\n")) << why.output;
    EXPECT_TRUE(has(why.output, "The collector is off (gc.disable()). It is freed by gc.collect()")) << why.output;
  });
}

TEST_F(Live, DebugLeakKeepsGarbage) {
  with_each([&](const Interpreter& python) {
    run(python, R"(
class Ring(object):
    pass
gc.collect()
gc.set_debug(gc.DEBUG_SAVEALL)
a = Ring()
a.me = a
del a
gc.collect()
cyclecheck_dump.dump('heap.dump')
gc.set_debug(0)
cyclecheck_dump.dump('later.dump')
)");
    const CommandRun why = ask("--why Ring#1");
    EXPECT_TRUE(has(why.output, "  module gc\n    .garbage -> list#")) << why.output;
    EXPECT_TRUE(has(why.output, "gc.set_debug has DEBUG_SAVEALL, so it is kept in gc.garbage.\n")) << why.output;
    const CommandRun later = program("objgraph --from-dump " + path("later.dump") + " --why Ring#1");
    EXPECT_TRUE(has(later.output, "The collector kept it")) << later.output;
    EXPECT_TRUE(has(later.output, "had DEBUG_SAVEALL then.\n")) << later.output;
  });
}

TEST_F(Live, CallsAndCCodeAreRoots) {
  with_each([&](const Interpreter& python) {
    run(python, R"(
class Thing(object):
    pass
class Hidden(object):
    pass
def work(argument):
    inner = [argument]
    cyclecheck_dump.dump('heap.dump')
import itertools
def outer():
    for hidden in map(lambda h: h, [Hidden()]):
        pass
    work(Thing())
outer()
)");
    const CommandRun why = ask("--why Thing#1");
    EXPECT_TRUE(has(why.output, "is alive: call of work (")) << why.output;
    EXPECT_TRUE(has(why.output, "    .argument -> __main__.Thing#1\n") || has(why.output, "    .inner -> list#"))
        << why.output;
    EXPECT_TRUE(has(ask("--why Hidden#1").output, "    .hidden -> __main__.Hidden#1\n"));
  });
}

TEST_F(Live, FrozenObjectsHoldOthers) {
  with_each([&](const Interpreter& python) {
    if (python.version.rfind("2.", 0) == 0 || python.version.rfind("3.6", 0) == 0) return;
    run(python, R"(
class Late(object):
    pass
CACHE = []
gc.freeze()
CACHE.append(Late())
cyclecheck_dump.dump('heap.dump')
)");
    const CommandRun why = ask("--why Late#1");
    EXPECT_TRUE(has(why.output, "  module __main__\n    .CACHE -> list#")) << why.output;
    EXPECT_TRUE(has(why.output, "    [0] -> __main__.Late#1\n")) << why.output;
  });
}

TEST_F(Live, NoCodeOfTheProgramRuns) {
  with_each([&](const Interpreter& python) {
    run(python, R"(
import os
class Loud(dict):
    __slots__ = ("a", "b")
    def trouble(self, *ignored):
        os._exit(3)
    __repr__ = __str__ = __getattribute__ = __getattr__ = __hash__ = __eq__ = __len__ = __iter__ = items = trouble
class Meta(type):
    def __getattribute__(cls, name):
        os._exit(4)
Made = Meta("Made", (object,), {"p": property(lambda self: os._exit(5)), "__slots__": ("q",)})
loud, made = Loud(), Made()
holder = [loud, made]
class Lazy(object):
    @property
    def trouble(self):
        os._exit(6)
lazy = Lazy()
lazy.__dict__["trouble"] = [lazy]
cyclecheck_dump.dump('heap.dump')
os._exit(0)
)");
    EXPECT_EQ(ask("--count Loud").output, "1\n");
    EXPECT_EQ(ask("--count Made").output, "1\n");
  });
}

TEST_F(Live, LabelsSayWhereAReferenceStands) {
  with_each([&](const Interpreter& python) {
    run(python, R"(
import collections
class Leaf(object):
    pass
class Slots(object):
    __slots__ = ("left", "right")
class Both(list):
    pass
slots = Slots()
slots.right = Leaf()
both = Both([0, Leaf()])
both.extra = Leaf()
queue = collections.deque([Leaf()])
keys = {("a", 1): Leaf(), 7: Leaf()}
def make():
    hidden = Leaf()
    return lambda: hidden
closure = make()
error = ValueError(Leaf())
class Holder(object):
    instance = Leaf()
names = [type(o).__name__ for o in ()]
cyclecheck_dump.dump('heap.dump')
)");
    const CommandRun all = ask("--why Leaf");
    std::string text;
    for (int i = 1; i <= 9; ++i) text += ask("--why Leaf#" + std::to_string(i)).output;
    for (const char* part : {".right -> ", "[1] -> ", ".extra -> ", "[0] -> ", "[('a', 1)] -> ", "[7] -> ",
                             ".__closure__ -> ", ".cell_contents -> ", ".instance -> "}) {
      EXPECT_TRUE(has(text, part)) << part << "\n" << text;
    }
    // In 2.7 an exception has its message, too, which is nearer.
    EXPECT_EQ(has(text, ".args -> "), !is_python2(python)) << python.version << text;
    EXPECT_TRUE(has(all.output, "There are 9 Leaf")) << all.output;
  });
}

TEST_F(Live, GrowthBetweenTwoDumps) {
  with_each([&](const Interpreter& python) {
    run(python, std::string(kManager) + R"(
cyclecheck_dump.dump('first.dump')
for i in range(3):
    MANAGER.open.append(Connection(i))
cyclecheck_dump.dump('heap.dump')
)");
    const CommandRun growth = ask("--growth --earlier " + path("first.dump"));
    EXPECT_TRUE(has(growth.output, "Connection 8 +3\n")) << growth.output;
    // What writes the dump is not in it.
    EXPECT_FALSE(has(growth.output, "_Dumper")) << growth.output;
    EXPECT_FALSE(has(growth.output, "_Kind")) << growth.output;
  });
}

TEST_F(Live, TheModuleIsPrinted) { EXPECT_EQ(program("objgraph --dump-module").output, dump_module()); }

class BadDump : public Live {
 protected:
  std::string whole_ =
      "cyclecheck-heap 1\ngc\t3.11.2\t1\t0\t700,10,10\t1,2,3\ntype\ta\tapp.A\tA\t\n"
      "object\t10\ta\t1\tt\t\t.x\t20\nobject\t20\ta\t1\tt\t\nroot\tmodule app\tv\t0\ta\t10\nend\t2\n";
  [[nodiscard]] std::string answer(const std::string& text) const {
    write("heap.dump", text);
    const CommandRun run = ask("--why A#2");
    EXPECT_EQ(run.status, text == whole_ ? 0 : 2) << run.output;
    return run.output;
  }
  [[nodiscard]] std::string with(const std::string& old, const std::string& now) const {
    std::string text = whole_;
    text.replace(text.find(old), old.size(), now);
    return text;
  }
};

TEST_F(BadDump, IsRefusedWithAReason) {
  EXPECT_TRUE(has(answer(whole_), "    .a -> app.A#1\n"));
  EXPECT_TRUE(has(answer(""), "heap.dump: is no dump of a heap: its first line must be 'cyclecheck-heap 1'"));
  EXPECT_TRUE(has(answer("cyclecheck-trace 1\n"), "is no dump of a heap"));
  EXPECT_TRUE(has(answer(with("heap 1", "heap 2")), "is a dump of version 2, and this program reads version 1"));
  // Cut anywhere.
  for (std::size_t length = 20; length < whole_.size(); length += 7) {
    EXPECT_TRUE(has(answer(whole_.substr(0, length)), "heap.dump: is cut off: ")) << length;
  }
  EXPECT_TRUE(has(answer(with("end\t2", "end\t3")), "heap.dump:7: the dump has 2 objects, and says that it has 3"));
  EXPECT_TRUE(has(answer(with("\t20\nobject", "\t30\nobject")), "something refers to 30, and the dump has no object"));
  EXPECT_TRUE(has(answer(with("object\t20", "object\t10")), "heap.dump:5: there was an object at 10 before"));
  EXPECT_TRUE(
      has(answer(with("object\t20\ta", "object\t20\tb")), "heap.dump:5: no line before this one has the type b"));
  EXPECT_TRUE(has(answer(with("object\t20", "object\txyz")), "heap.dump:5: 'xyz' is no address"));
  EXPECT_TRUE(
      has(answer(with("\tt\t\t.x\t20", "\tt\t\t.x")), "heap.dump:4: the line ends where its address must stand"));
  EXPECT_TRUE(has(answer(with("\tv\t0", "\tw\t0")), "heap.dump:6: 'w' is none of h, v"));
  EXPECT_TRUE(has(answer(with("type", "sort")), "heap.dump:3: 'sort' is no kind of line"));
}

TEST_F(BadDump, Questions) {
  write("heap.dump", whole_);
  const std::string dump = "--from-dump " + path("heap.dump");
  expect_refused("objgraph", {
                                 {"--from-dump " + path("none.dump"), "none.dump"},
                                 {dump + " --why B", "there is no object 'B': it has A#1 in that dump"},
                                 {dump + " --step 1", "has no effect on a dump"},
                                 {dump + " --collect", "has no effect on a dump"},
                                 {dump + " --growth", "needs --earlier FILE"},
                                 {dump + " x.trace", "excludes"},
                                 {"--growth --earlier x x.trace", "--from-dump"},
                             });
}

}  // namespace
}  // namespace cyclecheck
