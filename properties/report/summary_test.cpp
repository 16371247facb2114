// Covers: a summary as JUnit XML, JSON and SARIF.
// Does not cover: what the commands say in it (reports_cli_test.cpp).
#include "harness/report/summary.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

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

// What the schema of SARIF 2.1.0 says of the objects that are used here: of each property its type, or the object that
// it is, in an array if "[]" stands before; a "!" stands behind what is required. Nothing else may be in them.
using Shape = std::map<std::string, std::string>;
const std::map<std::string, Shape>& sarif_shapes() {
  static const std::map<std::string, Shape> shapes{
      {"sarifLog", {{"$schema", "uri"}, {"version", "2.1.0!"}, {"runs", "[]run!"}}},
      {"run", {{"tool", "tool!"}, {"invocations", "[]invocation"}, {"results", "[]result"}}},
      {"tool", {{"driver", "toolComponent!"}}},
      {"toolComponent", {{"name", "string!"}, {"version", "string"}, {"rules", "[]reportingDescriptor"}}},
      {"reportingDescriptor", {{"id", "string!"}, {"shortDescription", "multiformatMessageString"}}},
      {"multiformatMessageString", {{"text", "string!"}}},
      {"invocation", {{"executionSuccessful", "boolean!"}, {"toolExecutionNotifications", "[]notification"}}},
      {"notification", {{"level", "level"}, {"message", "message!"}}},
      {"message", {{"text", "string!"}}},
      {"result",
       {{"ruleId", "string"},
        {"level", "level"},
        {"message", "message!"},
        {"locations", "[]location"},
        {"partialFingerprints", "strings"}}},
      {"location", {{"physicalLocation", "physicalLocation"}}},
      {"physicalLocation", {{"artifactLocation", "artifactLocation!"}, {"region", "region"}}},
      {"artifactLocation", {{"uri", "uri"}}},
      {"region", {{"startLine", "positive!"}}},
  };
  return shapes;
}

bool is_uri(const std::string& text) {
  return !text.empty() && text.find_first_of(" \"<>\\^`{|}") == std::string::npos &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7F; });
}

// What is wrong with a value, by the place at which it stands; empty: nothing.
std::string wrong_in(const Json& value, std::string kind, const std::string& place) {
  if (kind.ends_with('!')) kind.pop_back();
  if (kind.starts_with("[]")) {
    if (!value.is_array()) return place + " is no array";
    std::string wrong;
    for (const Json& each : value) wrong += wrong_in(each, kind.substr(2), place + "[]");
    return wrong;
  }
  const auto shape = sarif_shapes().find(kind);
  if (shape == sarif_shapes().end()) {
    const bool is_good =
        kind == "string"     ? value.is_string()
        : kind == "boolean"  ? value.is_boolean()
        : kind == "positive" ? value.is_number_unsigned() && value > 0
        : kind == "uri"      ? value.is_string() && is_uri(value.get<std::string>())
        : kind == "level"    ? value == "none" || value == "note" || value == "warning" || value == "error"
        : kind == "strings"  ? value.is_object() && std::all_of(value.begin(), value.end(),
                                                                [](const Json& each) { return each.is_string(); })
                             : value == Json(kind);
    return is_good ? "" : place + " is no " + kind + "; ";
  }
  if (!value.is_object()) return place + " is no object; ";
  std::string wrong;
  for (const auto& [name, property] : value.items()) {
    const auto known = shape->second.find(name);
    wrong += known == shape->second.end() ? place + "." + name + " is unknown; "
                                          : wrong_in(property, known->second, place + "." + name);
  }
  for (const auto& [name, property] : shape->second) {
    if (property.ends_with('!') && !value.contains(name)) wrong += place + "." + name + " is missing; ";
  }
  return wrong;
}

TEST(Sarif, KeepsToItsSchema) {
  Json whole = Json::parse(sarif(example()));
  EXPECT_EQ(wrong_in(whole, "sarifLog", "log"), "");
  EXPECT_EQ(wrong_in(Json::parse(sarif({})), "sarifLog", "log"), "");
  Summary elsewhere;
  elsewhere.checks.push_back({"s", "n", Check::Outcome::error, 0, "m", {}, "/a b/\xC3\xA4 {1}.trace"});
  EXPECT_EQ(wrong_in(Json::parse(sarif(elsewhere)), "sarifLog", "log"), "");
  // Each rule has an id of its own.
  std::set<std::string> ids;
  for (const Json& rule : whole["runs"][0]["tool"]["driver"]["rules"]) EXPECT_TRUE(ids.insert(rule["id"]).second);
  for (const Json& result : whole["runs"][0]["results"]) EXPECT_TRUE(ids.contains(result["ruleId"]));
  // The rules see what is wrong.
  whole["runs"][0]["results"][0].erase("message");
  whole["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] = 0;
  whole["runs"][0]["column"] = 1;
  EXPECT_EQ(wrong_in(whole, "sarifLog", "log"),
            "log.runs[].column is unknown; log.runs[].results[].locations[].physicalLocation.region.startLine is no "
            "positive; log.runs[].results[].message is missing; ");
}

TEST(Sarif, NothingFailedIsNoResult) {
  Summary summary;
  summary.checks.push_back({"s", "n"});
  EXPECT_TRUE(Json::parse(sarif(summary)).at("runs").at(0).at("results").empty());
}

}  // namespace
}  // namespace cyclecheck
