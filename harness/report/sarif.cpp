#include "harness/report/sarif.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>

#include "harness/compare/compare.hpp"
#include "harness/system/system.hpp"

namespace cyclecheck {
namespace {

using Json = nlohmann::ordered_json;

// The path as a part of an address: relative to the working directory if it lies below that.
std::string address_of(const std::string& path) {
  std::error_code ignored;
  const std::filesystem::path whole = std::filesystem::absolute(path, ignored).lexically_normal();
  const std::filesystem::path below = whole.lexically_relative(std::filesystem::current_path(ignored));
  const bool is_below = !below.empty() && *below.begin() != "..";
  std::string address = is_below ? "" : "file://";
  for (const char letter : is_below ? below.string() : whole.string()) {
    const auto c = static_cast<unsigned char>(letter);
    const bool plain = c < 0x80 && (std::isalnum(c) != 0 ||
                                    std::string_view{"-._~/"}.find(static_cast<char>(c)) != std::string_view::npos);
    std::array<char, 4> bytes{static_cast<char>(c), '\0'};
    if (!plain) std::snprintf(bytes.data(), bytes.size(), "%%%02X", c);
    address += bytes.data();
  }
  return address;
}

}  // namespace

std::string sarif(const Summary& summary) {
  Json rules = Json::array();
  Json results = Json::array();
  Json notes = Json::array();
  for (const Check& check : summary.checks) {
    if (check.outcome != Check::Outcome::failed && check.outcome != Check::Outcome::error) continue;
    const Json message{{"text", check.details.empty() ? check.message : check.message + "\n\n" + check.details}};
    if (check.file.empty()) {
      // Code hosts refuse a result that has no place.
      const std::string text = fmt::format("{}: {}: {}", check.suite, check.name, check.message);
      notes.push_back({{"level", "error"}, {"message", {{"text", text}}}});
      continue;
    }
    const std::string rule = check.outcome == Check::Outcome::error ? "unreadable" : slug(check.message);
    const bool is_known =
        std::any_of(rules.begin(), rules.end(), [&](const Json& known) { return known.at("id") == rule; });
    if (!is_known) rules.push_back({{"id", rule}, {"shortDescription", {{"text", check.message}}}});
    Json place{{"artifactLocation", {{"uri", address_of(check.file)}}},
               {"region", {{"startLine", std::max<std::size_t>(check.line, 1)}}}};
    results.push_back({{"ruleId", rule},
                       {"level", "error"},
                       {"message", message},
                       {"locations", Json::array({{{"physicalLocation", std::move(place)}}})},
                       {"partialFingerprints", {{"cyclecheck/v1", check.suite + "/" + check.name + "/" + rule}}}});
  }
  Json driver{{"name", "CycleCheck"}, {"version", invocation().version}, {"rules", std::move(rules)}};
  // Finding something is what it is for: the execution was successful all the same.
  Json execution{{"executionSuccessful", summary.status <= 1}, {"toolExecutionNotifications", std::move(notes)}};
  Json run{{"tool", {{"driver", std::move(driver)}}},
           {"invocations", Json::array({std::move(execution)})},
           {"results", std::move(results)}};
  const Json whole{{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
                   {"version", "2.1.0"},
                   {"runs", Json::array({std::move(run)})}};
  return whole.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace cyclecheck
