// Covers: what commands tell other programs (JUnit XML, JSON, SARIF) and how they tell it: progress on a terminal and
// elsewhere, colour, signals.
// Does not cover: the formats themselves (properties/report/), interpreters (conform_cli_test.cpp).
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "properties/support/shell.hpp"
#include "properties/support/temporary_directory.hpp"

namespace cyclecheck {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

class Reports : public testing::Test {
 protected:
  CommandRun toy(const std::string& arguments) { return in_folder(std::string{CYCLECHECK_TOY} + " " + arguments); }
  CommandRun program(const std::string& arguments) {
    return in_folder(std::string{CYCLECHECK_PROGRAM} + " " + arguments);
  }
  // Standard output alone.
  Json json_of(const std::string& arguments) {
    const CommandRun run = toy(arguments + " --format json 2>/dev/null");
    const Json whole = Json::parse(run.output, nullptr, false);
    EXPECT_TRUE(whole.is_object()) << run.output;
    EXPECT_EQ(whole.value("status", -1), run.status) << run.output;
    return whole;
  }
  // The names of all tests in JUnit XML.
  static std::set<std::string> tests_of(const std::string& xml) {
    std::set<std::string> names;
    for (std::size_t at = 0; (at = xml.find("<testcase ", at)) != std::string::npos; ++at) {
      names.insert(xml.substr(at, xml.find(" time=", at) - at));
    }
    return names;
  }

  TemporaryDirectory directory_;
  std::string good_ = directory_.write("good.trace", "cyclecheck-trace 1\nprofile python3.11\nnew a node\ndrop a\n");
  std::string bad_ = directory_.write("bad.trace",
                                      "# Loses a death.\ncyclecheck-trace 1\nprofile python3.11\nnew a node\nclear a\n"
                                      "clear a\ndrop a\nshutdown\n");

 private:
  CommandRun in_folder(const std::string& command) { return shell("cd " + directory_.path() + " && " + command); }
};

TEST_F(Reports, TheNamesOfTestsAreTheSameInEveryRun) {
  const auto one = tests_of(toy("run --traces 20 --seed 1 --junit - 2>/dev/null").output);
  const auto other = tests_of(toy("run --traces 40 --seed 2 --junit - 2>/dev/null").output);
  EXPECT_EQ(one, other);
  EXPECT_EQ(one.count("<testcase classname=\"run.impl: python3.11\" name=\"random traces\""), 1U);
}

TEST_F(Reports, AFindingIsAFailingTestWithTimesAndAPlace) {
  const CommandRun run =
      toy("run --traces 60 --seed 5 --subject lies --profile python3.11 --junit x.xml --sarif x.sarif");
  EXPECT_EQ(run.status, 1) << run.output;
  const std::string xml = slurp(directory_.file("x.xml"));
  EXPECT_TRUE(has(xml, "classname=\"run.lies: python3.11\" name=\"random traces\" time=\"")) << xml;
  EXPECT_TRUE(
      has(xml, "name=\"missing died node\" time=\"0.000\">\n      <failure message=\"missing died node\">FINDING"))
      << xml;
  const Json results = Json::parse(slurp(directory_.file("x.sarif"))).at("runs").at(0).at("results");
  const Json& place = results.back().at("locations").at(0).at("physicalLocation");
  const std::string path = place.at("artifactLocation").at("uri");
  EXPECT_TRUE(path.starts_with("findings/missing-died-")) << path;
  std::ifstream trace(directory_.file(path));
  std::string line;
  for (int i = place.at("region").at("startLine"); i > 0; --i) std::getline(trace, line);
  const Json finding = Json::parse(slurp(fs::path(directory_.file(path)).parent_path() / "finding.json"));
  EXPECT_EQ(line, finding.at("operation_text").get<std::string>());
}

TEST_F(Reports, AStoredTraceFailsOnItsOwnLine) {
  const CommandRun run = toy("replay good.trace bad.trace --subject lies --sarif - --junit x.xml 2>/dev/null");
  EXPECT_EQ(run.status, 1);
  const Json results = Json::parse(run.output).at("runs").at(0).at("results");
  ASSERT_EQ(results.size(), 1U) << run.output;
  const Json& place = results.at(0).at("locations").at(0).at("physicalLocation");
  EXPECT_EQ(place.at("artifactLocation").at("uri"), "bad.trace");
  EXPECT_EQ(place.at("region").at("startLine"), 7) << run.output;
  const std::string xml = slurp(directory_.file("x.xml"));
  EXPECT_TRUE(has(xml, "<testcase classname=\"replay.lies\" name=\"good.trace\" time=\"")) << xml;
  EXPECT_TRUE(has(xml, "name=\"bad.trace\" time=\"")) << xml;
  EXPECT_TRUE(has(xml, "tests=\"2\" failures=\"1\"")) << xml;
}

TEST_F(Reports, EverySummaryIsJson) {
  EXPECT_EQ(json_of("run --traces 20 --seed 9").at("seed"), 9);
  EXPECT_EQ(json_of("run --traces 60 --seed 5 --subject lies").at("status"), 1);
  EXPECT_EQ(json_of("replay good.trace").at("counts").at(1).at("agree"), 1);
  EXPECT_EQ(json_of("replay missing.trace").at("checks").at(0).at("outcome"), "error");
  EXPECT_GT(json_of("exhaust --ops 2 --objects 1").at("counts").at(0).at("traces"), 3);
  EXPECT_GE(json_of("fuzz --campaign c --executions 50 --target built-in").at("counts").at(0).at("executions"), 50);
  EXPECT_GE(json_of("fuzz --campaign c --status").at("counts").at(0).at("corpus"), 1);
  EXPECT_EQ(json_of("fuzz --campaign d --merge c").at("status"), 0);
  EXPECT_EQ(json_of("trace check good.trace missing.trace").at("checks").at(1).at("outcome"), "error");
  EXPECT_EQ(json_of("trace check good.trace").at("counts").at(0).at("traces"), 1);
  const Json shrunk = json_of("shrink bad.trace --subject lies");
  EXPECT_EQ(shrunk.at("status"), 1);
  EXPECT_LT(shrunk.at("counts").at(0).at("operations"), shrunk.at("counts").at(0).at("operations_before"));
  EXPECT_TRUE(has(shrunk.at("checks").at(0).at("details"), "\ncyclecheck-trace 1\nprofile python3.11\n"));
  EXPECT_EQ(json_of("shrink good.trace --subject lies").at("checks").at(0).at("outcome"), "passed");
  EXPECT_EQ(json_of("subjects").at("checks").at(0).at("name"), "sound");
  EXPECT_EQ(json_of("subjects --probe sound").at("status"), 2);
  const CommandRun oom = program("run --oom --traces 2 --profile python3.11 --format json 2>/dev/null");
  EXPECT_EQ(Json::parse(oom.output, nullptr, false).value("status", -1), 0) << oom.output;
}

TEST_F(Reports, AcceptedFailuresFailNoSearch) {
  std::string known = "extra callback proxy # 13\n";
  for (const char* kind : {"node", "str", "instance", "classic", "opaque", "list", "dict", "tuple", "weakref", "proxy",
                           "cell", "custom", "method", "frame", "traceback"}) {
    known += std::string{"missing died "} + kind + " # 12\n";
  }
  directory_.write("known", known);
  const std::string bounds = "exhaust --alphabet links --weakrefs 0 --objects 2 --ops 4 --subject lies ";
  for (const std::string& arguments : {std::string{"run --traces 60 --seed 5 --subject lies "}, bounds}) {
    EXPECT_EQ(toy(arguments).status, 1);
    fs::remove_all(directory_.file("findings"));
    const CommandRun run = toy(arguments + "--known known");
    EXPECT_EQ(run.status, 0) << run.output;
    EXPECT_FALSE(has(run.output, "0 failures accepted")) << run.output;
    EXPECT_TRUE(has(run.output, " accepted\naccepted, and did not come: extra callback proxy # 13\n")) << run.output;
  }
}

TEST_F(Reports, JUnitOfEveryCommand) {
  for (const char* arguments : {"exhaust --ops 2 --objects 1", "fuzz --campaign c --executions 50 --target built-in",
                                "replay good.trace", "run --traces 5"}) {
    const CommandRun run = toy(std::string{arguments} + " --junit - 2>/dev/null");
    EXPECT_EQ(run.status, 0) << run.output;
    EXPECT_TRUE(run.output.starts_with("<?xml ")) << run.output;
    EXPECT_TRUE(run.output.ends_with("</testsuites>\n")) << run.output;
    EXPECT_GE(tests_of(run.output).size(), 1U) << run.output;
  }
  EXPECT_EQ(toy("run --traces 1 --junit - --format json").status, 2);
}

TEST_F(Reports, AFileThatCannotBeWrittenFailsTheCommand) {
  for (const char* option : {"--junit", "--sarif"}) {
    for (const char* arguments : {"run --traces 5", "exhaust --ops 1", "replay good.trace", "trace check good.trace",
                                  "subjects", "fuzz --campaign c --executions 50", "shrink good.trace"}) {
      const CommandRun run = toy(std::string{arguments} + " " + option + " /dev/full");
      EXPECT_EQ(run.status, 2) << arguments << "\n" << run.output;
      EXPECT_TRUE(has(run.output, "/dev/full: ")) << run.output;
    }
  }
  for (const char* format : {"text", "json"}) {
    const CommandRun run = toy(std::string{"run --traces 5 --format "} + format + " 2>&1 >/dev/full");
    EXPECT_EQ(run.status, 2) << run.output;
    EXPECT_TRUE(has(run.output, "standard output cannot be written")) << run.output;
  }
}

// A limit on the size of files is what a full disk is to the program.
TEST_F(Reports, AFullDiskIsATestThatFails) {
  for (const char* arguments : {"run --traces 20", "exhaust --ops 1", "fuzz --campaign c --executions 50"}) {
    const CommandRun run = shell("cd " + directory_.path() + "; trap '' XFSZ; ulimit -f 0; " + CYCLECHECK_TOY + " " +
                                 arguments + " --junit - 2>/dev/null");
    EXPECT_EQ(run.status, 2) << run.output;
    EXPECT_TRUE(has(run.output, "errors=\"1\"")) << run.output;
    EXPECT_TRUE(has(run.output, " was carried out\"")) << run.output;
  }
}

TEST_F(Reports, QuietIsTheResultAlone) {
  const CommandRun run = toy("run --traces 60 --seed 5 --subject lies --profile python3.11 --max-findings 1 --quiet");
  EXPECT_EQ(run.status, 1);
  EXPECT_FALSE(has(run.output, "FINDING")) << run.output;
  EXPECT_TRUE(has(run.output, "1 finding; seed 5; ")) << run.output;
  EXPECT_EQ(std::count(run.output.begin(), run.output.end(), '\n'), 2) << run.output;
}

// The whole group gets them, from a terminal that is closed and from `timeout`; workers leave the end to their parent.
TEST_F(Reports, SigtermAndSighupEndLikeCtrlC) {
  for (const char* signal : {"TERM", "HUP"}) {
    const std::string findings = std::string{"by-"} + signal;
    const CommandRun run =
        shell("cd " + directory_.path() + "; setsid " + CYCLECHECK_TOY +
              " run --time 1000s --subject lies --max-findings 1000000 --jobs 2 --findings " + findings +
              // Two that are shrunk, whose names end with a number.
              " 2>&1 & child=$!; " + until_there(findings + "/*[0-9a-f]", 2) + "; kill -s " + signal +
              " -- -$child; wait $child");
    EXPECT_EQ(run.status, 130) << run.output;
    EXPECT_TRUE(has(run.output, ", interrupted\n")) << run.output;
    EXPECT_FALSE(has(run.output, "crash SIG")) << run.output;
    std::size_t stored = 0;
    for (const std::string& folder : finding_folders(directory_.file(findings))) {
      const std::string name = fs::path(folder).filename().string();
      EXPECT_FALSE(name.starts_with(".") || name.ends_with("-unshrunk")) << name;
      EXPECT_TRUE(has(run.output, "  " + findings + "/" + name + "\n")) << name << " in\n" << run.output;
      ++stored;
    }
    EXPECT_GT(stored, 0U);
  }
}

TEST_F(Reports, SighupIsIgnoredUnderNohup) {
  const CommandRun run =
      shell("cd " + directory_.path() + "; trap '' HUP; " + CYCLECHECK_TOY + " run --time 2s & child=$!; " +
            until_there("findings/.running*") + "; kill -HUP $child; wait $child");
  EXPECT_EQ(run.status, 0) << run.output;
}

// --- on a terminal ---

// What the program writes on a terminal with so many columns.
std::string on_terminal(unsigned columns, const std::string& arguments) {
  winsize size{};
  size.ws_row = 24;
  size.ws_col = static_cast<unsigned short>(columns);
  int terminal = -1;
  const pid_t child = forkpty(&terminal, nullptr, nullptr, &size);
  if (child == 0) {
    const std::string command = std::string{"TERM=xterm exec "} + CYCLECHECK_TOY + " " + arguments;
    execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
    _exit(127);
  }
  std::string output;
  std::array<char, 4096> bytes{};
  for (ssize_t got = 0; (got = read(terminal, bytes.data(), bytes.size())) > 0;) {
    output.append(bytes.data(), static_cast<std::size_t>(got));
  }
  close(terminal);
  waitpid(child, nullptr, 0);
  return output;
}

TEST_F(Reports, ProgressFitsTheTerminal) {
  for (const unsigned columns : {30U, 80U}) {
    const std::string output =
        on_terminal(columns, "run --time 1500ms --profile python3.11 --findings " + directory_.file("f"));
    std::size_t lines = 0;
    for (std::size_t at = 0; (at = output.find('\r', at)) != std::string::npos; ++at) {
      const std::size_t end = output.find("\x1B[K", at);
      if (end == std::string::npos || output.find_first_of("\r\n", at + 1) < end) continue;
      EXPECT_LT(end - at - 1, columns) << output.substr(at, end - at);
      if (has(output.substr(at, end - at), " % ") || has(output.substr(at, end - at), " %, ")) ++lines;
    }
    EXPECT_GE(lines, 3U) << output;
    EXPECT_TRUE(has(output, " left: ")) << output;
  }
}

TEST_F(Reports, ColourIsForTerminalsThatWantIt) {
  const std::string arguments = "run --traces 20 --profile python3.11 --findings " + directory_.file("f");
  EXPECT_TRUE(has(on_terminal(80, arguments), "\x1B[32m20 traces agree"));
  ASSERT_EQ(setenv("NO_COLOR", "1", 1), 0);
  EXPECT_FALSE(has(on_terminal(80, arguments), "\x1B[3"));
  unsetenv("NO_COLOR");
  EXPECT_FALSE(has(toy(arguments).output, "\x1B["));
}

// Every 5 seconds at first, then less often: a run of 8 seconds tells once, on standard error.
TEST_F(Reports, ProgressElsewhereGoesToStandardErrorAndBacksOff) {
  const CommandRun run = toy("run --time 8s --profile python3.11 2>&1 >/dev/null");
  EXPECT_EQ(std::count(run.output.begin(), run.output.end(), '\n'), 1) << run.output;
  EXPECT_TRUE(has(run.output, " left: ")) << run.output;
}

}  // namespace
}  // namespace cyclecheck
