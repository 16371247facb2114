// The debug text that CycleCheck prints is the one that interpreters print.
#include "harness/export/transcript.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <string>
#include <variant>

#include "harness/cpython/interpreter.hpp"
#include "harness/export/python.hpp"
#include "harness/system/large_stack.hpp"
#include "properties/support/run_python.hpp"
#include "trace/file.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

std::string printed(const Trace& trace) {
  std::string text;
  on_large_stack([&] { text = transcript(trace); });
  return text;
}

Trace parsed(const std::string& text) { return std::get<Trace>(parse_trace(text)); }

// The lines of debug text without addresses, times, and sizes of generations, which in a script are the interpreter's
// own.
std::string normalised(const std::string& text) {
  static const std::regex kAddress("0x[0-9a-f]+");
  static const std::regex kTime("[0-9]+\\.[0-9]+s");
  static const std::regex kSizes("(generation:)( [0-9]+)+");
  std::istringstream lines(text);
  std::string result;
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("gc: ", 0) != 0) continue;
    line = std::regex_replace(line, kAddress, "@");
    line = std::regex_replace(std::regex_replace(line, kTime, "T"), kSizes, "$1");
    result += line + "\n";
  }
  return result;
}

// What a script that is exported from the trace writes to standard error.
std::string written_by(const Interpreter& interpreter, const Trace& trace) {
  const auto path =
      std::filesystem::temp_directory_path() / ("cyclecheck-transcript-" + std::to_string(::getpid()) + ".py");
  std::ofstream(path) << std::get<std::string>(export_python(trace, "debug text"));
  const CommandRun run = run_command("( " + interpreter.path + " " + path.string() + " 2>&1 >/dev/null )");
  std::filesystem::remove(path);
  EXPECT_EQ(run.status, 0) << interpreter.version << run.output;
  return run.output;
}

// Garbage of every kind of object, and objects with legacy finalizers, under one set of flags after the other.
std::string every_kind_under_every_flag(const std::string& profile) {
  std::string text = "cyclecheck-trace 1\nprofile " + profile + "\n";
  for (const int flags : {1, 2, 4, 6, 2 + 8, 2 + 16, 2 + 4 + 8, 4 + 8 + 16, 1 + 2 + 4 + 8, 38, 62, 63, 0}) {
    text +=
        "set_debug " + std::to_string(flags) +
        "\nnew n node\nnew i instance\nnew c classic\nnew l list\nnew d dict\nappend n i\nappend i c\nappend c l\n"
        "append l d\nappend d n\ntuple t l\nappend l t\nweakref w n\nappend l w\nproxy p n\nappend l p\nsubref s n\n"
        "append l s\ndrop n\ndrop i\ndrop c\ndrop l\ndrop d\ndrop t\ndrop w\ndrop p\ndrop s\ncollect 2\ncollect 0\n"
        "new x instance legacy={}\nappend x x\ndrop x\nnew y classic del={}\nnew z node\nappend y z\nappend z y\n"
        "drop y\ndrop z\ncollect 1\n";
  }
  return text;
}

TEST(Transcript, OfTheNotes) {
  const auto trace = load_trace(CYCLECHECK_SOURCE_DIR "/corpus/notes/two_object_cycle_debug_leak.trace");
  EXPECT_EQ(printed(std::get<Trace>(trace)),
            "[]\n"
            "gc: collectable <ClassA instance at 0x724b48>\n"
            "gc: collectable <ClassA instance at 0x724b98>\n"
            "gc: collectable <dict 0x724b20>\n"
            "gc: collectable <dict 0x724b70>\n"
            "4\n"
            "[<__main__.ClassA instance at 0x724b48>, <__main__.ClassA instance at 0x724b98>, "
            "{'t': <__main__.ClassA instance at 0x724b98>}, {'t': <__main__.ClassA instance at 0x724b48>}]\n");
}

TEST(Transcript, EachVersionHasItsOwnWords) {
  const std::string operations = "set_debug 1\ncollect 1\n";
  const auto text = [&](const char* profile) {
    return printed(parsed(std::string("cyclecheck-trace 1\nprofile ") + profile + "\n" + operations));
  };
  EXPECT_EQ(text("python2.7"),
            "gc: collecting generation 1...\ngc: objects in each generation: 0 0 0\ngc: done, 0.0000s elapsed.\n0\n");
  EXPECT_EQ(text("python3.6"),
            "gc: collecting generation 1...\ngc: objects in each generation: 0 0 0\ngc: done, 0.0000s elapsed\n0\n");
  EXPECT_EQ(text("python3.7"),
            "gc: collecting generation 1...\ngc: objects in each generation: 0 0 0\n"
            "gc: objects in permanent generation: 0\ngc: done, 0.0000s elapsed\n0\n");
  EXPECT_EQ(text("python3.13"),
            "gc: collecting generation 1...\ngc: objects in each generation: 0 0 0\n"
            "gc: objects in permanent generation: 0\ngc: done, 0 unreachable, 0 uncollectable, 0.0000s elapsed\n0\n");
}

TEST(Transcript, IsWhatInterpretersWrite) {
  auto interpreters = find_interpreters().usable;
  for (const Interpreter& interpreter : interpreters) {
    const Trace trace = parsed(every_kind_under_every_flag(std::string(profile(interpreter.profile).name)));
    const std::string expected = normalised(printed(trace));
    EXPECT_GT(expected.size(), 1000U);
    EXPECT_EQ(normalised(written_by(interpreter, trace)), expected) << interpreter.version;
  }
}

}  // namespace
}  // namespace cyclecheck
