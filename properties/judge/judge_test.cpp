// Covers: every rule of docs/contracts.md, section 3: a log that breaks it, and one beside it that does not;
// parameters; features. Does not cover: whole collectors; properties/adapters/ and impl_test.cpp do.
#include "harness/judge/judge.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <stdexcept>
#include <string>
#include <variant>

#include "trace/text.hpp"

namespace cyclecheck {
namespace {

constexpr const char* kStrict =
    "counts=prompt collections=1 finalizers=once weakrefs=death callbacks=after left=none ephemerons=collected";
constexpr const char* kLoose = "collections=2 finalizers=always weakrefs=unreachable callbacks=before left=opaque";

Contract contract(const std::string& text) {
  Contract made;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    if (!set_parameter(made, word)) throw std::runtime_error("no parameter: " + word);
  }
  return made;
}

Trace parse(const std::string& operations) {
  auto parsed = parse_trace("cyclecheck-trace 1\nprofile python3.11\n" + operations);
  if (const auto* error = std::get_if<TextError>(&parsed)) throw std::runtime_error(to_string(*error, "trace"));
  Trace trace = std::get<Trace>(std::move(parsed));
  trace.names.clear();
  return trace;
}

// Each operation of the trace on a line of its own, and behind it, indented, what is logged in it.
std::string judge(const std::string& parameters, const std::string& text) {
  std::string operations;
  std::vector<std::vector<std::string>> events;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) continue;
    if (line.front() != ' ') {
      operations += line + "\n";
      events.emplace_back();
    } else {
      events.back().push_back(line);
    }
  }
  const Trace trace = parse(operations);
  Log log;
  for (const auto& group : events) {
    for (const std::string& event : group) {
      const auto parsed = parse_answer_line(event, name_count(trace));
      if (!parsed || !std::holds_alternative<Event>(*parsed)) throw std::runtime_error("no event: " + event);
      log.add(std::get<Event>(*parsed));
    }
    log.end_operation();
  }
  const auto breach = Judge(contract(parameters)).judge(trace, log);
  if (!breach) return "kept";
  const std::string signature{info(breach->rule).signature};
  return signature.substr(0, signature.find(' ')) + " at " + std::to_string(breach->operation) + ": " + breach->what;
}

TEST(Judge, J1TheLogCanBe) {
  EXPECT_EQ(judge(kStrict, "new n0 node\n died n0#1\n"), "J1 at 0: there is no object of 'died n0#1'");
  EXPECT_EQ(judge(kStrict, "new n0 node\nweakref n1 n0\nderef n2 n1\n"), "J1 at 2: 'deref' is due");
  EXPECT_EQ(judge(kStrict, "new n0 node\n step\n"), "J1 at 0: the log goes on with 'step'");
  EXPECT_EQ(judge(kStrict, "new n0 node del={drop n0}\ndrop n0\n finalizer n0\n"), "J1 at 1: 'step' is due");
  EXPECT_EQ(judge(kStrict, "new n0 node del={drop n0}\ndrop n0\n finalizer n0\n step\n died n0\n"), "kept");
}

TEST(Judge, J2NothingReachableDies) {
  EXPECT_EQ(judge(kLoose, "new n0 node\nnew n1 node\nappend n0 n1\ndrop n1\ncollect 2\n died n1\n"),
            "J2 at 4: n1 died, but the variable n0 holds n0, whose slot 0 holds n1");
  EXPECT_EQ(judge(kLoose, "new n0 node\nnew n1 node\ncall n1 n1\ndrop n1\ncollect 2\n died n1\n"),
            "J2 at 4: n1 died, but an argument of a call holds n1");
  // What a resurrected object reaches is kept.
  const std::string script = "new n0 node del={root self}\nnew n1 node\nappend n0 n1\nappend n1 n0\ndrop n1\ndrop n0\n";
  EXPECT_EQ(judge(kLoose, script + "collect 2\n finalizer n0\n step\n died n1\n"),
            "J2 at 6: n1 died, but the variable n0 holds n0, whose slot 0 holds n1");
  EXPECT_EQ(judge(kLoose, script + "collect 2\n finalizer n0\n step\n"), "kept");
}

TEST(Judge, J3AnObjectDiesOnce) {
  EXPECT_EQ(judge(kLoose, "new n0 node\ndrop n0\n died n0\ncollect 2\n died n0\n"), "J3 at 2: n0 died before");
}

TEST(Judge, J4J5J6Finalizers) {
  const std::string made = "new n0 node del={}\n";
  EXPECT_EQ(judge(kStrict, made + "drop n0\n died n0\n"), "J6 at 1: n0 died, and its finalizer has not run");
  EXPECT_EQ(judge(kStrict, made + "drop n0\n finalizer n0\n died n0\n"), "kept");
  EXPECT_EQ(judge(kStrict, made + "drop n0\n finalizer n0\n finalizer n0\n died n0\n"),
            "J5 at 1: the finalizer of n0 ran before");
  EXPECT_EQ(judge("finalizers=always", made + "drop n0\n finalizer n0\n finalizer n0\n died n0\n"), "kept");
  EXPECT_EQ(judge(kStrict, made + "collect 2\n finalizer n0\n"),
            "J4 at 1: the finalizer of n0 runs, but the variable n0 holds n0");
  EXPECT_EQ(judge(kStrict, "new n0 node\ndrop n0\n finalizer n0\n"), "J4 at 1: n0 has no finalizer");
  EXPECT_EQ(judge("finalizers=always", made + "drop n0\n finalizer n0\n died n0\n finalizer n0\n"),
            "J4 at 1: the finalizer of n0 runs, which is dead");
  // The other object of the garbage may be finalized, though the first one brought it back.
  EXPECT_EQ(judge(kLoose,
                  "new n0 node del={root self}\nnew n1 node del={}\nappend n0 n1\nappend n1 n0\ndrop n1\ndrop n0\n"
                  "collect 2\n finalizer n0\n step\n finalizer n1\n"),
            "kept");
}

TEST(Judge, J7J8J9WeakReferences) {
  const std::string made = "new n0 node\nnew n1 node\nweakref n2 n0\n";
  EXPECT_EQ(judge(kStrict, made + "deref n3 n2\n deref n1\n"), "J7 at 3: n2 answers n1, and refers to n0");
  EXPECT_EQ(judge(kStrict, made + "drop n0\n died n0\nderef n3 n2\n deref n0\n"),
            "J7 at 4: n2 answers n0, which is dead");
  EXPECT_EQ(judge(kStrict, made + "drop n0\n died n0\nderef n3 n2\n deref None\n"), "kept");
  EXPECT_EQ(judge(kLoose, made + "deref n3 n2\n deref None\n"),
            "J8 at 3: n2 answers nothing, but the variable n0 holds n0");
  EXPECT_EQ(judge(kLoose, made + "drop n0\nderef n3 n2\n deref None\n"), "kept");
  EXPECT_EQ(judge("weakrefs=death", made + "drop n0\nderef n3 n2\n deref None\n"),
            "J8 at 4: n2 answers nothing, and n0 is not dead");
  EXPECT_EQ(judge(kLoose, made + "drop n0\nderef n3 n2\n deref None\nderef n3 n2\n deref n0\n"),
            "J9 at 5: n2 answers n0, and answered nothing before");
  EXPECT_EQ(judge(kStrict, "new n0 node\nproxy n1 n0\nuse n1\n used 0\n"),
            "J8 at 2: n1 answers nothing, and n0 is not dead");
}

// It may have been cleared when it was garbage.
TEST(Judge, J12OfAWeakReferenceThatCameBack) {
  const std::string back =
      "new n0 node\nnew n1 node del={let n2 self}\nappend n1 n1\nweakref n3 n0 cb={}\nappend n1 n3\ndrop n3\ndrop n1\n"
      "collect 2\n finalizer n1\n step\ndrop n0\n died n0\n";
  EXPECT_EQ(judge(kLoose, back), "kept");
  EXPECT_EQ(judge(kStrict, back + "collect 2\n"), "J12 at 9: n0 is dead, and the callback of n3 has not run");
}

TEST(Judge, J10J11J12Callbacks) {
  const std::string made = "new n0 node\nweakref n1 n0 cb={}\n";
  EXPECT_EQ(judge(kStrict, made + "drop n0\n died n0\n callback n1\n"), "kept");
  const std::string forgotten = "n0 is dead, and the callback of n1 has not run";
  EXPECT_EQ(judge(kLoose, made + "drop n0\n died n0\n"), "J12 at 2: " + forgotten);
  EXPECT_EQ(judge(kStrict, made + "drop n0\n died n0\ncollect 2\n"), "J12 at 3: " + forgotten);
  EXPECT_EQ(judge(kStrict, made + "drop n0\n died n0\ncollect 2\n callback n1\n"), "kept");
  EXPECT_EQ(judge(kStrict, made + "drop n0\n died n0\n"), "kept");
  EXPECT_EQ(judge(kStrict, made + "drop n0\n died n0\n callback n1\n callback n1\n"),
            "J10 at 2: the callback of n1 ran before");
  EXPECT_EQ(judge(kStrict, "new n0 node\nweakref n1 n0\ndrop n0\n died n0\n callback n1\n"),
            "J10 at 2: n1 has no callback");
  EXPECT_EQ(judge(kStrict, made + "drop n1\n died n1\ndrop n0\n died n0\n callback n1\n"),
            "J10 at 3: the callback of n1 runs, which is dead");
  EXPECT_EQ(judge(kStrict, made + "drop n0\n callback n1\n died n0\n"),
            "J11 at 2: the callback of n1 runs, but n0 is not dead");
  EXPECT_EQ(judge(kLoose, made + "drop n0\n callback n1\n died n0\n"), "kept");
  EXPECT_EQ(judge(kLoose, made + "collect 2\n callback n1\n"),
            "J11 at 2: the callback of n1 runs, but the variable n0 holds n0");
}

TEST(Judge, J13PromptCounts) {
  EXPECT_EQ(judge(kStrict, "new n0 node\ndrop n0\n"), "J13 at 1: nobody refers to n0, and it is not dead");
  EXPECT_EQ(judge(kStrict, "new n0 node\nnew n1 node\nappend n0 n1\ndrop n1\ndrop n0\n died n0\n"),
            "J13 at 4: nobody refers to n1, and it is not dead");
  EXPECT_EQ(judge(kLoose, "new n0 node\ndrop n0\n"), "kept");
  EXPECT_EQ(judge(kStrict, "new n0 node\nappend n0 n0\ndrop n0\n"), "kept");
}

TEST(Judge, J14FullCollections) {
  const std::string garbage = "new n0 node\nappend n0 n0\ndrop n0\n";
  EXPECT_EQ(judge(kStrict, garbage + "collect 2\n"),
            "J14 at 3: n0 is unreachable since before the collection, and not dead");
  EXPECT_EQ(judge(kStrict, garbage + "collect 1\n"), "kept");
  EXPECT_EQ(judge(kLoose, garbage + "collect 2\n"), "kept");
  EXPECT_EQ(judge(kLoose, garbage + "collect 2\ncollect 2\n"),
            "J14 at 4: n0 is unreachable since before the collection, and not dead");
  // The piece of what was brought back may wait; another piece may not.
  const std::string pieces =
      "new n0 node del={let n1 self}\nnew n1 node\nappend n0 n0\nappend n1 n0\nappend n1 n1\n"
      "new n2 node\nappend n2 n2\ndrop n0\ndrop n1\ndrop n2\n";
  EXPECT_EQ(judge(kStrict, pieces + "collect 2\n finalizer n0\n step\n died n2\n"), "kept");
  EXPECT_EQ(judge(kStrict, pieces + "collect 2\n finalizer n0\n step\n"),
            "J14 at 10: n2 is unreachable since before the collection, and not dead");
  EXPECT_EQ(judge(kStrict, pieces + "collect 2\n finalizer n0\n step\n died n2\ncollect 2\n"),
            "J14 at 11: n1 is unreachable since before the collection, and not dead");
  // Freeing more than CPython does in one go is no fault.
  EXPECT_EQ(judge(kLoose,
                  "new n0 node\nnew n1 opaque\nnew n2 node\nappend n0 n0\nappend n0 n1\nappend n1 n2\nappend n2 n2\n"
                  "drop n2\ndrop n1\ndrop n0\ncollect 2\n died n0\n died n1\n died n2\n"),
            "kept");
}

TEST(Judge, J15Shutdown) {
  const std::string cycle = "new n0 node\nappend n0 n0\nshutdown\n step\n step\n";
  EXPECT_EQ(judge(kStrict, cycle + " died n0\n step\n step\n"), "kept");
  EXPECT_EQ(judge(kStrict, cycle + " step\n"), "J15 at 2: n0 is left");
  EXPECT_EQ(judge("left=cycles", cycle + " step\n"), "kept");
  EXPECT_EQ(judge("left=any", cycle + " step\n"), "kept");
  const std::string opaque = "new n0 opaque\nappend n0 n0\nshutdown\n step\n step\n step\n";
  EXPECT_EQ(judge("left=none", opaque), "J15 at 2: n0 is left");
  EXPECT_EQ(judge("left=opaque", opaque), "kept");
  EXPECT_EQ(judge("left=cycles", "new n0 node\nshutdown\n step\n step\n step\n"), "J15 at 1: n0 is left");
}

// A script that runs while an object is allocated comes before it: its label, and what its variable holds.
TEST(Judge, WhatIsMadeComesBehindWhatItsAllocationDid) {
  const std::string before = "new n0 node del={new n1 node; let n2 n1}\nappend n0 n0\ndrop n0\nnew n1 node\n";
  EXPECT_EQ(judge(kLoose, before + "new n1 node\n finalizer n0\n made n1#1\n step\n step\n made n1#2\n"), "kept");
  EXPECT_EQ(judge(kLoose, before + "new n1 node\n finalizer n0\n made n1#1\n step\n step\n made n1#3\n"),
            "J1 at 4: 'made n1#2' is due");
  // Here it dies because the variable is bound, so the new one is there before.
  EXPECT_EQ(judge(kLoose, "new n0 node del={new n0 node}\nnew n0 node\n finalizer n0\n made n0#2\n step\n died n0\n"),
            "kept");
}

// N17: a value is there as long as its map and its key are.
TEST(Judge, Ephemerons) {
  const std::string made = "weakmap n0\nnew n1 node\nnew n2 node\nmapset n0 n1 n2\ndrop n2\n";
  EXPECT_EQ(judge(kStrict, made + "mapget n3 n0 n1\n deref n2\n"), "kept");
  EXPECT_EQ(judge(kStrict, made + "mapget n3 n0 n1\n deref n1\n"), "J7 at 5: n0 maps n1 to n1, and not to n2");
  EXPECT_EQ(judge(kStrict, made + "mapget n3 n0 n1\n deref None\n"), "J8 at 5: n0 maps n1 to nothing, and not to n2");
  EXPECT_EQ(judge(kStrict, made + "collect 2\n died n2\n"),
            "J2 at 5: n2 died, but the variable n0 holds n0, whose entry of n1 holds n2");
  EXPECT_EQ(judge(kStrict, made + "drop n1\n died n1\n"), "J13 at 5: nobody refers to n2, and it is not dead");
  EXPECT_EQ(judge(kStrict, made + "drop n1\n died n1\n died n2\n"), "kept");
  EXPECT_EQ(judge(kStrict, made + "drop n0\n died n0\n died n2\n"), "kept");
  // What an entry holds may be the key of another one, in a map that is older.
  EXPECT_EQ(judge(kStrict,
                  "weakmap n0\nweakmap n1\nnew n2 node\nnew n3 node\nnew n4 node\nmapset n0 n3 n4\nmapset n1 n2 n3\n"
                  "drop n3\ndrop n4\ncollect 2\n died n4\n"),
            "J2 at 9: n4 died, but the variable n0 holds n0, whose entry of n3 holds n4");
  // Key and value are one piece of garbage: what brings back the one may keep the other.
  EXPECT_EQ(judge(kStrict,
                  "weakmap n0\nnew n1 node del={let n3 self}\nnew n2 node\nmapset n0 n1 n2\nappend n1 n1\n"
                  "append n2 n2\ndrop n2\ndrop n1\ncollect 2\n finalizer n1\n step\n"),
            "kept");
  // A value that reaches its own key keeps neither.
  const std::string cycle = made + "mapget n2 n0 n1\n deref n2\nappend n2 n1\ndrop n2\ndrop n1\ncollect 2\n";
  EXPECT_EQ(judge(kStrict, cycle + " died n1\n died n2\n"), "kept");
  EXPECT_EQ(judge(kStrict, cycle), "J14 at 9: n1 is unreachable since before the collection, and not dead");
  EXPECT_EQ(judge("counts=prompt collections=1 ephemerons=leaky", cycle), "kept");
}

TEST(Contract, IsReadAsItIsWritten) {
  for (const std::string text : {kStrict,
                                 "counts=lazy collections=none finalizers=never weakrefs=unreachable "
                                 "callbacks=never left=any ephemerons=never"}) {
    EXPECT_EQ(to_string(contract(text)), text);
  }
  Contract made;
  for (const char* const wrong : {"counts", "counts=", "counts=slow", "collections=0", "collections=9",
                                  "collections=1x", "finalizers=twice", "speed=high", "left=cycle"}) {
    EXPECT_FALSE(set_parameter(made, wrong)) << wrong;
  }
  EXPECT_EQ(made, Contract{});
}

std::string without(const std::string& word, const std::string& operations) {
  FeatureSet features;
  features.set(static_cast<std::size_t>(*find_feature(word)));
  Trace trace = parse(operations);
  const bool used = uses(trace, features);
  leave_out(features, trace);
  EXPECT_FALSE(uses(trace, features)) << word;
  const std::string text = print_trace(trace);
  const std::string header = "cyclecheck-trace 1\nprofile python3.11\n";
  EXPECT_EQ(used, text.substr(header.size()) != operations) << word;
  return text.substr(header.size());
}

TEST(Feature, IsLeftOut) {
  EXPECT_EQ(without("finalizers", "new n0 node legacy={drop n0}\n"), "new n0 node\n");
  EXPECT_EQ(without("legacy", "new n0 node legacy={drop n0}\n"), "new n0 node del={drop n0}\n");
  EXPECT_EQ(without("callbacks", "weakref n0 n1 cb={drop n0}\n"), "weakref n0 n1\n");
  EXPECT_EQ(without("scripts", "new n0 node del={drop n0}\n"), "new n0 node del={}\n");
  EXPECT_EQ(without("resurrection", "new n0 node del={root self; drop n0; let n1 @n2}\n"),
            "new n0 node del={drop n0; let n1 n2}\n");
  EXPECT_EQ(without("resurrection", "new n0 node del={deref n1 n2}\n"), "new n0 node del={}\n");
  EXPECT_EQ(without("labels", "append @n0 @n1[2]\n"), "append n0 n1[2]\n");
  EXPECT_EQ(without("opaque", "new n0 opaque\n"), "new n0 node\n");
  EXPECT_EQ(without("opaque", "new n0 node del={root self}\n"), "new n0 node del={root self}\n");
}

}  // namespace
}  // namespace cyclecheck
