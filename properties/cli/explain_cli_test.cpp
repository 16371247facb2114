// `cyclecheck explain` from the command line: what it tells, exit statuses, bad input.
#include <gtest/gtest.h>

#include <string>

#include "properties/support/explain_command.hpp"

namespace cyclecheck {
namespace {

constexpr const char* kCycle =
    "cyclecheck-trace 1\nprofile python3.11\nnew a node\nnew b node\nappend a b\nappend b a\ndrop a\ndrop b\ncollect "
    "2\n";

class ExplainCommand : public CommandTest {
 protected:
  std::string cycle_ = write("cycle.trace", kCycle);
};

TEST_F(ExplainCommand, TellsEveryPhaseWithItsNumbers) {
  const CommandRun run = program("explain " + cycle_);
  EXPECT_EQ(run.status, 0);
  for (const char* part : {"step 2: append a b\n  Appends a reference to b to a.\n  references: b 1 -> 2\n",
                           "It works on 2 objects: a and b.", "update_refs: ", "subtract_refs: ",
                           "      a                1              1             0  white\n",
                           "move_unreachable: Black, reachable: nothing. White, unreachable: a and b.",
                           "verdict: Going to be cleared: a and b.", "event died a: a is dead",
                           "event returned 2: gc.collect answers 2", "counts: (2, 0, 0) -> (0, 0, 0)"}) {
    EXPECT_TRUE(has(run.output, part)) << part << "\nin\n" << run.output;
  }
}

TEST_F(ExplainCommand, StepAndObjectNarrow) {
  const CommandRun step = program("explain " + cycle_ + " --step 2");
  EXPECT_TRUE(has(step.output, "step 2: append a b"));
  EXPECT_FALSE(has(step.output, "step 3"));
  const CommandRun object = program("explain " + cycle_ + " --object b");
  EXPECT_FALSE(has(object.output, "step 0"));
  EXPECT_TRUE(has(object.output, "step 1"));
  EXPECT_FALSE(has(object.output, "event died a"));
  EXPECT_TRUE(has(object.output, "event died b"));
}

TEST_F(ExplainCommand, ComparesWithASubject) {
  const CommandRun run = program("explain " + cycle_ + " --against impl");
  EXPECT_EQ(run.status, 0);
  EXPECT_TRUE(has(run.output, "impl says the same as the model."));
}

TEST_F(ExplainCommand, TellsWhyASubjectIsWrong) {
  // The toy loses the first death of an operation in traces with two `clear`.
  const std::string trace =
      write("lies.trace",
            "cyclecheck-trace 1\nprofile python3.11\nnew a node\nnew b node\nappend a b\nclear b\n"
            "clear b\ndrop b\nclear a\n");
  const CommandRun run = toy("explain " + trace + " --against lies");
  EXPECT_EQ(run.status, 1);
  for (const char* part :
       {"DIVERGENCE of lies: missing died node at operation 6: clear a", "The model says: `died b`, b is dead.",
        "Before the operation b has 1 reference in the model: a.",
        "In this operation its reference count fell to 0."}) {
    EXPECT_TRUE(has(run.output, part)) << part << "\nin\n" << run.output;
  }
}

TEST_F(ExplainCommand, BeginsWithHowASubjectEnds) {
  const std::string trace =
      write("ends.trace", "cyclecheck-trace 1\nprofile python3.11\nnew a node\nclear a\nclear a\n");
  for (const auto& [subject, says] : {std::pair{"crashes", "crashes dies in the middle"},
                                      {"throws", "throws throws in the middle"},
                                      {"hangs", "hangs does not answer within the time limit"}}) {
    const CommandRun run = toy("explain " + trace + " --timeout 1s --against " + subject);
    EXPECT_EQ(run.status, 1);
    EXPECT_TRUE(has(run.output, says)) << run.output;
    EXPECT_TRUE(has(run.output, "; the model runs all 3 operations and ends.\nDIVERGENCE of ")) << run.output;
  }
}

TEST_F(ExplainCommand, NamesTheChainThatKeepsAnObjectAlive) {
  const std::string trace =
      write("chain.trace", "cyclecheck-trace 1\nprofile python3.11\nnew a node\nnew b node\nappend a b\ndrop b\n");
  const std::string log = write("wrong.log",
                                "cyclecheck-log 1\n0: new a node\n  count 1 0 0\n1: new b node\n  count 2 0 0\n"
                                "2: append a b\n3: drop b\n  died b\n  count 1 0 0\n");
  const CommandRun run = program("explain " + trace + " --against " + log);
  EXPECT_EQ(run.status, 1);
  EXPECT_TRUE(has(run.output, "After the operation it is alive in the model, because of: variable a -> a -> b."))
      << run.output;
}

TEST_F(ExplainCommand, NamesTheCountThatIsOff) {
  const std::string trace =
      write("count.trace", "cyclecheck-trace 1\nprofile python3.11\nnew a node\nappend a a\nrefcount a\n");
  const std::string log = write("count.log",
                                "cyclecheck-log 1\n0: new a node\n  count 1 0 0\n1: append a a\n2: refcount a\n"
                                "  references 3\n");
  const CommandRun run = program("explain " + trace + " --against " + log);
  EXPECT_EQ(run.status, 1);
  EXPECT_TRUE(has(run.output, "The count that is off is that of a: 2 in the model, from variable a and a."))
      << run.output;
}

// The first line is what a person would say, with the rule.
class Headlines : public ExplainCommand {
 protected:
  // The first line of `explain` about a trace, and a log that says something else of it.
  std::string told(const std::string& operations, const std::string& log, const std::string& profile = "python3.11") {
    const std::string trace = write("t.trace", "cyclecheck-trace 1\nprofile " + profile + "\n" + operations);
    const CommandRun run = program("explain " + trace + " --against " + write("x", "cyclecheck-log 1\n" + log));
    EXPECT_EQ(run.status, 1) << run.output;
    all_ = run.output;
    const std::size_t head = run.output.find('\n') + 1;
    std::string line = run.output.substr(head, run.output.find('\n', head) - head);
    for (std::size_t at = 0; (at = line.find(path("x"))) != std::string::npos;) line.replace(at, path("x").size(), "x");
    return line;
  }
  std::string all_;
};

TEST_F(Headlines, NameTheRule) {
  // README's bug.
  const std::string begin = "new a node\nproxy b a cb={}\nappend a b\nappend a a\nshutdown\n";
  EXPECT_EQ(told(begin,
                 "0: new a node\n  count 1 0 0\n1: proxy b a cb={}\n  count 2 0 0\n2: append a b\n3: append a a\n"
                 "4: shutdown\n  callback b\n  died a\n  ran 0 0 4\n  members 0 0 0\n"
                 "  digest 2166136261 2166136261 2166136261\n  count 0 0 0\n"),
            "x calls the callback of b, although b is garbage itself (rule C7.3).");
  EXPECT_EQ(told("new a node\ndrop a\n", "0: new a node\n  count 1 0 0\n1: drop a\n"),
            "x does not free a, although nothing refers to it any more (rule R1).");
  EXPECT_EQ(
      told("new a node\nappend a a\ndrop a\ncollect 2\n",
           "0: new a node\n  count 1 0 0\n1: append a a\n2: drop a\n3: collect 2\n  collect 2\n  returned 0\n"),
      "x does not free a, although it is garbage: every reference to it comes from the garbage itself (rules C3 and "
      "C10).");
  EXPECT_EQ(told("new a node\nappend a a\ndrop a\ncollect 2\n", "0: new a node\n  died a\n  count 1 0 0\n"),
            "x frees a, although it can be reached: variable a -> a (rule R2).");
}

TEST_F(Headlines, AnOrderIsListed) {
  const std::string operations = "new a node\nnew b node\nappend a a\nappend b b\ndrop a\ndrop b\ncollect 2\n";
  const std::string log =
      "0: new a node\n  count 1 0 0\n1: new b node\n  count 2 0 0\n2: append a a\n3: append b b\n"
      "4: drop a\n5: drop b\n6: collect 2\n  collect 2\n  died b\n  died a\n  returned 2\n"
      "  ran 0 0 1\n  members 0 0 0\n  digest 2166136261 2166136261 2166136261\n  count 0 0 0\n";
  EXPECT_EQ(told(operations, log), "x frees the same objects in another order (rules C10 and D5).");
  EXPECT_TRUE(has(all_, "Order in the model: a, b.\n")) << all_;
  EXPECT_TRUE(has(all_, ": b, a.\n")) << all_;
}

TEST_F(Headlines, PacingIsExplained) {
  // Of generation 1, and not of 2: the 25 % rule.
  const std::string operations = "set_threshold 1 0 0\nnew a node\nnew b node\nnew c node\nnew d node\nnew e node\n";
  const std::string none = "0: set_threshold 1 0 0\n1: new a node\n  count 1 0 0\n2: new b node\n";
  EXPECT_TRUE(has(told(operations, none), "collects generation 0, and ")) << all_;
  EXPECT_TRUE(has(all_,
                  "Generation 0, because its count 2 is above its threshold 1; not generation 1: its count 0 is not "
                  "above its threshold 0; not generation 2: its count 0 is not above its threshold 0 (rules G7, "
                  "G8)."))
      << all_;
  EXPECT_TRUE(has(told("callbacks on\nset_threshold 1 0 0\nnew a node\nnew b node\n",
                       "0: callbacks on\n1: set_threshold 1 0 0\n2: new a node\n  count 1 0 0\n3: new b node\n"
                       "  gc_start 2\n"),
                  "The model collects generation 0, and x generation 2. "))
      << all_;
  const std::string begun = "0: new a node\n  ran 1 0 0\n  members 1 0 0\n  count 1 0 0\n";
  EXPECT_TRUE(has(told("new a node\n", begun),
                  "begins a collection, and the model none. No collection begins by itself: "
                  "count 1 of generation 0 is not above its threshold 700 (rule G4)."))
      << all_;
}

TEST_F(Headlines, TheQuarterRule) {
  const std::string trace =
      write("quarter.trace",
            "cyclecheck-trace 1\nprofile python3.11\nset_threshold 0 0 0\nnew keep node\nbulk keep 40\ncollect 2\n"
            "collect 1\ncollect 1\nset_threshold 1 0 0\nnew a node\nnew b node\nnew c node\n");
  const CommandRun run = program("explain " + trace);
  EXPECT_TRUE(has(run.output,
                  "not generation 2, although its count 2 is above its threshold 0: only 0 objects have become "
                  "old since the last full collection left 41, less than a quarter (10)"))
      << run.output;
}

TEST_F(ExplainCommand, AFindingIsExplainedAgainstItsSubject) {
  write("finding/trace.txt", kCycle);
  write("finding/finding.json", R"({"subject":"impl","level":"order"})");
  const CommandRun run = program("explain " + path("finding"));
  EXPECT_EQ(run.status, 0);
  EXPECT_TRUE(has(run.output, "impl says the same"));
}

TEST_F(ExplainCommand, BadInput) {
  write("other.trace", kCycle);
  expect_refused("explain",
                 {
                     {"", "TRACE is required"},
                     {path("none.trace"), "none.trace"},
                     {cycle_ + " --step 7", "cycle.trace: there is no step 7: the trace has steps 0 to 6"},
                     {cycle_ + " --step x", "--step"},
                     {cycle_ + " --object c", "cycle.trace: there is no object 'c': it has a, b"},
                     {cycle_ + " --against nobody", "'nobody' is neither a subject of this program nor a log"},
                     {cycle_ + " --against " + write("bad.log", "cyclecheck-log 1\n0: new b node\n"), "bad.log:2"},
                     {cycle_ + " --profile python1.5", "--profile"},
                     {path(""), "holds 2 traces; expected a trace or the folder of a finding"},
                 });
}

}  // namespace
}  // namespace cyclecheck
