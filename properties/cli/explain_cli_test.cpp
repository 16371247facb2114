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
