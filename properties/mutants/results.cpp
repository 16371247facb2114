#include "properties/mutants/results.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

namespace cyclecheck {
namespace {

using nlohmann::json;

json to_json(const Baseline& baseline) {
  return {{"killed", baseline.killed},
          {"seconds", baseline.seconds},
          {"operations", baseline.operations},
          {"shrink_seconds", baseline.shrink_seconds}};
}

json to_json(const Kill& kill) {
  return {{"seconds", kill.seconds},
          {"shrink_seconds", kill.shrink_seconds},
          {"signature", kill.signature},
          {"operations", kill.operations},
          {"original_operations", kill.original_operations},
          {"level", to_string(kill.level)}};
}

Kill kill_of(const json& stored) {
  Kill kill;
  kill.seconds = stored.at("seconds");
  kill.shrink_seconds = stored.at("shrink_seconds");
  kill.signature = stored.at("signature");
  kill.operations = stored.at("operations");
  kill.original_operations = stored.at("original_operations");
  kill.level = find_level(stored.at("level").get<std::string>()).value_or(Level::order);
  return kill;
}

json key_of(const Results::Key& key) {
  return {{"mutant", key.mutant}, {"way", key.way}, {"identity", key.identity}, {"settings", key.settings}};
}

}  // namespace

std::variant<std::unique_ptr<Results>, FileError> Results::open(const std::string& path) {
  auto results = std::make_unique<Results>();
  results->path_ = path;
  if (::access(path.c_str(), F_OK) != 0) return results;
  const auto read = read_file(path);
  if (const auto* error = std::get_if<FileError>(&read)) return *error;
  std::string_view text = std::get<std::string>(read);
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) {
      // Whatever ended the measurement cut it off, and the next line must not begin behind it.
      if (::truncate(path.c_str(), static_cast<off_t>(std::get<std::string>(read).size() - text.size())) != 0) {
        return FileError{path + ": " + std::strerror(errno)};
      }
      break;
    }
    const json line = json::parse(text.substr(0, end), nullptr, false);
    text.remove_prefix(end + 1);
    try {
      Key key{line.at("mutant"), line.at("way"), line.at("identity"), line.at("settings")};
      results->known_[std::move(key)] = line.at("result").dump();
    } catch (const json::exception&) {
      return FileError{fmt::format("{}:{}: expected a result of `cyclecheck-mutants --resume`", path, number)};
    }
  }
  return results;
}

std::optional<std::string> Results::find(const Key& key) const {
  const std::lock_guard lock(mutex_);
  const auto known = known_.find(key);
  if (known == known_.end()) return std::nullopt;
  return known->second;
}

std::optional<Baseline> Results::baseline(const Key& key) const {
  const auto known = find(key);
  if (!known) return std::nullopt;
  try {
    const json stored = json::parse(*known);
    return Baseline{stored.at("killed"), stored.at("seconds"), stored.at("operations"), stored.at("shrink_seconds")};
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

std::optional<Detection> Results::runs(const Key& key) const {
  const auto known = find(key);
  if (!known) return std::nullopt;
  try {
    const json stored = json::parse(*known);
    Detection detection;
    detection.suite = stored.at("suite") == "verify" ? "verify" : "random";
    detection.seeds = stored.at("seeds");
    detection.level_proved = stored.at("level_proved");
    for (const json& kill : stored.at("kills")) detection.kills.push_back(kill_of(kill));
    return detection;
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

std::optional<FileError> Results::add(const Key& key, std::string text) {
  const std::lock_guard lock(mutex_);
  known_[key] = std::move(text);
  if (path_.empty()) return std::nullopt;
  json line = key_of(key);
  line["result"] = json::parse(known_[key]);
  const std::string bytes = line.dump() + "\n";
  const int file = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
  const bool written = file >= 0 && ::write(file, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
  const int error = errno;
  if (file >= 0) ::close(file);
  if (!written) return FileError{path_ + ": " + std::strerror(error)};
  return std::nullopt;
}

std::optional<FileError> Results::keep(const Key& key, const Baseline& baseline) {
  return add(key, to_json(baseline).dump());
}

std::optional<FileError> Results::keep(const Key& key, const Detection& runs) {
  json kills = json::array();
  for (const Kill& kill : runs.kills) kills.push_back(to_json(kill));
  const json result{
      {"suite", runs.suite}, {"seeds", runs.seeds}, {"level_proved", runs.level_proved}, {"kills", std::move(kills)}};
  return add(key, result.dump());
}

}  // namespace cyclecheck
