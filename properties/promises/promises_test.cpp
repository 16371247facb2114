// Each promise is found broken where it is broken, and kept where it is kept.
#include "harness/promises/promise.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "harness/promises/promise_subject.hpp"
#include "harness/subjects/model_subject.hpp"
#include "trace/log_text.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

Trace trace_of(const std::string& profile, const std::string& body) {
  return std::get<Trace>(parse_trace("cyclecheck-trace 1\nprofile " + profile + "\n" + body));
}

std::optional<BrokenPromise> pick(const std::vector<BrokenPromise>& broken, Promise promise) {
  const auto found =
      std::find_if(broken.begin(), broken.end(), [&](const BrokenPromise& one) { return one.promise == promise; });
  if (found == broken.end()) return std::nullopt;
  return *found;
}

// What an interpreter of the profile does is what the model does.
std::optional<BrokenPromise> judge(const std::string& profile, const std::string& body, Promise promise) {
  const auto make = [] { return std::make_unique<ModelSubject>(); };
  return pick(judge_trace(make, trace_of(profile, body)), promise);
}

std::string test_name(Promise promise) {
  std::string name(info(promise).word);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

// --- broken in some versions ---

struct VersionCase {
  Promise promise;
  const char* body;
  // The operation that breaks it.
  std::size_t operation;
  std::vector<std::string> broken;
  std::vector<std::string> kept;
};

class PromiseOfVersions : public testing::TestWithParam<VersionCase> {};

TEST_P(PromiseOfVersions, IsBrokenWhereItIs) {
  const VersionCase& item = GetParam();
  for (const std::string& profile : item.broken) {
    const auto broken = judge(profile, item.body, item.promise);
    ASSERT_TRUE(broken) << profile;
    EXPECT_EQ(broken->operation, item.operation) << profile << ": " << broken->what;
  }
  for (const std::string& profile : item.kept) {
    const auto broken = judge(profile, item.body, item.promise);
    EXPECT_FALSE(broken) << profile << ": " << broken->what;
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, PromiseOfVersions,
    testing::Values(
        VersionCase{Promise::disabled,
                    "threshold 1 0 0\nnew a node\nbulk a 1\ndisable\nnew a node\n",
                    3,
                    {"python3.12"},
                    {"python2.7", "python3.11", "python3.13"}},
        VersionCase{Promise::threshold_zero,
                    "threshold 1 0 0\nnew a node\nbulk a 1\nset_threshold 0\nnew a node\n",
                    3,
                    {"python3.12", "python3.13"},
                    {"python2.7", "python3.11"}},
        VersionCase{
            Promise::one_at_a_time,
            "threshold 2 0 0\ncallbacks on\nnew c node\nnew a node del={bulk c 3; safepoint}\nappend a a\nbulk c 2\n"
            "drop a\ncollect 2\n",
            6,
            {"python3.12"},
            {"python3.6", "python3.11", "python3.13"}},
        VersionCase{Promise::counted_is_gone,
                    "new a node del={let a self}\nappend a a\ndrop a\ncollect 2\n",
                    3,
                    {"python3.6"},
                    {"python3.7", "python3.8", "python3.9", "python3.13"}},
        VersionCase{Promise::found_is_counted,
                    "new a node del={clear self}\nappend a a\ndrop a\ncollect 2\n",
                    3,
                    {"python3.7", "python3.8", "python3.11", "python3.13"},
                    {"python2.7", "python3.6"}},
        VersionCase{Promise::unreachable_is_gone,
                    "new a node del={let a self}\nappend a a\ndrop a\nnew b node\nappend b b\ndrop b\ncollect 2\n",
                    6,
                    {"python3.6", "python3.7", "python3.8"},
                    {"python2.7", "python3.9", "python3.13"}},
        VersionCase{Promise::cleared_is_unseen,
                    "new a node del={deref b w}\ncollect 2\nnew c node del={weakref w self}\nappend c c\n"
                    "append c a\ndrop a\ndrop c\ncollect 0\n",
                    7,
                    {"python3.6", "python3.11", "python3.12", "python3.13"},
                    {"python2.7"}},
        VersionCase{Promise::weakref_to_the_living,
                    "new a node\nnew b node del={let b self}\nweakref c a\nappend b b\nappend b c\ndrop c\ndrop b\n"
                    "collect 2\n",
                    7,
                    {"python3.8", "python3.9", "python3.13"},
                    {"python2.7", "python3.6", "python3.7"}},
        VersionCase{Promise::callback_at_death,
                    "new a node del={weakref w self cb={}}\nappend a a\ndrop a\ncollect 2\n",
                    3,
                    {"python3.13.13", "python3.14", "python3.15"},
                    {"python3.9", "python3.12", "python3.13"}},
        VersionCase{Promise::referent_unavailable,
                    "new a node\nweakref b a\nweakref c a cb={deref d b}\nappend a a\ndrop a\ncollect 2\n",
                    5,
                    {"python3.15"},
                    {"python3.9", "python3.13", "python3.13.13", "python3.14"}},
        VersionCase{Promise::empty_dict_untracked,
                    "new a dict\nis_tracked a\n",
                    1,
                    {"python3.14", "python3.15"},
                    {"python3.6", "python3.13", "python3.13.13"}}),
    [](const testing::TestParamInfo<VersionCase>& item) { return test_name(item.param.promise); });

// --- kept by every version: an interpreter that did otherwise ---

struct LieCase {
  Promise promise;
  const char* body;
  // Changes a line of the log.
  const char* truth;
  const char* lie;
};

class PromiseOfAll : public testing::TestWithParam<LieCase> {};

std::vector<BrokenPromise> judge_text(const Trace& trace, const std::string& text) {
  const auto log = parse_log(text, trace);
  EXPECT_TRUE(std::holds_alternative<Log>(log)) << text;
  return broken_promises(trace, std::get<Log>(log));
}

TEST_P(PromiseOfAll, IsSeenWhenItIsBroken) {
  const LieCase& item = GetParam();
  const Trace trace = trace_of("python3.11", item.body);
  Log log;
  ModelSubject().run(trace, Observe::every, log);
  std::string text = print_log(log, trace);
  EXPECT_FALSE(pick(judge_text(trace, text), item.promise));
  const std::size_t at = text.find(item.truth);
  ASSERT_NE(at, std::string::npos) << text;
  text.replace(at, std::string(item.truth).size(), item.lie);
  EXPECT_TRUE(pick(judge_text(trace, text), item.promise)) << text;
}

INSTANTIATE_TEST_SUITE_P(
    All, PromiseOfAll,
    testing::Values(
        LieCase{Promise::callback_at_death, "new a node\nweakref b a cb={}\ndrop a\n", "  callback b\n", ""},
        LieCase{Promise::newest_callback_first, "new a node\nweakref b a cb={}\nweakref c a cb={}\ndrop a\n",
                "  callback c\n  callback b\n", "  callback b\n  callback c\n"},
        LieCase{Promise::finalized_once, "new a node del={root self}\ndrop a\ndrop a\n", "  died a\n",
                "  finalizer a\n  died a\n"},
        LieCase{Promise::finalized_before_death, "new a node del={}\ndrop a\n", "  finalizer a\n", ""},
        LieCase{Promise::garbage_stays_empty, "new a node del={}\nappend a a\ndrop a\ncollect 2\n", "  returned 1\n",
                "  returned 1\n  garbage_size 1\n"}),
    [](const testing::TestParamInfo<LieCase>& item) { return test_name(item.param.promise); });

// --- what is no broken promise ---

TEST(Promises, WhatTheCollectorCannotSee) {
  // An opaque object keeps a cycle through it alive: documented for types without traverse.
  EXPECT_FALSE(judge("python3.11", "new a node\nnew b opaque\nappend a b\nappend b a\ndrop a\ndrop b\ncollect 2\n",
                     Promise::unreachable_is_gone));
  // So does being frozen.
  EXPECT_FALSE(
      judge("python3.11", "new a node\nappend a a\nfreeze\ndrop a\ncollect 2\n", Promise::unreachable_is_gone));
  // So does the payload of a custom object, which is its fifth slot.
  EXPECT_FALSE(judge("python3.11",
                     "new a node\nappend a a\nnew b custom\nfill b b 4\nappend b a\ndrop a\ndrop b\ncollect 2\n",
                     Promise::unreachable_is_gone));
}

TEST(Promises, NothingIsJudgedAfterTheEnd) {
  EXPECT_TRUE(judge_trace([] { return std::make_unique<ModelSubject>(); },
                          trace_of("python3.6", "new a node del={let a self}\nappend a a\nshutdown\n"))
                  .empty());
}

}  // namespace
}  // namespace cyclecheck
