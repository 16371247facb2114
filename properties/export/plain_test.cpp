// Plain programs of other languages. Covers: calls, scripts, what is refused and named, templates of one's own, and
// that the programs in C++ and JavaScript run. Does not cover: PHP's, which ci/adapters installs.
#include <gtest/gtest.h>

#include <string>
#include <variant>

#include "harness/export/export.hpp"
#include "properties/support/shell.hpp"
#include "properties/support/temporary_directory.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

Trace parse(const std::string& operations) {
  return std::get<Trace>(parse_trace("cyclecheck-trace 1\nprofile python3.11\n" + operations));
}

std::string program(const std::string& operations, std::string_view text) {
  const auto exported = export_plain(parse(operations), "its name", text);
  const auto* refusal = std::get_if<ExportRefusal>(&exported);
  return refusal != nullptr ? "refused: " + refusal->reason : std::get<std::string>(exported);
}

constexpr const char* kOwn =
    "%% operations new let append drop weakref\n%% kinds node\n%% finalizers on\n%% statement do ... now\n"
    "%% script fun(me) ... end\n%% self me\n%% none nil\n-- {name}\n%% program\n-- over\n";

TEST(PlainProgram, IsMadeOfTheTemplate) {
  EXPECT_EQ(program("new a node del={append b self; drop b}\nlet c @a[2]\nweakref w a\n", kOwn),
            "-- its name\n"
            "do create(\"a\", \"node\", fun(me) append(v(\"b\"), me); drop(\"b\"); end) now\n"
            "do bind(\"c\", slot(label(\"a\"), 2)) now\n"
            "do weakref(\"w\", v(\"a\"), nil) now\n"
            "-- over\n");
}

TEST(PlainProgram, WhatTheTemplateLacksIsNamed) {
  EXPECT_EQ(program("new a node\nclear a\n", kOwn), "refused: 'clear a': it has nothing for 'clear'");
  EXPECT_EQ(program("new a dict\n", kOwn), "refused: 'new a dict': it has nothing for 'dict'");
  EXPECT_EQ(program("new a node legacy={}\n", kOwn), "refused: 'new a node legacy={}': it has nothing for 'legacy'");
  EXPECT_EQ(program("new a node del={freeze}\n", kOwn), "refused: 'freeze': it has nothing for 'freeze'");
  EXPECT_EQ(program("new a node\nnew b node\nweakref w a cb=b{}\n", kOwn),
            "refused: 'weakref w a cb=b{}': it has nothing for a callback that is an object");
  EXPECT_EQ(program("", "%% operations new\n"), "refused: the template has no line '%% program'");
  EXPECT_EQ(program("", "%% program\n"), "refused: the template has no line '%% operations'");
}

TEST(PlainProgram, ThereAreTemplatesForThree) {
  for (const char* language : {"php", "js", "cpp"}) {
    const std::string text =
        program("new a node\nappend a a\nweakref w a\nderef b w\ncollect 2\n", plain_template(language));
    EXPECT_NE(text.find("append(v(\"a\"), v(\"a\"))"), std::string::npos) << text;
  }
  EXPECT_TRUE(plain_template("cobol").empty());
}

TEST(PlainProgram, RunsInCpp) {
  TemporaryDirectory folder;
  folder.write("x.cpp",
               program("new a node\nnew b instance\nappend a b\nweakref w b\nderef c w\ndrop c\ndrop b\nerase a 0\n"
                       "deref c w\nappend a a\nshutdown\n",
                       plain_template("cpp")));
  const CommandRun run = shell("cd " + folder.path() + " && c++ -std=c++17 -O0 -o x x.cpp && ./x");
  EXPECT_EQ(run.output, "deref b\ndied b\nderef None\ndied w\n1 left\n");
}

TEST(PlainProgram, RunsInJavaScript) {
  TemporaryDirectory folder;
  folder.write("x.js",
               program("new a node\nnew b list\nappend a b\nappend b a\nweakref w a\ndrop a\nderef c w\ndrop c\n"
                       "drop b\ncollect 2\nderef c w\n",
                       plain_template("js")));
  const CommandRun run = shell("node --expose-gc " + folder.file("x.js"));
  EXPECT_EQ(run.output.find("deref a\n"), 0U) << run.output;
  EXPECT_NE(run.output.find("deref None\n"), std::string::npos) << run.output;
}

}  // namespace
}  // namespace cyclecheck
