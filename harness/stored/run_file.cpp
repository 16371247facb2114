#include "harness/stored/run_file.hpp"

#include <array>
#include <ctime>
#include <nlohmann/json.hpp>

#include "harness/system/system.hpp"

namespace cyclecheck {

std::string print_run_file() {
  const Invocation& run = invocation();
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 32> date{};
  std::strftime(date.data(), date.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  nlohmann::ordered_json json;
  json["version"] = run.version;
  json["commit"] = build_commit();
  json["compiler"] = build_compiler();
  json["date"] = date.data();
  json["jobs"] = run.jobs;
  if (run.seed) json["seed"] = *run.seed;
  json["command"] = run.command;
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace cyclecheck
