// Covers: the format of mutants, where patches apply, that the catalogue applies to the collector and cites rules that
// exist, the tables, results kept in a file, and a few mutants from patch to finding, among them one that cannot be
// found and must survive, with RapidCheck and the exhaustive search beside. Does not cover: that every mutant is found,
// which takes minutes (ci/mutants).
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <set>
#include <string>

#include "properties/mutants/detection.hpp"
#include "properties/mutants/median.hpp"
#include "properties/mutants/results.hpp"
#include "properties/mutants/tables.hpp"
#include "properties/mutants/workshop.hpp"
#include "properties/support/shell.hpp"
#include "properties/support/temporary_directory.hpp"

namespace cyclecheck {
namespace {

const std::string kSources = CYCLECHECK_SOURCE_DIR;
const std::string kCatalogue = kSources + "/properties/mutants/catalogue";

const std::string kHeader =
    "bug: X 1.2 forgets it\nkind: short-cut\nrule: C7, W4\nlevel: weakrefs\noperations: 5\nrun: --profile "
    "python3.13\n\n";
const std::string kPatch = "--- impl/a.cpp\n@@\n one();\n-two();\n+three();\n";

std::string message(const FileError& error) { return error.message; }

TEST(MutantFile, HeaderAndHunks) {
  const auto parsed =
      parse_mutant("x/07-it.patch", kHeader + kPatch + "@@\n-four();\n--- impl/b.hpp\n@@\n five();\n+six();\n");
  ASSERT_TRUE(std::holds_alternative<Mutant>(parsed)) << message(std::get<FileError>(parsed));
  const auto& mutant = std::get<Mutant>(parsed);
  EXPECT_EQ(mutant.id, "07-it");
  EXPECT_EQ(mutant.bug, "X 1.2 forgets it");
  EXPECT_EQ(mutant.kind, "short-cut");
  EXPECT_EQ(mutant.rules, (std::vector<std::string>{"C7", "W4"}));
  EXPECT_EQ(mutant.level, Level::weakrefs);
  EXPECT_EQ(mutant.operations, 5U);
  EXPECT_EQ(mutant.options, (std::vector<std::string>{"--profile", "python3.13"}));
  ASSERT_EQ(mutant.hunks.size(), 3U);
  EXPECT_EQ(mutant.hunks[0].before, (std::vector<std::string>{"one();", "two();"}));
  EXPECT_EQ(mutant.hunks[0].after, (std::vector<std::string>{"one();", "three();"}));
  EXPECT_EQ(mutant.hunks[1].file, "impl/a.cpp");
  EXPECT_TRUE(mutant.hunks[1].after.empty());
  EXPECT_EQ(mutant.hunks[2].file, "impl/b.hpp");
}

struct BadFile {
  std::string text;
  std::string message;
};

TEST(MutantFile, ErrorsNameFileAndLine) {
  const std::array<BadFile, 11> bad{{
      {"bug\n\n" + kPatch, "m.patch:1: expected a line `key: value`"},
      {"bug: x\ncolour: red\n\n" + kPatch, "m.patch:2: no key 'colour'"},
      {"bug: x\nkind: small\n\n" + kPatch, "m.patch:2: no kind 'small'"},
      {"bug: x\nrule: C1\nlevel: order\noperations: 3\n\n" + kPatch, "m.patch:1: the header has no `kind`"},
      {"bug: x\nlevel: high\n\n" + kPatch, "m.patch:2: no level 'high'"},
      {"operations: 5x\n\n" + kPatch, "m.patch:1: expected a number of operations"},
      {"bug: x\nkind: order\nrule: C1\noperations: 3\n\n" + kPatch, "m.patch:1: the header has no `level`"},
      {kHeader, "m.patch:1: the patch has no hunk"},
      {kHeader + "@@\n-x\n", "m.patch:8: a hunk before the file that it changes (`--- impl/...`)"},
      {kHeader + "--- impl/a.cpp\n@@\n+x\n", "m.patch:1: a hunk without a line that says where it stands"},
      {kHeader + "--- impl/a.cpp\n@@\n-x\n+x\n", "m.patch:1: a hunk that changes nothing"},
  }};
  for (const BadFile& file : bad) {
    const auto parsed = parse_mutant("m.patch", file.text);
    ASSERT_TRUE(std::holds_alternative<FileError>(parsed)) << file.text;
    EXPECT_EQ(std::get<FileError>(parsed).message, file.message);
  }
}

TEST(MutantFile, HunkStandsWhereItsLinesStandWhateverTheirIndentation) {
  const Hunk hunk{"a.cpp", {"one();", "two();"}, {"one();", "  three();"}};
  const auto changed = implant(hunk, "zero();\n    one();\n    two();\nlast();\n");
  ASSERT_TRUE(std::holds_alternative<std::string>(changed));
  EXPECT_EQ(std::get<std::string>(changed), "zero();\none();\n  three();\nlast();\n");
}

TEST(MutantFile, HunkMustStandInOnePlace) {
  const Hunk hunk{"a.cpp", {"one();"}, {}};
  EXPECT_EQ(message(std::get<FileError>(implant(hunk, "two();\n"))), "a.cpp: its lines are not there any more");
  EXPECT_EQ(message(std::get<FileError>(implant(hunk, "one();\ntwo();\n  one();\n"))),
            "a.cpp: its lines stand in two places");
}

TEST(Catalogue, EveryPatchAppliesAndCitesRulesThatExist) {
  const auto loaded = load_catalogue(kCatalogue);
  ASSERT_TRUE(std::holds_alternative<std::vector<Mutant>>(loaded)) << message(std::get<FileError>(loaded));
  const auto& mutants = std::get<std::vector<Mutant>>(loaded);
  EXPECT_GE(mutants.size(), 70U);
  const std::string rules = slurp(kSources + "/docs/memory-model.md");
  for (const Mutant& mutant : mutants) {
    const auto files = implant(mutant, kSources);
    if (const auto* error = std::get_if<FileError>(&files)) ADD_FAILURE() << error->message;
    for (const std::string& rule : mutant.rules) {
      EXPECT_NE(rules.find("**" + rule + "**"), std::string::npos) << mutant.id << " cites " << rule;
    }
  }
}

TEST(HarnessFaults, EveryPatchAppliesAndNamesATest) {
  const auto loaded = load_catalogue(kSources + "/properties/mutants/harness");
  ASSERT_TRUE(std::holds_alternative<std::vector<Mutant>>(loaded)) << message(std::get<FileError>(loaded));
  const auto& faults = std::get<std::vector<Mutant>>(loaded);
  EXPECT_GE(faults.size(), 50U);
  for (const Mutant& fault : faults) {
    const auto files = implant(fault, kSources);
    if (const auto* error = std::get_if<FileError>(&files)) ADD_FAILURE() << error->message;
    EXPECT_TRUE(fault.test_program.starts_with("properties/") && !fault.tests.empty()) << fault.id;
  }
}

TEST(MutantFile, OfTheHarnessNamesATest) {
  const auto parsed = parse_mutant("x.patch", "bug: X\ntest: properties/a/a_test A.*\n\n" + kPatch);
  ASSERT_TRUE(std::holds_alternative<Mutant>(parsed)) << message(std::get<FileError>(parsed));
  EXPECT_EQ(std::get<Mutant>(parsed).test_program, "properties/a/a_test");
  EXPECT_EQ(std::get<Mutant>(parsed).tests, "A.*");
  const auto bad = parse_mutant("x.patch", "bug: X\ntest: properties/a/a_test\n\n" + kPatch);
  EXPECT_EQ(message(std::get<FileError>(bad)), "x.patch:2: expected a test program and names of its tests");
}

TEST(Catalogue, MissingOrEmptyDirectory) {
  const TemporaryDirectory directory;
  EXPECT_EQ(message(std::get<FileError>(load_catalogue(directory.path()))),
            directory.path() + ": no mutants in this directory");
  EXPECT_TRUE(std::holds_alternative<FileError>(load_catalogue(directory.file("none"))));
}

CommandRun check_sweep(const std::string& file) {
  return shell(kSources + "/bench/experiments/mutation-sweep --check --equivalent " + file);
}

// Of one whose header is newer half of the objects would be new, and half old.
TEST(Workshop, RefusesAProgramThatIsOlderThanItsSources) {
  TemporaryDirectory directory;
  directory.write("CMakeLists.txt",
                  "cmake_minimum_required(VERSION 3.25)\nproject(toy LANGUAGES CXX)\n"
                  "include_directories(${PROJECT_SOURCE_DIR})\nadd_executable(toy toy/main.cpp)\n");
  std::filesystem::create_directory(directory.file("toy"));
  directory.write("toy/main.cpp", "#include \"impl/a.hpp\"\nint main() {\n  return answer();\n}\n");
  std::filesystem::create_directory(directory.file("impl"));
  directory.write("impl/a.hpp", "inline int answer() {\n  return 0;\n}\n");
  const std::string build = directory.file("build");
  const CommandRun built =
      shell("cmake -G Ninja -S " + directory.path() + " -B " + build + " && cmake --build " + build);
  ASSERT_EQ(built.status, 0) << built.output;
  const auto opened = Workshop::open(build, "toy");
  ASSERT_TRUE(std::holds_alternative<Workshop>(opened)) << message(std::get<FileError>(opened));
  const auto& workshop = std::get<Workshop>(opened);
  Mutant mutant;
  mutant.id = "one";
  mutant.hunks = {{"impl/a.hpp", {"return 0;"}, {"return 7;"}}};
  const auto program = workshop.build(mutant);
  ASSERT_TRUE(std::holds_alternative<std::string>(program)) << message(std::get<FileError>(program));
  EXPECT_EQ(shell(std::get<std::string>(program)).status, 7);

  std::filesystem::last_write_time(directory.file("impl/a.hpp"),
                                   std::filesystem::last_write_time(build + "/toy") + std::chrono::seconds(1));
  const auto again = workshop.build(mutant);
  ASSERT_TRUE(std::holds_alternative<FileError>(again));
  EXPECT_TRUE(message(std::get<FileError>(again)).ends_with("/toy: is older than impl/a.hpp: build it again first"))
      << message(std::get<FileError>(again));
  EXPECT_TRUE(std::holds_alternative<FileError>(Workshop::open(build, "toy")));
}

TEST(Sweep, JudgementsThatLostTheirPlaceAreNamed) {
  const TemporaryDirectory directory;
  const std::string there =
      "  impl/weak.cpp ;; unlink_weak ;; if (referent == kNone) return; ;; if (referent != kNone) return;\n";
  const std::string gone = "  impl/weak.cpp ;; unlink_weak ;; if (never == there) return; ;; nothing\n";
  directory.write("good.txt", "# judged\n[speed] It is quicker.\n" + there);
  directory.write("stale.txt", "[speed] It is quicker.\n" + there + gone);
  directory.write("twice.txt", "[speed] It is quicker.\n" + there + there);
  directory.write("unexplained.txt", there);
  const CommandRun good = check_sweep(directory.file("good.txt"));
  EXPECT_EQ(good.status, 0) << good.output;
  EXPECT_EQ(good.output, "1 explained changes, all in their place\n");
  const CommandRun stale = check_sweep(directory.file("stale.txt"));
  EXPECT_EQ(stale.status, 1) << stale.output;
  EXPECT_EQ(stale.output, "no such change any more: " + gone.substr(2));
  const CommandRun twice = check_sweep(directory.file("twice.txt"));
  EXPECT_EQ(twice.status, 2);
  EXPECT_NE(twice.output.find("twice.txt:3: judged before"), std::string::npos) << twice.output;
  const CommandRun unexplained = check_sweep(directory.file("unexplained.txt"));
  EXPECT_EQ(unexplained.status, 2);
  EXPECT_NE(unexplained.output.find("unexplained.txt:1: expected"), std::string::npos) << unexplained.output;
  EXPECT_EQ(check_sweep(directory.file("none.txt")).status, 2);
}

TEST(Detections, MedianIsTheMiddle) {
  EXPECT_EQ(median({}), 0);
  EXPECT_EQ(median({3, 1, 2}), 2);
  EXPECT_EQ(median({4, 1, 2, 3}), 2.5);
}

Detection killed_by(std::vector<std::uint32_t> operations) {
  Detection detection;
  detection.mutant.id = "07-it";
  detection.mutant.bug = "a bug";
  detection.mutant.kind = "short-cut";
  detection.mutant.rules = {"C7"};
  detection.mutant.operations = 5;
  detection.suite = "random";
  detection.seeds = static_cast<std::uint32_t>(operations.size());
  for (const std::uint32_t count : operations) {
    Kill kill;
    kill.operations = count;
    kill.original_operations = 100;
    kill.seconds = count;
    kill.signature = "missing died node";
    detection.kills.push_back(kill);
  }
  return detection;
}

TEST(Detections, WhatCountsAsAFailure) {
  EXPECT_EQ(killed_by({3, 5, 4}).complaint(), "");
  EXPECT_EQ(killed_by({3, 6, 7}).complaint(), "07-it: shrunk to 6 operations, but 5 are enough");
  Detection survivor = killed_by({3, 4});
  survivor.seeds = 3;
  EXPECT_EQ(survivor.complaint(), "07-it: survived 1 of 3 seeds");
  Detection unproved = killed_by({3});
  unproved.mutant.level = Level::garbage;
  unproved.level_proved = false;
  EXPECT_EQ(unproved.complaint(), "07-it: not seen at level garbage");
  Detection broken = killed_by({3});
  broken.error = "07-it: does not compile";
  EXPECT_EQ(broken.complaint(), "07-it: does not compile");
}

void add(Detection& detection, Way way, const Baseline& baseline) {
  detection.ways[static_cast<std::size_t>(way)] = baseline;
}

TEST(Tables, OfMutants) {
  Detection detection = killed_by({3, 5, 4});
  add(detection, Way::test_gc, {});
  EXPECT_EQ(mutants_table({detection}),
            "| mutant | the real bug | rule | level | killed by | time to kill | operations | shrunk to | shrinking | "
            "test_gc alone |\n|---|---|---|---|---|---|---|---|---|---|\n"
            "| `07-it` | a bug | C7 | order | random: missing died node | 4.00 s | 100 | 4 | 0.00 s | survives |\n");
}

TEST(Tables, OfKinds) {
  Detection survivor = killed_by({3});
  survivor.seeds = 2;
  EXPECT_EQ(kinds_table({killed_by({3, 5, 4}), survivor}),
            "| kind | | found | median time to kill |\n|---|---|---|---|\n"
            "| short-cut | a short cut whose condition lacks a case | 1 of 2 | 4.00 s |\n");
}

TEST(Tables, OfWaysOfTesting) {
  Detection one = killed_by({3, 5, 4});
  add(one, Way::rc, {true, 2, 9, 6});
  add(one, Way::exhaust, {true, 0.5, 3, 0.25});
  add(one, Way::test_gc, {true, 1, 0, 0});
  Detection other = killed_by({7});
  for (const Way way : {Way::rc, Way::exhaust, Way::test_gc}) add(other, way, {});
  add(one, Way::fuzz, {});
  EXPECT_EQ(ways_table({one, other}),
            "| way of testing | killed | median time to kill | median shrunk trace | median time to shrink |\n"
            "|---|---|---|---|---|\n"
            "| cyclecheck run | 2 of 2 | 5.50 s | 5.5 operations | 0.00 s |\n"
            "| test_gc alone | 1 of 2 | 1.00 s | | |\n"
            "| every trace | 1 of 2 | 0.50 s | 3 operations | 0.25 s |\n"
            "| fuzzing | 0 of 2 | | | |\n"
            "| rc::state | 1 of 2 | 2.00 s | 9 operations | 6.00 s |\n");
}

TEST(KeptResults, AreThereAgain) {
  const TemporaryDirectory directory;
  const std::string path = directory.file("results");
  const Results::Key runs{"07-it", "run", "1a", "seeds 3"};
  const Results::Key rapidcheck{"07-it", "rc", "2b", "seeds 1"};
  {
    const auto opened = Results::open(path);
    const auto& results = std::get<std::unique_ptr<Results>>(opened);
    EXPECT_FALSE(results->keep(runs, killed_by({3, 5, 4})));
    EXPECT_FALSE(results->keep(rapidcheck, Baseline{true, 2.5, 9, 6.25}));
  }
  // A measurement that was killed while it wrote.
  directory.write("results", slurp(path) + R"({"mutant": "08)");
  for (int time = 0; time < 2; ++time) {
    const auto opened = Results::open(path);
    ASSERT_TRUE(std::holds_alternative<std::unique_ptr<Results>>(opened)) << message(std::get<FileError>(opened));
    const auto& results = std::get<std::unique_ptr<Results>>(opened);
    const auto detection = results->runs(runs);
    ASSERT_TRUE(detection);
    EXPECT_EQ(detection->suite, "random");
    EXPECT_EQ(detection->seeds, 3U);
    EXPECT_EQ(detection->operations(), 4);
    EXPECT_EQ(detection->kills.front().signature, "missing died node");
    const auto baseline = results->baseline(rapidcheck);
    ASSERT_TRUE(baseline);
    EXPECT_TRUE(baseline->killed);
    EXPECT_EQ(baseline->seconds, 2.5);
    EXPECT_EQ(baseline->operations, 9);
    EXPECT_EQ(baseline->shrink_seconds, 6.25);
    // Of another program, and with other settings, nothing is known.
    EXPECT_FALSE(results->runs({"07-it", "run", "1b", "seeds 3"}));
    EXPECT_FALSE(results->runs({"07-it", "run", "1a", "seeds 5"}));
    EXPECT_FALSE(results->keep({"08-it", "rc", "2b", "seeds 1"}, Baseline{}));
  }
}

TEST(KeptResults, ErrorsNameFileAndLine) {
  const TemporaryDirectory directory;
  const std::string path = directory.file("results");
  directory.write("results", "{\"mutant\": \"07-it\"}\n");
  EXPECT_EQ(message(std::get<FileError>(Results::open(path))),
            path + ":1: expected a result of `cyclecheck-mutants --resume`");
  const auto opened = Results::open(directory.file("none") + "/results");
  const auto error = std::get<std::unique_ptr<Results>>(opened)->keep({}, Baseline{});
  ASSERT_TRUE(error);
  EXPECT_TRUE(error->message.ends_with("No such file or directory")) << error->message;
}

// What follows builds mutants. With sanitizers that takes too long for a test; the program is the same.
#if !defined(CYCLECHECK_SANITIZED)

CommandRun mutants(const std::string& arguments) { return shell(std::string{CYCLECHECK_MUTANTS} + " " + arguments); }

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST(Mutants, AFewOfTheCatalogueAreKilled) {
  const TemporaryDirectory directory;
  const CommandRun result = mutants("--quick --name 15- --name 116- --tables " + directory.file("tables"));
  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_TRUE(has(result.output, "2 of 2 mutants killed")) << result.output;
  const std::string text = slurp(directory.file("tables/mutants.md"));
  EXPECT_TRUE(has(text, "| `15-callback-of-a-trash-weakref-runs` |")) << text;
  // A crash is a kill, too: a bad address, which a sanitizer names in its own way, or an assertion before it.
  EXPECT_TRUE(has(text, "random: crash SIGSEGV") || has(text, "Sanitizer SEGV") || has(text, "random: crash SIGABRT"))
      << text;
}

// One that its test notices, and one that it does not.
TEST(Mutants, AFaultOfTheHarnessMustBeNoticed) {
  const TemporaryDirectory directory;
  const std::string header =
      "bug: none\ntest: properties/mutants/mutants_mutants_test Detections.MedianIsTheMiddle\n\n";
  const std::string file = "--- properties/mutants/median.cpp\n@@\n";
  directory.write("noticed.patch",
                  header + file + "-  if (values.empty()) return 0;\n+  if (values.empty()) return 1;\n");
  directory.write(
      "not.patch",
      header + "--- properties/mutants/report.cpp\n@@\n-  std::size_t killed = 0;\n+  std::size_t killed = 1;\n");
  const CommandRun result = mutants("--harness --catalogue " + directory.path());
  EXPECT_EQ(result.status, 1) << result.output;
  EXPECT_TRUE(has(result.output, "1 of 2 faults of the harness noticed")) << result.output;
  EXPECT_TRUE(has(result.output, "not: SURVIVED Detections.MedianIsTheMiddle")) << result.output;
}

// Its room is compiled several sources at once.
TEST(Mutants, AFaultInARoomOfTheHarnessIsBuilt) {
  const CommandRun result = mutants("--harness --name generator-ignores-free-lists");
  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_TRUE(has(result.output, "1 of 1 faults of the harness noticed")) << result.output;
}

TEST(Mutants, WhatCannotBeSeenSurvives) {
  const TemporaryDirectory directory;
  directory.write(
      "equivalent.patch",
      "bug: none: from which length on cells are fetched ahead\nkind: order\nrule: C2\nlevel: order\noperations: 1\n"
      "run: --traces 300\n\n"
      "--- impl/reachability.cpp\n@@\n-constexpr std::size_t kAhead = 12;\n+constexpr std::size_t kAhead = 8;\n");
  const CommandRun result = mutants("--quick --catalogue " + directory.path());
  EXPECT_EQ(result.status, 1) << result.output;
  EXPECT_TRUE(has(result.output, "0 of 1 mutants killed")) << result.output;
  EXPECT_TRUE(has(result.output, "equivalent: survived 1 of 1 seeds")) << result.output;
}

// The times in the table would differ if anything was measured again.
TEST(Mutants, WhatIsMeasuredIsNotMeasuredAgain) {
  const TemporaryDirectory directory;
  const std::string file = directory.file("results");
  const std::string arguments = "--quick --name 01- --baseline rc --baseline exhaust --resume " + file + " --tables ";
  const CommandRun first = mutants(arguments + directory.file("first"));
  EXPECT_EQ(first.status, 0) << first.output;
  const std::string table = slurp(directory.file("first/ways.md"));
  EXPECT_TRUE(has(table, "| rc::state | 1 of 1 |") && has(table, "| every trace | 1 of 1 |")) << table;
  const std::string kept = slurp(file);
  const CommandRun again = mutants(arguments + directory.file("again"));
  EXPECT_EQ(again.status, 0) << again.output;
  EXPECT_EQ(all_files(directory.file("again")), all_files(directory.file("first")));
  EXPECT_EQ(slurp(file), kept);
}

TEST(Mutants, PatchesThatDoNotApplyOrCompileAreFailures) {
  const TemporaryDirectory directory;
  const std::string header =
      "bug: none\nkind: order\nrule: C2\nlevel: order\noperations: 1\n\n--- impl/semantics.cpp\n@@\n";
  directory.write("stale.patch", header + "-this line is not there\n");
  directory.write("wrong.patch", header + "-  Semantics rules = python3_12();\n+  not_a_name rules;\n");
  const CommandRun result = mutants("--quick --catalogue " + directory.path());
  EXPECT_EQ(result.status, 1) << result.output;
  EXPECT_TRUE(has(result.output, "stale: impl/semantics.cpp: its lines are not there any more")) << result.output;
  EXPECT_TRUE(has(result.output, "wrong: does not compile")) << result.output;
}

TEST(Mutants, BadUsageHasStatusTwo) {
  const auto expect_refused = [](const std::string& arguments, const std::string& message) {
    const CommandRun result = mutants(arguments);
    EXPECT_EQ(result.status, 2) << arguments;
    EXPECT_TRUE(has(result.output, message)) << result.output;
  };
  const TemporaryDirectory directory;
  expect_refused("--name 01- --name no-such-mutant", "no mutant has a name that begins with no-such-mutant");
  expect_refused("--catalogue /nonexistent", "/nonexistent: No such file or directory");
  expect_refused("--seeds 0", "--seeds: Value 0 not in range");
  expect_refused("--baseline guessing", "--baseline: guessing not in");
  expect_refused("--flags -O0", "--flags requires --target");
  expect_refused("--build " + directory.path(), "not a build folder of CMake");
  expect_refused("--quick --name 01- --tables /proc/none", "/proc/none: No such file or directory");
}

#endif

}  // namespace
}  // namespace cyclecheck
