// Covers: what an exhaustive search enumerates: reductions lose no outcome, which is shown by enumerating without them;
// forecasts of what operations do are true; parts are disjoint and together everything; a walk goes on from where
// another one was; heap keys do not depend on names.
// Does not cover: bounds beyond a few thousand traces.
#include "harness/exhaust/walk.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "harness/exhaust/distinct.hpp"
#include "harness/exhaust/seen_model.hpp"
#include "properties/support/sanitized.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

// One walk with the model.
class Stroll {
 public:
  Stroll(const Alphabet& alphabet, const Trace& empty, const WalkOptions& options) : walk(alphabet, empty, options) {
    model.look(true);
    run();
  }

  bool next() {
    if (walk.goes_on()) walk.see(model.view());
    if (!walk.next()) return false;
    run();
    return true;
  }

  void run() { model.run(walk.trace(), Observe::full, log); }

  Walk walk;
  SeenModel model;
  Log log;
};

Trace empty_in(ProfileId id) {
  Trace trace = empty_trace(id);
  // An automatic collection comes with the second or third allocation.
  if (id == ProfileId::python3_12) trace.settings.threshold = {2, 1, 1};
  return trace;
}

// Names by the order in which something is created under them, whatever the trace tries; objects apart from weak
// references and these from the integer.
std::map<Name, std::string> canonical_names(const HeapOutline& heap, const Alphabet& alphabet) {
  std::map<Name, std::string> names;
  std::map<char, int> numbers;
  for (const HeapOutline::Item& item : heap.items) {
    if (item.label.part != Part::object || names.contains(item.label.name)) continue;
    const std::uint32_t name = item.label.name.value;
    const char group = name < alphabet.objects ? 'o' : name < alphabet.objects + alphabet.weak_references ? 'w' : 'i';
    names[item.label.name] = group + std::to_string(numbers[group]++);
  }
  return names;
}

void print(std::string& text, const Event& event, std::map<Name, std::string>& names) {
  text += info(event.kind).word;
  if (info(event.kind).has_label && !event.none) {
    text += ' ' + names[event.label.name] + '#' + std::to_string(event.label.serial) +
            std::to_string(static_cast<int>(event.label.part));
  }
  for (const std::uint32_t number : event.number) text += ' ' + std::to_string(number);
  text += '\n';
}

// What a trace does, whatever its names are and wherever in it nothing happens: all events up to the end of its
// shutdown, and the collector's lists before that.
std::string outcome(const Stroll& stroll, const Alphabet& alphabet) {
  const Trace& trace = stroll.walk.trace();
  std::map<Name, std::string> names = canonical_names(stroll.model.view(), alphabet);
  std::string text;
  for (const Event& event : stroll.log.all()) print(text, event, names);
  text += "before shutdown\n";
  if (trace.operations.size() < 2) return text + "members 0 0 0\n";
  SeenModel model;
  Log every;
  model.run(trace, Observe::every, every);
  for (const Event& event : every.of(trace.operations.size() - 2)) {
    if (event.kind == EventKind::listed || event.kind == EventKind::members) print(text, event, names);
  }
  return text;
}

struct Outcomes {
  std::set<std::string> set;
  std::size_t traces = 0;
};

Outcomes outcomes(const Alphabet& alphabet, ProfileId id, const WalkOptions& options) {
  Outcomes found;
  Stroll stroll(alphabet, empty_in(id), options);
  do {
    ++found.traces;
    found.set.insert(outcome(stroll, alphabet));
  } while (stroll.next());
  return found;
}

struct Bound {
  const char* alphabet;
  std::uint32_t objects;
  std::uint32_t weak_references;
  std::uint32_t operations;
  // Reductions that are switched off for comparison.
  bool naming;
  bool order;
  bool idle;
};

class Reduction : public testing::TestWithParam<Bound> {};

TEST_P(Reduction, LosesNoOutcome) {
  if (kSanitized && GetParam().operations > 3) GTEST_SKIP() << "longer traces take minutes with sanitizers";
  const Bound& bound = GetParam();
  const Alphabet alphabet = make_alphabet(bound.alphabet, bound.objects, bound.weak_references);
  for (const ProfileId id : {ProfileId::python2_7, ProfileId::python3_11, ProfileId::python3_12}) {
    if (kSanitized && id != ProfileId::python3_12) continue;
    WalkOptions options;
    options.operations = bound.operations;
    const Outcomes reduced = outcomes(alphabet, id, options);
    options.one_naming = !bound.naming;
    options.one_order = !bound.order;
    options.without_idle = !bound.idle;
    const Outcomes all = outcomes(alphabet, id, options);
    EXPECT_LT(reduced.traces, all.traces);
    EXPECT_EQ(reduced.set.size(), all.set.size()) << profile(id).name;
    for (const std::string& one : all.set) ASSERT_TRUE(reduced.set.contains(one)) << profile(id).name << "\n" << one;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Bounds, Reduction,
    testing::Values(Bound{"standard", 2, 1, 3, true, true, true}, Bound{"links", 2, 0, 4, true, true, true},
                    Bound{"links", 3, 0, 5, false, true, false}, Bound{"weakrefs", 2, 1, 4, false, true, false},
                    Bound{"all", 2, 1, 3, false, true, false}, Bound{"finalizers", 2, 0, 4, false, false, true},
                    Bound{"standard", 3, 1, 3, true, false, false}, Bound{"containers", 2, 0, 3, true, true, true},
                    Bound{"containers", 3, 0, 3, true, false, false}, Bound{"containers", 2, 0, 4, false, true, false},
                    Bound{"oom", 2, 1, 3, true, true, true}, Bound{"oom", 2, 2, 4, false, true, false},
                    Bound{"callables", 2, 1, 3, true, true, true}, Bound{"callables", 2, 1, 4, false, true, false},
                    Bound{"watchers", 2, 0, 3, true, true, true}, Bound{"custom", 2, 1, 3, true, true, true},
                    Bound{"methods", 2, 1, 3, true, true, true}, Bound{"generators", 2, 1, 3, true, true, true}),
    [](const auto& parameter) {
      const Bound& bound = parameter.param;
      return std::string{bound.alphabet} + std::to_string(bound.objects) + std::to_string(bound.operations) +
             (bound.naming ? "Naming" : "") + (bound.order ? "Order" : "") + (bound.idle ? "Idle" : "");
    });

// Every letter in every heap that short traces leave.
class Forecasts : public testing::TestWithParam<const char*> {};

TEST_P(Forecasts, AreTrue) {
  const Alphabet alphabet = make_alphabet(GetParam(), 2, 1);
  for (const ProfileId id : {ProfileId::python2_7, ProfileId::python3_12}) {
    WalkOptions options;
    options.operations = 2;
    Stroll stroll(alphabet, empty_in(id), options);
    std::size_t nothing = 0;
    do {
      const HeapOutline before = stroll.model.view();
      const std::uint64_t key = stroll.model.key();
      for (const Operation& letter : alphabet.letters) {
        const Forecast made = forecast(before, letter);
        Trace longer = stroll.walk.trace();
        longer.operations.insert(longer.operations.end() - 1, letter);
        SeenModel model;
        Log log;
        model.run(longer, Observe::digest, log);
        const auto events = log.of(longer.operations.size() - 2);
        if (made.effect != Effect::some) {
          ++nothing;
          EXPECT_TRUE(events.empty()) << print_trace(longer);
          if (longer.operations.size() > 2) {
            EXPECT_EQ(model.key(), key) << print_trace(longer);
          }
        }
        if (made.footprint.everything) continue;
        for (const Event& event : events) {
          EXPECT_TRUE(event.kind == EventKind::count || event.kind == EventKind::deref) << print_trace(longer);
        }
      }
    } while (stroll.next());
    EXPECT_GT(nothing, 300U);
  }
}

INSTANTIATE_TEST_SUITE_P(Alphabets, Forecasts,
                         testing::Values("all", "containers", "oom", "callables", "watchers", "custom", "methods",
                                         "generators"),
                         [](const auto& parameter) { return std::string{parameter.param}; });

// What a trace of these operations does, and the heap that it leaves before its shutdown.
struct Ran {
  std::string events;
  std::uint64_t key = 0;
  HeapOutline view;

  Ran(const Trace& empty, const std::vector<Operation>& operations) {
    Trace trace = empty;
    trace.operations = operations;
    trace.operations.emplace_back().code = OpCode::shutdown;
    SeenModel model;
    model.look(true);
    Log log;
    model.run(trace, Observe::full, log);
    for (const Event& event : log.all()) events += to_string(event, trace) + "\n";
    key = model.key();
    view = model.view();
  }
};

std::vector<Operation> followed_by(std::vector<Operation> operations, const Operation& last) {
  operations.push_back(last);
  return operations;
}

// Both orders of all pairs of operations that are taken to be independent, in heaps that have something to go wrong.
struct Ground {
  const char* alphabet;
  std::uint32_t weak_references;
  std::vector<std::string> beginnings;
};

class Footprints : public testing::TestWithParam<Ground> {};

TEST_P(Footprints, IndependentOperationsMayChangePlaces) {
  const Ground& ground = GetParam();
  const Alphabet alphabet = make_alphabet(ground.alphabet, 3, ground.weak_references);
  for (const ProfileId id : {ProfileId::python2_7, ProfileId::python3_11, ProfileId::python3_12}) {
    std::size_t pairs = 0;
    for (const std::string& beginning : ground.beginnings) {
      Trace trace = empty_in(id);
      trace.names = alphabet.names;
      std::vector<Operation> operations;
      // Names as the alphabet has them.
      const auto letters = std::get<Trace>(parse_trace("cyclecheck-trace 1\nprofile python3.11\n" + beginning));
      trace.scripts = alphabet.scripts;
      for (Operation operation : letters.operations) {
        const auto rename = [&](Name& name) {
          const auto at = std::find(alphabet.names.begin(), alphabet.names.end(), spelling(letters, name));
          name = Name{static_cast<std::uint16_t>(at - alphabet.names.begin())};
        };
        if (info(operation.code).used()[0] == Field::target) rename(operation.target);
        if (operation.a.kind != Operand::Kind::none) rename(operation.a.name);
        if (operation.b.kind != Operand::Kind::none) rename(operation.b.name);
        operations.push_back(operation);
      }
      const HeapOutline before = Ran(trace, operations).view;
      for (const Operation& one : alphabet.letters) {
        const Forecast first = forecast(before, one);
        if (first.footprint.everything) continue;
        const std::vector<Operation> with_one = followed_by(operations, one);
        const HeapOutline between = Ran(trace, with_one).view;
        for (const Operation& other : alphabet.letters) {
          const Forecast second = forecast(between, other);
          if (!independent(first.footprint, second.footprint)) continue;
          ++pairs;
          const Ran here(trace, followed_by(with_one, other));
          const Ran there(trace, followed_by(followed_by(operations, other), one));
          ASSERT_EQ(here.events, there.events) << profile(id).name << "\n"
                                               << beginning << to_string(one, trace) << "\n"
                                               << to_string(other, trace);
          ASSERT_EQ(here.key, there.key);
        }
      }
    }
    EXPECT_GT(pairs, 300U);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Alphabets, Footprints,
    testing::Values(
        Ground{"all",
               1,
               {
                   "",
                   "new a node\nnew b node del={}\n",
                   "new a node\nweakref w a\nnew b node\nappend b a\ndrop a\n",
                   "new a node\nsubref w a cb={}\nnew b instance\nappend b w\ndrop w\nappend a b\n",
                   "new a instance\nlet b a\nnew c node\nappend c b\nappend b b\n",
                   "new a node\nnew b node\nnew c node\nappend a b\nappend a b\nappend b c\nlet b c\n",
                   "new a node legacy={}\nappend a a\ndrop a\ncollect 2\nnew b node\nweakref w b\nderef r w\n",
               }},
        Ground{"callables",
               1,
               {
                   "",
                   "new a node\nnew b node\nweakref w a cb=b{}\nappend a w\n",
                   "new a node\nweakref w a cb=a{}\nappend a w\ndrop w\nnew b node\n",
                   "new a node\nnew b node\nweakref w a cb=b{}\ndrop b\n",
                   "new a node\nnew b node\nnew c node\nweakref w a cb=b{}\nappend c w\n",
               }},
        Ground{"containers",
               0,
               {
                   "",
                   "new a list\nnew b dict\nnew c node del={root self}\nappend b a\nappend a b\n",
                   "new a list\nint i 1000\nappend a i\ntuple b a\nnew c dict\nappend c b\n",
                   "new a dict\nint i 1000\nappend a i\nappend a i\ncollect 2\nnew b dict\nappend b a\n",
                   "new a list\nappend a a\nappend a a\ntuple b a\ntuple c b\nclear a\n",
                   "new a dict\nnew b list\nappend a b\nappend a a\nremove a b\nappend a b\ntuple c b\n",
               }},
        Ground{"custom",
               1,
               {
                   "",
                   "new a custom\nnew b custom del={root self}\nappend a b\nappend b a\n",
                   "new a custom del={}\nnew b node\nappend b a\nweakref w a cb={}\ndrop a\n",
                   "new a custom\nappend a a\ndrop a\nnew b custom\nweakref w b\nderef r w\n",
                   "new a custom\nnew b custom\nnew c node\nappend a b\nappend a c\nappend c b\nweakref w a\n",
                   "new a custom\nnew b node\nnew c custom\nappend a b\nappend b c\nappend c a\nappend c c\n",
               }},
        Ground{"methods",
               1,
               {
                   "",
                   "new a node\nnew b node\nmethod c a b\nappend b c\n",
                   "new a node\nmethod b a a\nweakref w b cb=a{}\nappend a b\n",
                   "new a node\nnew b node\nmethod c b a\nweakref w a cb=c{}\nappend a w\n",
               }},
        Ground{"generators",
               1,
               {
                   "",
                   "new a generator\nnew b node\nappend a b\nappend b a\n",
                   "new a generator\nnew b coroutine\nnew c node\nappend a b\nappend b c\nappend c a\n",
                   "new a generator del={root self}\nappend a a\nweakref w a\nnew b coroutine\n",
                   "new a coroutine\nclose a\nnew b generator del={root self}\nappend b a\nappend a b\n",
                   "new a generator del={root self}\nnew b node\nappend b a\nappend a b\nresume a\nnew c node\n",
               }},
        Ground{"oom",
               2,
               {
                   "fail 1\n",
                   "new a node\nnew b node\nnew c node\nappend a b\nappend b c\nappend b a\n",
                   "new a instance\nnew b node\nappend a b\nappend b a\nweakref w a cb={}\nweakref x b\n",
                   "new a node\nfail 2\n",
                   "new a instance\nnew b node\nappend a b\nappend b a\nfail 2\n",
                   "new a node\nappend a a\ntuple b a\nweakref w a cb={}\nfail 1\n",
                   "new a node\nweakref w a\nweakref x a cb={}\nfail 2\ncollect 2\nderef r w\n",
               }}),
    [](const auto& parameter) { return std::string{parameter.param.alphabet}; });

// What a walk stands on from now on, as texts.
std::vector<std::string> rest_of(Stroll& stroll, bool in_part) {
  std::vector<std::string> texts;
  bool is_over = false;
  while (!is_over) {
    texts.push_back(print_trace(stroll.walk.trace()));
    if (stroll.walk.goes_on()) stroll.walk.see(stroll.model.view());
    is_over = in_part ? !stroll.walk.next_in_part() : !stroll.walk.next();
    if (!is_over) stroll.run();
  }
  return texts;
}

HeapOutline look(const Trace& trace) {
  SeenModel model;
  model.look(true);
  Log log;
  model.run(trace, Observe::digest, log);
  return model.view();
}

TEST(Parts, AreDisjointAndWithTheShorterTracesTheWhole) {
  const Alphabet alphabet = make_alphabet("standard", 2, 1);
  const Trace empty = empty_in(ProfileId::python3_11);
  WalkOptions options;
  options.operations = 4;
  Stroll all(alphabet, empty, options);
  std::vector<std::string> whole = rest_of(all, false);
  WalkOptions shorter = options;
  shorter.operations = kSplit - 1;
  Stroll short_ones(alphabet, empty, shorter);
  std::vector<std::string> together = rest_of(short_ones, false);
  // One walk takes every third part: what it leaves out another one finds.
  for (std::uint64_t first = 0; first < 3; ++first) {
    Stroll stroll(alphabet, empty, options);
    for (std::uint64_t part = first; stroll.walk.go_to_part(part, look); part += 3) {
      stroll.run();
      const std::vector<std::string> texts = rest_of(stroll, true);
      together.insert(together.end(), texts.begin(), texts.end());
    }
  }
  std::sort(whole.begin(), whole.end());
  std::sort(together.begin(), together.end());
  EXPECT_EQ(std::set<std::string>(whole.begin(), whole.end()).size(), whole.size());
  EXPECT_EQ(together, whole);
}

TEST(Walk, GoesOnFromEveryPosition) {
  const Alphabet alphabet = make_alphabet("standard", 2, 1);
  const Trace empty = empty_in(ProfileId::python2_7);
  WalkOptions options;
  options.operations = 3;
  std::vector<WalkPosition> positions;
  Stroll stroll(alphabet, empty, options);
  do {
    positions.push_back(stroll.walk.position());
  } while (stroll.next());
  Stroll whole(alphabet, empty, options);
  const std::vector<std::string> all = rest_of(whole, false);
  ASSERT_EQ(all.size(), positions.size());
  for (std::size_t from = 0; from < positions.size(); from += positions.size() / 200 + 1) {
    Stroll again(alphabet, empty, options);
    ASSERT_TRUE(again.walk.go_to(positions[from], 0, look));
    EXPECT_EQ(again.walk.position(), positions[from]);
    again.run();
    const std::vector<std::string> rest = rest_of(again, false);
    ASSERT_EQ(rest, std::vector<std::string>(all.begin() + static_cast<std::ptrdiff_t>(from), all.end()));
  }
}

TEST(Walk, KnowsAPositionThatItCannotHave) {
  const Alphabet alphabet = make_alphabet("links", 2, 0);
  Walk walk(alphabet, empty_in(ProfileId::python3_11), {});
  WalkPosition position;
  position.length = 1;
  // `append a a` of nothing.
  position.letters[0] = 2;
  EXPECT_FALSE(walk.go_to(position, 0, [](const Trace&) { return HeapOutline{}; }));
}

TEST(HeapKey, DoesNotDependOnNamesButOnEverythingElse) {
  const auto key = [](const std::string& operations) {
    const auto trace = parse_trace("cyclecheck-trace 1\nprofile python3.11\n" + operations + "shutdown\n");
    SeenModel model;
    Log log;
    model.run(std::get<Trace>(trace), Observe::digest, log);
    return model.key();
  };
  const std::uint64_t one = key("new a node\nnew b node\nappend a b\n");
  EXPECT_EQ(one, key("new x node\nnew y node\nappend x y\n"));
  EXPECT_NE(one, key("new a node\nnew b node\nappend b a\n"));
  EXPECT_NE(one, key("new a node\nnew b node\nappend a b\ncollect 0\n"));
  EXPECT_NE(one, key("new a node\nnew b node del={}\nappend a b\n"));
  EXPECT_NE(one, key("new a node\nnew b node\nappend a b\ndrop b\n"));
  EXPECT_NE(one, key("new a node\nnew b node\nappend a b\nweakref w a\n"));
  EXPECT_NE(one, key("new a node\nnew b node\nappend a b\nfail 1\n"));
  // The order of a dict's keys is seen when it is cleared.
  EXPECT_NE(key("new a dict\nnew b list\nstore a 0 b\nstore a 1 b\n"),
            key("new a dict\nnew b list\nstore a 1 b\nstore a 0 b\n"));
}

TEST(DistinctCount, IsExactAtFirstAndAnEstimateAfterwards) {
  const auto spread = [](std::uint64_t i) {
    std::uint64_t word = (i + 1) * 0x9E3779B97F4A7C15U;
    word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9U;
    word = (word ^ (word >> 27)) * 0x94D049BB133111EBU;
    return word ^ (word >> 31);
  };
  const auto count = std::make_unique<DistinctCount>();
  for (std::uint64_t i = 0; i < 1000; ++i) count->insert(spread(i % 600));
  EXPECT_EQ(count->size(), 600U);
  EXPECT_TRUE(count->is_exact());
  constexpr std::uint64_t kMany = 3 * DistinctCount::kMost;
  for (std::uint64_t i = 0; i < kMany; ++i) count->insert(spread(i));
  EXPECT_FALSE(count->is_exact());
  EXPECT_NEAR(static_cast<double>(count->size()), static_cast<double>(kMany), 0.01 * kMany);
  // Merging two halves is the same as counting the whole.
  const auto merged = std::make_unique<DistinctCount>();
  const auto half = std::make_unique<DistinctCount>();
  for (std::uint64_t i = 0; i < kMany / 2; ++i) half->insert(spread(i));
  for (std::uint64_t i = kMany / 3; i < kMany; ++i) merged->insert(spread(i));
  merged->merge(half->kept());
  EXPECT_EQ(merged->size(), count->size());
}

}  // namespace
}  // namespace cyclecheck
