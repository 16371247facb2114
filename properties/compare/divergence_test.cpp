// Covers: comparison at every level, the first difference, signatures.
// Does not cover: real logs; every run compares those.
#include "harness/compare/divergence.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string_view>
#include <vector>

#include "harness/compare/signature.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

Trace parse(std::string_view operations) {
  auto parsed = parse_trace("cyclecheck-trace 1\nprofile python3.11\n" + std::string{operations});
  if (const auto* error = std::get_if<TextError>(&parsed)) throw std::runtime_error(to_string(*error, "trace"));
  return std::get<Trace>(parsed);
}

Label label(std::uint16_t name) { return {Name{name}, Part::object, 0}; }
Event died(std::uint16_t name) { return Event::of(EventKind::died, label(name)); }
Event finalizer(std::uint16_t name) { return Event::of(EventKind::finalizer, label(name)); }
Event count(std::uint32_t number) { return Event::numbers(EventKind::count, number); }

Log make_log(std::initializer_list<std::vector<Event>> operations) {
  Log log;
  for (const auto& events : operations) {
    for (const Event& event : events) log.add(event);
    log.end_operation();
  }
  return log;
}

std::string signature(const Trace& trace, const Log& expected, const Log& actual, Level level = Level::order) {
  const auto divergence = compare(trace, expected, actual, level);
  return divergence ? divergence->signature : "";
}

class Compare : public testing::Test {
 protected:
  // a: node, b: instance, c: node; the last two operations end a deferral.
  Trace trace_ = parse("new a node\nnew b instance\nnew c node\ndrop a\ncollect 2\nshutdown\n");
};

TEST_F(Compare, EqualLogsAgreeAtEveryLevel) {
  const Log log = make_log({{count(1)}, {}, {}, {died(0), died(2), count(0)}, {}, {}});
  for (std::size_t level = 0; level < kLevels; ++level) {
    EXPECT_FALSE(compare(trace_, log, log, static_cast<Level>(level)));
  }
}

TEST_F(Compare, NamesTheFirstDifference) {
  const Log expected = make_log({{}, {}, {}, {finalizer(0), died(0), died(2)}, {}, {}});
  const Log actual = make_log({{}, {}, {}, {finalizer(0), died(2)}, {died(1)}, {}});
  const auto divergence = compare(trace_, expected, actual, Level::order);
  ASSERT_TRUE(divergence);
  EXPECT_EQ(divergence->operation, 3U);
  EXPECT_EQ(divergence->at, 1U);
  EXPECT_EQ(divergence->expected.size(), 3U);
  EXPECT_EQ(divergence->actual.size(), 2U);
  EXPECT_EQ(divergence->signature, "missing died node");
}

TEST_F(Compare, SignaturesSayWhatHappened) {
  const Log base = make_log({{died(0), died(1), count(3)}});
  EXPECT_EQ(signature(trace_, base, make_log({{died(1), died(0), count(3)}})), "reordered died node");
  EXPECT_EQ(signature(trace_, base, make_log({{died(0), count(3)}})), "missing died instance");
  EXPECT_EQ(signature(trace_, base, make_log({{died(0), died(1), died(2), count(3)}})), "extra died node");
  EXPECT_EQ(signature(trace_, base, make_log({{died(0), died(1), count(4)}})), "changed count");
  EXPECT_EQ(signature(trace_, base, make_log({{died(0), died(1)}})), "missing count");
  EXPECT_EQ(signature(trace_, base, make_log({{died(0), died(2), count(3)}})), "changed died instance");
}

TEST_F(Compare, AMissingGroupIsADifference) {
  const Log expected = make_log({{}, {}});
  EXPECT_EQ(signature(trace_, expected, make_log({{}})), "short log");
  EXPECT_EQ(signature(trace_, make_log({{}}), expected), "long log");
  EXPECT_EQ(signature(trace_, expected, make_log({{}}), Level::liveness), "short log");
}

TEST_F(Compare, BelowOrderTheSequenceDoesNotMatter) {
  const Log expected = make_log({{died(0), finalizer(1), count(3)}});
  const Log actual = make_log({{finalizer(1), died(0), count(3)}});
  EXPECT_TRUE(compare(trace_, expected, actual, Level::order));
  EXPECT_FALSE(compare(trace_, expected, actual, Level::timing));
}

TEST_F(Compare, DeathsThatComeInNoOrderStandLastByTheirLabels) {
  const Log expected = make_log({{died(1), finalizer(1), died(0), count(3)}, {count(4)}});
  const Log actual = make_log({{finalizer(1), count(3), died(0), died(1)}, {count(4)}});
  const Log other_events = make_log({{count(3), finalizer(1), died(0), died(1)}, {count(4)}});
  const Log other_deaths = make_log({{finalizer(1), count(3), died(0), died(0)}, {count(4)}});
  const auto arranged = [](const Log& log) {
    Log result = make_log({{died(2)}});
    put_deaths_last(log, result);
    return result;
  };
  EXPECT_EQ(arranged(expected), actual);
  EXPECT_EQ(arranged(actual), actual);
  EXPECT_TRUE(compare(trace_, arranged(expected), arranged(other_events), Level::order));
  EXPECT_TRUE(compare(trace_, arranged(expected), arranged(other_deaths), Level::order));
}

TEST_F(Compare, ALevelSeesItsOwnEventsAndThoseBelow) {
  const Log expected = make_log({{died(0), finalizer(1), count(3)}});
  const Log other_count = make_log({{died(0), finalizer(1), count(4)}});
  EXPECT_TRUE(compare(trace_, expected, other_count, Level::timing));
  EXPECT_FALSE(compare(trace_, expected, other_count, Level::garbage));
  const Log other_finalizer = make_log({{died(0), finalizer(2), count(3)}});
  EXPECT_TRUE(compare(trace_, expected, other_finalizer, Level::finalizers));
  EXPECT_FALSE(compare(trace_, expected, other_finalizer, Level::liveness));
}

// Its presence, its object and each of its numbers: at its own level, and at the strictest.
TEST_F(Compare, EveryKindOfEventCounts) {
  const auto differ = [&](const Event& one, const Event& other, Level level) {
    return compare(trace_, make_log({{died(1), one}, {}, {}, {}, {}, {}}),
                   make_log({{died(1), other}, {}, {}, {}, {}, {}}), level)
        .has_value();
  };
  for (std::size_t i = 0; i < kEventKinds; ++i) {
    const EventInfo& row = info(static_cast<EventKind>(i));
    Event event;
    event.kind = row.kind;
    for (const Level level : {row.level, Level::order}) {
      const Log with = make_log({{died(1), event}, {}, {}, {}, {}, {}});
      const Log without = make_log({{died(1)}, {}, {}, {}, {}, {}});
      EXPECT_TRUE(compare(trace_, with, without, level)) << row.word;
      EXPECT_TRUE(compare(trace_, without, with, level)) << row.word;
      EXPECT_FALSE(differ(event, event, level)) << row.word;
      for (std::uint8_t number = 0; number < row.numbers; ++number) {
        Event other = event;
        other.number[number] = 1;
        EXPECT_TRUE(differ(event, other, level)) << row.word << " number " << int{number};
      }
      if (!row.has_label) continue;
      Event other = event;
      other.label = label(2);
      EXPECT_TRUE(differ(event, other, level)) << row.word;
      other.label = {Name{0}, Part::attributes, 0};
      EXPECT_TRUE(differ(event, other, level)) << row.word;
      other = Event::nothing(row.kind);
      EXPECT_TRUE(differ(event, other, level)) << row.word;
    }
  }
}

TEST_F(Compare, SetsOfEventsThatDifferInTheirLastNumberAlone) {
  const Event low = Event::numbers(EventKind::stats, 1, 2, 3);
  const Event high = Event::numbers(EventKind::stats, 1, 2, 4);
  EXPECT_FALSE(compare(trace_, make_log({{low, high}}), make_log({{high, low}}), Level::timing));
  EXPECT_TRUE(compare(trace_, make_log({{low, high}}), make_log({{high, high}}), Level::timing));
}

TEST_F(Compare, MultisetsCountWhatIsTwice) {
  const Log expected = make_log({{died(0), died(0)}, {}, {}, {}, {}, {}});
  const Log actual = make_log({{died(0)}, {}, {}, {}, {}, {}});
  EXPECT_TRUE(compare(trace_, expected, actual, Level::finalizers));
  EXPECT_TRUE(compare(trace_, expected, actual, Level::liveness));
}

TEST_F(Compare, LivenessAsksAtFullCollectionsAlone) {
  const Log expected = make_log({{}, {}, {}, {died(0)}, {}, {died(1)}});
  const Log later = make_log({{}, {}, {}, {}, {died(0)}, {died(1)}});
  const Log too_late = make_log({{}, {}, {}, {}, {}, {died(0), died(1)}});
  const Trace younger = parse("new a node\ncollect 0\ncollect 1\ncollect 2\n");
  EXPECT_FALSE(compare(younger, make_log({{died(0)}, {}, {}, {}}), make_log({{}, {}, {}, {died(0)}}), Level::liveness));
  EXPECT_FALSE(compare(trace_, expected, later, Level::liveness));
  EXPECT_TRUE(compare(trace_, expected, later, Level::finalizers));
  const auto divergence = compare(trace_, expected, too_late, Level::liveness);
  ASSERT_TRUE(divergence);
  EXPECT_EQ(divergence->operation, 4U);
  EXPECT_EQ(divergence->signature, "missing died node");
}

TEST_F(Compare, AtTheEndWithoutAFullCollectionNothingIsOwed) {
  const Trace open = parse("new a node\ndrop a\n");
  EXPECT_FALSE(compare(open, make_log({{}, {died(0)}}), make_log({{}, {}}), Level::liveness));
}

TEST(Signature, ObjectStandsForAnyKind) {
  EXPECT_TRUE(same_failure("missing died node", "missing died node"));
  EXPECT_TRUE(same_failure("missing died object", "missing died node"));
  EXPECT_FALSE(same_failure("missing died instance", "missing died node"));
  EXPECT_FALSE(same_failure("missing died", "missing died object"));
  EXPECT_FALSE(same_failure("crash SIGSEGV", "crash SIGABRT"));
}

TEST(Signature, KnowsKindsByName) {
  const Trace trace = parse("new a node\nweakref w a cb={}\nproxy p a\nnew m node\nnew m instance\n");
  EXPECT_EQ(object_word(trace, label(0)), "node");
  EXPECT_EQ(object_word(trace, label(1)), "weakref");
  EXPECT_EQ(object_word(trace, label(2)), "proxy");
  EXPECT_EQ(object_word(trace, label(3)), "object");
  EXPECT_EQ(object_word(trace, Label{Name{3}, Part::attributes, 0}), "dictionary");
  EXPECT_EQ(object_word(trace, Event::nothing(EventKind::deref)), "none");
}

TEST(Signature, SlugsAreFileNames) {
  EXPECT_EQ(slug("missing died node"), "missing-died-node");
  EXPECT_EQ(slug("crash AddressSanitizer heap-use-after-free"), "crash-addresssanitizer-heap-use-after-free");
  EXPECT_EQ(slug("../..//x"), "x");
  EXPECT_EQ(slug(""), "finding");
  EXPECT_LE(slug(std::string(500, 'a')).size(), 60U);
}

}  // namespace
}  // namespace cyclecheck
