#include "harness/report/json.hpp"

#include <nlohmann/json.hpp>

#include "harness/system/system.hpp"

namespace cyclecheck {

using Json = nlohmann::ordered_json;

std::string json(const Summary& summary) {
  Json whole;
  whole["version"] = 1;
  whole["command"] = summary.command;
  whole["verdict"] = summary.verdict;
  whole["status"] = summary.status;
  whole["interrupted"] = summary.interrupted;
  if (summary.seed) whole["seed"] = *summary.seed;
  whole["seconds"] = summary.seconds;
  whole["program"] = {{"version", invocation().version}, {"commit", build_commit()}};
  whole["counts"] = Json::array();
  for (const Counts& counts : summary.counts) {
    Json row{{"name", counts.name}};
    for (const auto& [name, number] : counts.numbers) row[name] = number;
    whole["counts"].push_back(std::move(row));
  }
  whole["checks"] = Json::array();
  for (const Check& check : summary.checks) {
    Json row{{"suite", check.suite},
             {"name", check.name},
             {"outcome", to_string(check.outcome)},
             {"seconds", check.seconds}};
    if (!check.message.empty()) row["message"] = check.message;
    if (!check.details.empty()) row["details"] = check.details;
    if (!check.file.empty()) row["file"] = check.file;
    if (check.line > 0) row["line"] = check.line;
    whole["checks"].push_back(std::move(row));
  }
  return whole.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace cyclecheck
