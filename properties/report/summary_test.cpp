// Covers: a summary as JUnit XML, JSON and SARIF.
// Does not cover: what the commands say in it (reports_cli_test.cpp).
#include "harness/report/summary.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "harness/report/report.hpp"

namespace cyclecheck {
namespace {

using Json = nlohmann::json;

Summary example() {
  Summary summary;
  summary.command = "run";
  summary.verdict = "1 finding; seed 7";
  summary.status = 1;
  summary.seed = UINT64_MAX;
  summary.seconds = 2.5;
  summary.counts.push_back({"impl: python3.11", {{"traces", 100}}});
  summary.checks.push_back({"impl: python3.11", "random traces", Check::Outcome::failed, 1.5, "1 finding"});
  summary.checks.push_back({"impl: python3.11", "missing died node", Check::Outcome::failed, 0, "missing died node",
                            "a < b & \x01\xff", "finding's/trace 1.txt", 7});
  summary.checks.push_back({"impl: python2.7", "random traces", Check::Outcome::passed, 0.5});
  summary.checks.push_back({"impl: python2.7", "x.trace", Check::Outcome::left_out, 0, "another profile"});
  summary.add_error("x: No space left on device");
  return summary;
}

TEST(Junit, CountsEachSuiteAndAllOfThem) {
  const std::string text = junit(example());
  for (const char* part : {
           "<testsuites name=\"cyclecheck run\" tests=\"5\" failures=\"2\" errors=\"1\" skipped=\"1\" time=\"2.500\">",
           "<testsuite name=\"impl: python3.11\" tests=\"2\" failures=\"2\" errors=\"0\" skipped=\"0\" time=\"1.500\">",
           "<testcase classname=\"run.impl: python2.7\" name=\"random traces\" time=\"0.500\"/>",
           "<failure message=\"missing died node\">a &lt; b &amp; ?",
           "<skipped message=\"another profile\">",
           "name=\"run was carried out\" time=\"0.000\">\n      <error message=\"x: No space left on device\">",
       }) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\nin\n" << text;
  }
}

TEST(JsonSummary, HoldsAllOfIt) {
  const Json whole = Json::parse(json(example()));
  EXPECT_EQ(whole.at("command"), "run");
  EXPECT_EQ(whole.at("status"), 1);
  EXPECT_EQ(whole.at("seed"), UINT64_MAX);
  EXPECT_EQ(whole.at("counts").at(0).at("traces"), 100);
  EXPECT_EQ(whole.at("checks").size(), 5U);
  EXPECT_EQ(whole.at("checks").at(1).at("line"), 7);
  EXPECT_EQ(whole.at("checks").at(3).at("outcome"), "left out");
  EXPECT_FALSE(whole.at("checks").at(2).contains("message"));
}

TEST(Sarif, HasARuleForEachKindAndAPlaceForEachFile) {
  const Json whole = Json::parse(sarif(example()));
  EXPECT_EQ(whole.at("version"), "2.1.0");
  const Json& run = whole.at("runs").at(0);
  EXPECT_EQ(run.at("tool").at("driver").at("rules").size(), 1U);
  const Json& results = run.at("results");
  ASSERT_EQ(results.size(), 1U);
  EXPECT_EQ(results.at(0).at("ruleId"), "missing-died-node");
  const Json& place = results.at(0).at("locations").at(0).at("physicalLocation");
  EXPECT_EQ(place.at("artifactLocation").at("uri"), "finding%27s/trace%201.txt");
  EXPECT_EQ(place.at("region").at("startLine"), 7);
  const Json& notes = run.at("invocations").at(0).at("toolExecutionNotifications");
  ASSERT_EQ(notes.size(), 2U);
  EXPECT_EQ(notes.at(1).at("message").at("text"), "cyclecheck: run was carried out: x: No space left on device");
  Summary elsewhere;
  elsewhere.checks.push_back({"s", "n", Check::Outcome::failed, 0, "m", {}, "/no/such/x.trace"});
  const Json far = Json::parse(sarif(elsewhere)).at("runs").at(0).at("results").at(0);
  EXPECT_EQ(far.at("locations").at(0).at("physicalLocation").at("artifactLocation").at("uri"),
            "file:///no/such/x.trace");
}

TEST(Sarif, NothingFailedIsNoResult) {
  Summary summary;
  summary.checks.push_back({"s", "n"});
  EXPECT_TRUE(Json::parse(sarif(summary)).at("runs").at(0).at("results").empty());
}

}  // namespace
}  // namespace cyclecheck
