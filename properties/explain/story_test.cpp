// Covers: the frames of a story, the tri-colour marking that they show, chains and holders.
// Does not cover: the words, except that every operation and event has some.
#include "harness/explain/story.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "harness/explain/changes.hpp"
#include "harness/explain/narration.hpp"
#include "harness/explain/wording.hpp"
#include "harness/generate/generate_trace.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

using model::CollectionPhase;

Trace parsed(const std::string& operations, const std::string& profile = "python3.11") {
  return std::get<Trace>(parse_trace("cyclecheck-trace 1\nprofile " + profile + "\n" + operations));
}

std::vector<Frame> frames_of(const Trace& trace) {
  std::vector<Frame> frames;
  (void)tell(trace, {}, [&](const Frame& frame) { frames.push_back(frame); });
  return frames;
}

std::string names(const std::vector<model::Id>& ids, const Frame& frame, const Trace& trace) {
  std::string text;
  for (const model::Id id : ids) text += (text.empty() ? "" : " ") + to_string(frame.heap.objects[id].label, trace);
  return text;
}

// A root, what it refers to, and a cycle that nobody refers to; allocated so that the scan has to bring one back.
constexpr const char* kGraph =
    "new x node\nnew y node\nnew m node\nappend m x\nappend x y\nappend y x\ndrop x\ndrop y\n"
    "new p node\nnew q node\nappend p q\nappend q p\ndrop p\ndrop q\ncollect 2\n";

TEST(Story, EveryOperationEndsWithAFrame) {
  const Trace trace = parsed(kGraph);
  std::size_t next = 0;
  for (const Frame& frame : frames_of(trace)) {
    EXPECT_EQ(frame.operation, next);
    if (!frame.phase) ++next;
  }
  EXPECT_EQ(next, trace.operations.size());
}

// I6. What nobody of the trace refers to any more is not unreachable if the interpreter does.
TEST(Story, WhatIsPermanentIsHeldByTheInterpreter) {
  const Trace trace = parsed("int x 7\nstr s \"a b\"\nnew l list\nappend l x\ndrop x\n");
  const HeapView heap = frames_of(trace).back().heap;
  EXPECT_TRUE(heap.objects[0].reachable);
  EXPECT_EQ(kind_of(heap.objects[0]), "the integer 7");
  EXPECT_EQ(holders(heap, 0, trace), (std::vector<std::string>{"the interpreter", "l"}));
  EXPECT_EQ(kind_of(heap.objects[1]), "the string \"a b\"");
  EXPECT_EQ(holders(heap, 1, trace), (std::vector<std::string>{"variable s"}));
}

TEST(Story, AScanMarksInThreeColours) {
  const Trace trace = parsed(kGraph);
  bool brought_back = false;
  std::vector<Colour> before;
  for (const Frame& frame : frames_of(trace)) {
    if (!frame.phase || frame.colours.empty()) continue;
    const auto colour = [&](model::Id id) { return frame.colours[id]; };
    if (frame.phase->phase == CollectionPhase::subtract_refs) {
      // Only the object that the variable holds has a reference from outside.
      for (model::Id id = 0; id < frame.heap.objects.size(); ++id) {
        EXPECT_EQ(colour(id) == Colour::grey, to_string(frame.heap.objects[id].label, trace) == "m");
      }
    }
    if (frame.phase->phase == CollectionPhase::scan) {
      brought_back = brought_back || !frame.phase->brought_back.empty();
      // Invariant of the tri-colour model: no black object refers to a white one.
      for (model::Id id = 0; id < frame.heap.objects.size(); ++id) {
        if (colour(id) != Colour::black) continue;
        for (const model::Id to : frame.heap.objects[id].referents) EXPECT_NE(colour(to), Colour::white);
      }
    }
    if (frame.phase->phase == CollectionPhase::move_unreachable && !frame.phase->second_look) {
      EXPECT_EQ(names(frame.phase->second, frame, trace), "p q");
      // Nothing is grey when the phase is over.
      EXPECT_EQ(std::count(frame.colours.begin(), frame.colours.end(), Colour::grey), 0);
      for (const model::Id id : frame.phase->first) EXPECT_EQ(colour(id), Colour::black);
      for (const model::Id id : frame.phase->second) EXPECT_EQ(colour(id), Colour::white);
    }
  }
  EXPECT_TRUE(brought_back);
}

TEST(Story, CollectionsKnowWhatBeganThem) {
  const auto cause = [](const Trace& trace) {
    for (const Frame& frame : frames_of(trace)) {
      if (frame.phase) return frame.phase->cause;
    }
    return Cause::callback_tuple;
  };
  EXPECT_EQ(cause(parsed("collect 0\n")), Cause::explicit_call);
  EXPECT_EQ(cause(parsed("shutdown\n")), Cause::shutdown);
  EXPECT_EQ(cause(parsed("threshold 1 1 1\nnew a node\nnew b node\n")), Cause::allocation);
  EXPECT_EQ(cause(parsed("threshold 1 1 1\nnew a node\nnew b node\n", "python3.12")), Cause::safepoint);
}

TEST(Story, ASecondLookIsShownWhereFinalizersRan) {
  const auto second_looks = [](const Trace& trace) {
    int count = 0;
    for (const Frame& frame : frames_of(trace)) {
      count += frame.phase && frame.phase->second_look && frame.phase->phase == CollectionPhase::update_refs;
    }
    return count;
  };
  EXPECT_EQ(second_looks(parsed("new a node del={}\nappend a a\ndrop a\ncollect 2\n")), 1);
  EXPECT_EQ(second_looks(parsed("new a node\nappend a a\ndrop a\ncollect 2\n")), 0);
}

TEST(Story, ChainsAndHoldersNameRootsAndObjects) {
  const Trace trace = parsed("new a node\nnew b node\nappend a b\nappend b b\ncall b a\ndrop b\nnew c node\n");
  const Frame last = frames_of(trace).back();
  EXPECT_EQ(chain_to(last.heap, 1, trace), "argument 1 of call 1 -> b");
  EXPECT_EQ(holders(last.heap, 1, trace), (std::vector<std::string>{"argument 1 of call 1", "a", "b"}));
  EXPECT_EQ(chain_to(last.heap, 2, trace), "local variable c of call 1 -> c");
  const Trace longer = parsed("new a node\nnew b node\nnew c node\nappend a b\nappend b c\ndrop b\ndrop c\n");
  EXPECT_EQ(chain_to(frames_of(longer).back().heap, 2, longer), "variable a -> a -> b -> c");
  const Trace cycle = parsed("new a node\nappend a a\ndrop a\n");
  EXPECT_EQ(chain_to(frames_of(cycle).back().heap, 0, cycle), "");
}

TEST(Story, ItsLogIsThatOfTheModel) {
  for (const ProfileId id : {ProfileId::python2_7, ProfileId::python3_12}) {
    for (std::uint64_t index = 0; index < 20; ++index) {
      const Trace trace = generate(5, index, {id, 80});
      std::size_t events = 0;
      // Every frame can be put into words.
      std::size_t lines = 0;
      Narrator narrator(trace, {}, [&](const std::string& line) { lines += !line.empty(); });
      const Log log = tell(trace, {}, [&](const Frame& frame) {
        events += frame.events.size();
        narrator.hear(frame);
      });
      EXPECT_EQ(events, log.all().size());
      EXPECT_GE(lines, frames_of(trace).size() > 0 ? 2U : 0U);
    }
  }
}

TEST(Wording, EveryOperationAndEventHasASentence) {
  const Trace trace = parsed("new a node\n");
  for (const OperationInfo& row : all_operations()) {
    Operation operation;
    operation.code = row.code;
    EXPECT_NE(sentence(operation, trace), "") << row.word;
  }
  for (std::size_t kind = 0; kind < kEventKinds; ++kind) {
    EXPECT_NE(meaning(Event::numbers(static_cast<EventKind>(kind), 1), trace), "") << kind;
  }
}

TEST(Changes, AreGroupedByTopic) {
  const Trace trace = parsed("new a node\nnew b node\nappend a b\ndrop b\ndrop a\n");
  const std::vector<Frame> frames = frames_of(trace);
  const auto text = [&](std::size_t from, std::size_t to) {
    std::string all;
    for (const Change& change : changes(frames[from].heap, frames[to].heap, trace)) {
      all += change.topic + ": " + change.text + "\n";
    }
    return all;
  };
  EXPECT_EQ(text(1, 2), "references: b 1 -> 2\n");
  EXPECT_EQ(text(3, 4), "dead: a (freed)\ndead: b (freed)\ncounts: (2, 0, 0) -> (0, 0, 0)\n");
}

}  // namespace
}  // namespace cyclecheck
