// Exported scripts print the log of their trace.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "harness/compare/divergence.hpp"
#include "harness/cpython/interpreter.hpp"
#include "harness/export/python.hpp"
#include "harness/generate/generate_trace.hpp"
#include "harness/subjects/feature.hpp"
#include "harness/subjects/model_subject.hpp"
#include "harness/system/large_stack.hpp"
#include "properties/support/run_python.hpp"
#include "properties/support/sanitized.hpp"
#include "trace/file.hpp"
#include "trace/log_text.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

// What `python3` is here. There is always one: ci/setup installs it.
const Interpreter& python3() {
  static const Interpreter interpreter = ask_interpreter("python3");
  return interpreter;
}

Log model_log(const Trace& trace) {
  Log log;
  on_large_stack([&] { ModelSubject().run(trace, Observe::digest, log); });
  return log;
}

enum class Outcome : std::uint8_t { agrees, refused, differs };

// Exports the trace, runs the script, and compares what it prints with the model's log.
Outcome check(const Trace& trace, const std::string& name, const Interpreter& interpreter) {
  const auto exported = export_python(trace, name);
  if (std::holds_alternative<ExportRefusal>(exported)) return Outcome::refused;
  const CommandRun run = run_python(interpreter.path, std::get<std::string>(exported));
  const auto parsed = parse_log(run.output, trace);
  if (const auto* error = std::get_if<TextError>(&parsed)) {
    ADD_FAILURE() << name << ", CPython " << interpreter.version << ": exit status " << run.status << ", "
                  << to_string(*error, "output") << "\n"
                  << print_trace(trace);
    return Outcome::differs;
  }
  const auto divergence = compare(trace, model_log(trace), std::get<Log>(parsed), kPythonLevel);
  const bool whole = std::get<Log>(parsed).operations() == trace.operations.size();
  if (run.status == 0 && whole && !divergence) return Outcome::agrees;
  ADD_FAILURE() << name << ", CPython " << interpreter.version << ": exit status " << run.status << ", "
                << (divergence ? "operation " + std::to_string(divergence->operation) + ": " + divergence->signature
                               : std::string())
                << "\n"
                << print_trace(trace) << run.output;
  return Outcome::differs;
}

// A script cannot see integers and strings die.
const OperationSet kAtoms = [] {
  OperationSet codes;
  for (const OpCode code : {OpCode::integer, OpCode::string, OpCode::add, OpCode::intern, OpCode::id}) {
    codes.set(static_cast<std::size_t>(code));
  }
  return codes;
}();

bool makes_atoms(const Trace& trace) {
  return std::any_of(trace.operations.begin(), trace.operations.end(), [](const Operation& operation) {
    return operation.code == OpCode::integer || operation.code == OpCode::string;
  });
}

// Nor can it define an extension's type (rule N18): nodes in its place, so that all else in these traces is compared.
void leave_out_what_a_script_cannot(Trace& trace) {
  FeatureSet features;
  features.set(static_cast<std::size_t>(Feature::custom));
  leave_out(features, trace);
}

struct Tally {
  int agree = 0;
  int refused = 0;
};

Tally check_random(const Interpreter& interpreter, std::uint64_t seed, std::uint64_t count, std::uint32_t operations) {
  Tally tally;
  for (std::uint64_t i = 0; i < count; ++i) {
    Trace trace = generate(seed, i, {interpreter.profile, operations, kFaults | kAtoms});
    leave_out_what_a_script_cannot(trace);
    const Outcome outcome = check(trace, "random" + std::to_string(i), interpreter);
    tally.agree += outcome == Outcome::agrees;
    tally.refused += outcome == Outcome::refused;
  }
  return tally;
}

TEST(PythonScript, TracesOfTheNotes) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(CYCLECHECK_SOURCE_DIR "/corpus/notes")) {
    if (entry.path().extension() != ".trace") continue;
    auto trace = load_trace(entry.path().string());
    ASSERT_TRUE(std::holds_alternative<Trace>(trace)) << entry.path();
    std::get<Trace>(trace).profile = python3().profile;
    const Outcome expected = makes_atoms(std::get<Trace>(trace)) ? Outcome::refused : Outcome::agrees;
    EXPECT_EQ(check(std::get<Trace>(trace), entry.path().stem().string(), python3()), expected) << entry.path();
    ++count;
  }
  EXPECT_GE(count, 15);
}

TEST(PythonScript, RandomTraces) {
  constexpr int kTraces = fewer(250, 20);
  const Tally tally = check_random(python3(), 1, kTraces, 120);
  EXPECT_EQ(tally.agree + tally.refused, kTraces);
  // What the script cannot do is rare.
  EXPECT_LE(tally.refused, kTraces / 10);
  RecordProperty("refused", tally.refused);
}

// Wherever there are others than python3.
TEST(PythonScript, EveryInterpreterOnThisMachine) {
  for (const Interpreter& interpreter : find_interpreters().usable) {
    if (interpreter.version == python3().version) continue;
    const Tally tally = check_random(interpreter, 2, 20, 120);
    EXPECT_EQ(tally.agree + tally.refused, 20) << interpreter.version;
  }
}

// Of two finalizers the one that runs last binds a, which the other's object loses. Which one that is depends on where
// the references from outside are: in no list, as the trace's.
TEST(PythonScript, TheOrderOfObjectsIsTheTraces) {
  const std::string text =
      "new a node\nnew b node del={new a node}\nnew c node del={let a self}\nappend a b\nappend a c\nappend a a\n"
      "drop b\nshutdown\n";
  for (const Interpreter& interpreter : find_interpreters().usable) {
    const Profile& row = profile(interpreter.profile);
    if (!row.has_freeze) continue;
    const Trace trace =
        std::get<Trace>(parse_trace("cyclecheck-trace 1\nprofile " + std::string(row.name) + "\n" + text));
    EXPECT_EQ(check(trace, "order", interpreter), Outcome::agrees) << interpreter.version;
  }
}

// A legacy finalizer at the depth of the trashcan, where up to 3.10 frames are released late.
TEST(PythonScript, NoFrameHoldsWhatIsFinalized) {
  std::string text = "new a instance\nnew b node legacy={}\nappend a b\nnew b node\nbulk b 16\nappend b[15] a\n";
  for (int i = 15; i > 0; --i) {
    text += fmt::format("new a instance\nappend a b[{}]\nappend b[{}] a\n", i, i - 1);
  }
  for (const Interpreter& interpreter : find_interpreters().usable) {
    const Trace trace = std::get<Trace>(parse_trace(
        "cyclecheck-trace 1\nprofile " + std::string(profile(interpreter.profile).name) + "\n" + text + "shutdown\n"));
    EXPECT_EQ(check(trace, "frames", interpreter), Outcome::agrees) << interpreter.version;
  }
}

// Up to 3.7 the collections of shutdown come while the end of this chain waits in the trashcan: the cycle there leaks.
TEST(PythonScript, TheTrashcanWaitsForTheEndOfShutdown) {
  std::string text = "new a node\nappend a a\n";
  for (int i = 0; i < 40; ++i) text += "new b node\nappend b a\nlet a b\n";
  for (const Interpreter& interpreter : find_interpreters().usable) {
    const Trace trace =
        std::get<Trace>(parse_trace("cyclecheck-trace 1\nprofile " + std::string(profile(interpreter.profile).name) +
                                    "\ncallbacks on\n" + text + "drop b\nshutdown\n"));
    EXPECT_EQ(check(trace, "trashcan", interpreter), Outcome::agrees) << interpreter.version;
  }
}

TEST(PythonScript, RefusesAnotherVersion) {
  const Profile& here = profile(python3().profile);
  Trace trace = empty_trace(here.id == ProfileId::python3_6 ? ProfileId::python3_7 : ProfileId::python3_6);
  const std::string script = std::get<std::string>(export_python(trace, "empty"));
  EXPECT_EQ(run_python(python3().path, script).status, 2);
  const CommandRun run = run_python(python3().path, script, "--any-version");
  EXPECT_EQ(run.status, 0);
  EXPECT_EQ(run.output, "cyclecheck-log 1\n");
}

TEST(PythonScript, SaysWhichOperationItCannotDo) {
  const auto parsed = parse_trace(
      "cyclecheck-trace 1\nprofile python3.11\nthreshold 1 0 0\nnew b node\nsubref c b\nweakref d b cb={}\n"
      "disable\nnew x node\nnew y node\nenable\ndrop b\n");
  const auto exported = export_python(std::get<Trace>(parsed), "tuple");
  ASSERT_TRUE(std::holds_alternative<ExportRefusal>(exported));
  EXPECT_EQ(std::get<ExportRefusal>(exported).reason.rfind("operation 7, drop b: ", 0), 0U)
      << std::get<ExportRefusal>(exported).reason;
}

TEST(PythonScript, TellsIdentities) {
  const std::string text = "cyclecheck-trace 1\nprofile " + std::string(profile(python3().profile).name) +
                           "\nnew a node\nlet b a\nid b\nadd c a b\nintern c a\n";
  const auto run =
      run_python(python3().path, std::get<std::string>(export_python(std::get<Trace>(parse_trace(text)), "identity")));
  EXPECT_EQ(run.status, 0);
  EXPECT_NE(run.output.find("2: id b\n  identity a\n"), std::string::npos) << run.output;
}

TEST(PythonScript, IntegersAndStringsAreRefused) {
  for (const std::string line : {"int x 1", "str x \"a\"", "new x node del={int y 1}"}) {
    const auto exported =
        export_python(std::get<Trace>(parse_trace("cyclecheck-trace 1\nprofile python3.11\n" + line + "\n")), "x");
    ASSERT_TRUE(std::holds_alternative<ExportRefusal>(exported)) << line;
    EXPECT_NE(std::get<ExportRefusal>(exported).reason.find("rules I"), std::string::npos);
  }
}

// What plain Python code can make, and how each kind of object ends; every kind has every operation here.
TEST(PythonScript, EveryKindOfObject) {
  const std::string objects =
      "new f frame\nnew g generator del={let z self; new q node}\nnew n node\nnew i instance\nnew s set\nnew c cell\n"
      "new d dict\nmethod m n g\n";
  std::string text = objects;
  for (const std::string a : {"f", "g", "s", "c", "d", "m"}) {
    for (const std::string change :
         {"append A n", "append A n", "append A i", "store A 5 f", "store A 0 m", "remove A n", "erase A 0",
          "append A m", "get_referents A", "let x A[0]", "let x A[1]", "tuple t A", "weakref w A cb={}", "proxy p A",
          "deref y p", "subref v A cb=m{}"}) {
      std::string line = change;
      if (const std::size_t place = line.find('A'); place != std::string::npos) line.replace(place, 1, a);
      text += line + "\n";
    }
  }
  text +=
      "drop x\ndrop y\nsetitem d n c\nsetitem d i d\nsetitem d g d\ndelitem d i\nclear s\nclear c\nclear f\nclear g\n"
      "append s n\nappend s i\nappend n s\nappend f f\nappend g f\nappend n g\nappend c c\nclose m\n";
  for (const std::string name : {"f", "n", "i", "s", "c", "d", "m", "t"}) text += "drop " + name + "\n";
  text += "collect 2\nclose g\nclose g\nappend g g\nlet x g[0]\ndrop x\ndrop g\ncollect 2\nclear_garbage\ndrop z\n";
  const std::string tracebacks = objects + "traceback t g f\ntraceback t t f\nappend f t\ndrop f\ndrop t\ncollect 2\n";
  for (const Interpreter& interpreter : find_interpreters().usable) {
    const Profile& row = profile(interpreter.profile);
    const std::string head = "cyclecheck-trace 1\nprofile " + std::string(row.name) + "\n";
    EXPECT_EQ(check(std::get<Trace>(parse_trace(head + text + "shutdown\n")), "kinds", interpreter), Outcome::agrees)
        << interpreter.version;
    EXPECT_EQ(check(std::get<Trace>(parse_trace(head + tracebacks + "shutdown\n")), "tracebacks", interpreter),
              row.id < ProfileId::python3_7 ? Outcome::refused : Outcome::agrees)
        << interpreter.version;
  }
}

TEST(PythonScript, CustomObjectsAreRefused) {
  for (const std::string line : {"new x custom", "new x node del={new y custom}"}) {
    const auto exported =
        export_python(std::get<Trace>(parse_trace("cyclecheck-trace 1\nprofile python3.11\n" + line + "\n")), "x");
    ASSERT_TRUE(std::holds_alternative<ExportRefusal>(exported)) << line;
    EXPECT_NE(std::get<ExportRefusal>(exported).reason.find("rule N18"), std::string::npos);
  }
}

TEST(PythonScript, AllocationsDoNotFail) {
  const std::string head =
      "cyclecheck-trace 1\nprofile " + std::string(profile(python3().profile).name) + "\nfail 2\nnew x node\n";
  EXPECT_TRUE(
      std::holds_alternative<ExportRefusal>(export_python(std::get<Trace>(parse_trace(head + "new y node\n")), "x")));
  // One that would fail later does not disturb.
  EXPECT_EQ(check(std::get<Trace>(parse_trace(head + "drop x\n")), "later", python3()), Outcome::agrees);
}

// A proxy stands for what it refers to where a script is not careful, and ends it if that is gone.
TEST(PythonScript, ProxiesAreNoContainers) {
  const std::string text =
      "cyclecheck-trace 1\nprofile " + std::string(profile(python3().profile).name) +
      "\nnew a node\nappend a a\nproxy p a\ntuple t p\nbulk p 3\nappend p a\nstore p 0 a\nremove p a\n"
      "erase p 0\nclear p\nerase a 0\ndrop a\ntuple t p\nbulk p 3\nappend p p\nstore p 0 p\nremove p p\n"
      "erase p 0\nclear p\nlet q p[0]\nuse p\ncollect 2\n";
  EXPECT_EQ(check(std::get<Trace>(parse_trace(text)), "proxies", python3()), Outcome::agrees);
}

// An empty node is false, and a callback all the same.
TEST(PythonScript, ANodeWithoutSlotsIsACallback) {
  const std::string text = "cyclecheck-trace 1\nprofile " + std::string(profile(python3().profile).name) +
                           "\nnew a node\nnew b node\nweakref c a\nweakref d a cb=b{}\ndrop b\nweakref d @b cb={}\n";
  EXPECT_EQ(check(std::get<Trace>(parse_trace(text)), "callback", python3()), Outcome::agrees);
}

// Level by level above `garbage` scripts promise nothing, but this they know.
TEST(PythonScript, TellsReferenceCounts) {
  const std::string text =
      "cyclecheck-trace 1\nprofile " + std::string(profile(python3().profile).name) +
      "\nnew a node del={refcount self; let b self; refcount self; refcount b}\nlet a2 a\nrefcount a\ndrop a2\ndrop a\n"
      "refcount b\nappend b b\ndrop b\ncollect 2\nnew c instance del={refcount self}\ndrop c\n"
      "new d node legacy={refcount self}\ndrop d\nnew e node\nweakref w e cb={refcount self}\ndrop e\nnew f node\n"
      "weakref w f cb={refcount self}\nsubref v f cb={refcount self}\nproxy p f cb={refcount self}\ndrop f\nnew g "
      "node\n"
      "append g g\nweakref w g cb={refcount self}\ndrop g\ncollect 2\n";
  const Trace trace = std::get<Trace>(parse_trace(text));
  const auto run = run_python(python3().path, std::get<std::string>(export_python(trace, "references")));
  const auto printed = parse_log(run.output, trace);
  ASSERT_TRUE(std::holds_alternative<Log>(printed)) << run.output;
  const auto counts = [](const Log& log) {
    std::vector<std::uint32_t> found;
    for (const Event& event : log.all()) {
      if (event.kind == EventKind::references) found.push_back(event.number[0]);
    }
    return found;
  };
  EXPECT_EQ(counts(std::get<Log>(printed)), counts(model_log(trace))) << run.output;
}

}  // namespace
}  // namespace cyclecheck
