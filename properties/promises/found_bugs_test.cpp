// docs/found-bugs.md and its scripts say what is so.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "harness/compare/divergence.hpp"
#include "harness/cpython/interpreter.hpp"
#include "harness/export/python.hpp"
#include "harness/promises/promise_subject.hpp"
#include "harness/subjects/census.hpp"
#include "harness/subjects/model_subject.hpp"
#include "harness/system/large_stack.hpp"
#include "properties/support/run_python.hpp"
#include "trace/file.hpp"
#include "trace/log_text.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

constexpr const char* kScripts = CYCLECHECK_SOURCE_DIR "/docs/found-bugs/";

Trace trace_of(const std::string& name) {
  auto loaded = load_trace(CYCLECHECK_SOURCE_DIR "/corpus/found/" + name + ".trace");
  EXPECT_TRUE(std::holds_alternative<Trace>(loaded)) << name;
  return std::get<Trace>(std::move(loaded));
}

std::string text_of(const std::string& path) {
  auto bytes = read_file(path);
  EXPECT_TRUE(std::holds_alternative<std::string>(bytes)) << path;
  return std::get<std::string>(std::move(bytes));
}

struct Bug {
  const char* name;
  Promise promise;
  ProfileId first;
  ProfileId last;
};

constexpr Bug kBugs[] = {
    {"late_weakref", Promise::cleared_is_unseen, ProfileId::python3_6, ProfileId::python3_13},
    {"weakref_in_trash_to_the_living", Promise::weakref_to_the_living, ProfileId::python3_8, ProfileId::python3_14},
    {"whole_set_resurrected", Promise::unreachable_is_gone, ProfileId::python3_6, ProfileId::python3_8},
    {"resurrected_is_counted", Promise::counted_is_gone, ProfileId::python3_6, ProfileId::python3_6},
    {"freed_by_finalizer_is_not_counted", Promise::found_is_counted, ProfileId::python3_7, ProfileId::python3_15},
    {"collection_while_disabled", Promise::disabled, ProfileId::python3_12, ProfileId::python3_12},
    {"collection_at_threshold_zero", Promise::threshold_zero, ProfileId::python3_12, ProfileId::python3_15},
    {"collection_in_a_collection", Promise::one_at_a_time, ProfileId::python3_12, ProfileId::python3_12},
    {"collection_while_clearing_weakrefs", Promise::no_crash, ProfileId::python2_7, ProfileId::python3_11},
    {"deposited_weakref_without_callback", Promise::no_crash, ProfileId::python2_7, ProfileId::python3_12},
    {"callbacks_lost", Promise::answers_its_own, ProfileId::python2_7, ProfileId::python3_12},
    {"collection_damages_a_collection", Promise::no_crash, ProfileId::python3_12, ProfileId::python3_12},
    {"collection_with_deposited_weakref", Promise::no_crash, ProfileId::python2_7, ProfileId::python3_12},
    {"callback_lost_in_collection", Promise::callback_at_death, ProfileId::python3_13_13, ProfileId::python3_15},
    {"referent_in_callback", Promise::referent_unavailable, ProfileId::python3_15, ProfileId::python3_15},
    {"weakref_in_finally", Promise::answers_its_own, ProfileId::python2_7, ProfileId::python3_15},
    {"empty_dict_tracked", Promise::empty_dict_untracked, ProfileId::python3_14, ProfileId::python3_15},
};

// What happens then is not the model's to say: its run is called undefined.
bool leaves_the_rules(Promise promise) { return promise == Promise::no_crash || promise == Promise::answers_its_own; }

bool leaves_the_model(const Trace& trace) {
  Log log;
  Reach reach;
  on_large_stack([&] { run_counted(trace, Observe::digest, log, reach); });
  return reach.is_undefined();
}

class FoundBug : public testing::TestWithParam<Bug> {};

// The versions of the document, by the model, which has the interpreters' bugs; a crash is a run that it calls
// undefined.
TEST_P(FoundBug, IsInTheVersionsThatAreNamed) {
  const Bug& bug = GetParam();
  for (const Profile& profile : all_profiles()) {
    Trace trace = trace_of(bug.name);
    trace.profile = profile.id;
    bool broken = false;
    if (leaves_the_rules(bug.promise)) {
      broken = leaves_the_model(trace);
    } else {
      const auto all = judge_trace([] { return std::make_unique<ModelSubject>(); }, trace);
      broken =
          std::any_of(all.begin(), all.end(), [&](const BrokenPromise& one) { return one.promise == bug.promise; });
    }
    EXPECT_EQ(broken, bug.first <= profile.id && profile.id <= bug.last) << profile.name;
  }
}

TEST_P(FoundBug, IsInTheDocument) {
  EXPECT_NE(text_of(CYCLECHECK_SOURCE_DIR "/docs/found-bugs.md").find(GetParam().name), std::string::npos);
}

// A stored script is what `cyclecheck export --to python` writes, unless it was written by hand.
TEST_P(FoundBug, HasItsScript) {
  const std::string script = text_of(kScripts + std::string(GetParam().name) + ".py");
  if (script.rfind("\"\"\"", 0) != 0) return;
  const auto exported = export_python(trace_of(GetParam().name), GetParam().name);
  ASSERT_TRUE(std::holds_alternative<std::string>(exported));
  EXPECT_EQ(script, std::get<std::string>(exported));
}

INSTANTIATE_TEST_SUITE_P(All, FoundBug, testing::ValuesIn(kBugs),
                         [](const testing::TestParamInfo<Bug>& item) { return std::string(item.param.name); });

// Those that do not crash, on the real python3: the script prints what the model says.
TEST(FoundBugs, ScriptsOnPython3) {
  const Interpreter python3 = ask_interpreter("python3");
  int shown = 0;
  for (const Bug& bug : kBugs) {
    const bool in_order = !leaves_the_rules(bug.promise) && bug.first < ProfileId::python3_12;
    if (!in_order || python3.profile < bug.first || bug.last < python3.profile) continue;
    ++shown;
    Trace trace = trace_of(bug.name);
    trace.profile = python3.profile;
    const CommandRun run = run_python(python3.path, std::get<std::string>(export_python(trace, bug.name)));
    EXPECT_EQ(run.status, 0) << bug.name;
    const auto log = parse_log(run.output, trace);
    ASSERT_TRUE(std::holds_alternative<Log>(log)) << run.output;
    Log expected;
    on_large_stack([&] { ModelSubject().run(trace, Observe::digest, expected); });
    EXPECT_FALSE(compare(trace, expected, std::get<Log>(log), kPythonLevel)) << bug.name << "\n" << run.output;
  }
  EXPECT_GE(shown, 1);
}

// The scripts that say "right" or "wrong" say so of the versions that the document names, on each interpreter that is
// here. A crash is neither.
TEST(FoundBugs, ScriptsSayWhichVersionsAreWrong) {
  int said = 0;
  for (const Interpreter& interpreter : find_interpreters().usable) {
    for (const Bug& bug : kBugs) {
      const std::string script = text_of(kScripts + std::string(bug.name) + ".py");
      if (script.find("wrong: ") == std::string::npos) continue;
      const CommandRun run = run_python(interpreter.path, script);
      EXPECT_EQ(run.status, 0) << bug.name << ", " << interpreter.version;
      // 3.13.13 has mended the late weak reference.
      const bool wrong = bug.first <= interpreter.profile && interpreter.profile <= bug.last;
      EXPECT_EQ(run.output.rfind(wrong ? "wrong: " : "right", 0), 0U)
          << bug.name << ", " << interpreter.version << ": " << run.output;
      ++said;
    }
  }
  EXPECT_GE(said, 5);
}

// --any-version runs a script on versions that have no gc.freeze(), too.
TEST(FoundBugs, AnyVersionNeedsNoFreeze) {
  const Interpreter python3 = ask_interpreter("python3");
  for (const Bug& bug : kBugs) {
    if (leaves_the_rules(bug.promise) || bug.first >= ProfileId::python3_12) continue;
    const auto script = export_python(trace_of(bug.name), bug.name);
    const CommandRun run =
        run_python(python3.path, "import gc\nif hasattr(gc, 'freeze'): del gc.freeze\n" + std::get<std::string>(script),
                   "--any-version");
    EXPECT_EQ(run.status, 0) << bug.name << "\n" << run.output;
  }
}

// The third one's stored trace has a chain that the trashcan of 3.8 to 3.12 does not let pass; 3.13 has it with a
// longer one. From 3.14 on the length depends on the C stack, which no row describes (T6): docs/found-bugs has a
// script.
TEST(FoundBugs, ADepositedWeakReferenceInALongerChain) {
  const auto is_undefined = [](ProfileId id, int length) {
    std::string text =
        "cyclecheck-trace 1\nprofile " + std::string(profile(id).name) +
        "\ndisabled\nnew a node\nnew x node del={collect 2}\nnew b node\nappend b b\nsubref c b cb={}\nappend a x\n"
        "append a c\ndrop x\ndrop c\ndrop b\n";
    // Each link holds the one before, under two names in turn.
    std::string inner = "a";
    for (int i = 0; i < length; ++i) {
      const std::string outer = i % 2 == 0 ? "e" : "f";
      text += "new " + outer + " node\nappend " + outer + " " + inner + "\n" + (i == 0 ? "drop a\n" : "");
      inner = outer;
    }
    text += std::string("drop ") + (inner == "e" ? "f" : "e") + "\ndrop " + inner + "\n";
    return leaves_the_model(std::get<Trace>(parse_trace(text)));
  };
  for (const ProfileId id : {ProfileId::python3_13, ProfileId::python3_13_13}) {
    EXPECT_FALSE(is_undefined(id, 49)) << profile(id).name;
    EXPECT_FALSE(is_undefined(id, 4972)) << profile(id).name;
    EXPECT_TRUE(is_undefined(id, 4973)) << profile(id).name;
  }
  EXPECT_TRUE(is_undefined(ProfileId::python3_12, 49));
}

TEST(FoundBugs, PartialSetThreshold) {
  const Interpreter python3 = ask_interpreter("python3");
  const CommandRun run = run_command(python3.path + " " + kScripts + "partial_set_threshold.py");
  EXPECT_EQ(run.output, python3.profile < ProfileId::python3_13 ? "(0, 10, 10)\n" : "(700, 10, 10)\n");
}

}  // namespace
}  // namespace cyclecheck
