#include "harness/exhaust/checkpoint.hpp"

#include <nlohmann/json.hpp>
#include <set>
#include <string_view>

#include "trace/profile.hpp"

namespace cyclecheck {
namespace {

constexpr int kVersion = 2;
constexpr std::size_t kWord = 8;

void put_word(std::string& bytes, std::uint64_t word) {
  for (std::size_t i = 0; i < kWord; ++i) bytes += static_cast<char>((word >> (8 * i)) & 0xFF);
}

std::uint64_t get_word(std::string_view bytes) {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < kWord; ++i) word |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  return word;
}

}  // namespace

std::string print_checkpoint(const Checkpoint& checkpoint) {
  nlohmann::ordered_json json;
  json["cyclecheck_exhaust"] = kVersion;
  json["search"] = checkpoint.search;
  json["shard"] = checkpoint.shard;
  json["shards"] = checkpoint.shards;
  json["done"] = checkpoint.is_done;
  json["chunks_before"] = checkpoint.chunks.before;
  json["chunks_beyond"] = checkpoint.chunks.beyond;
  std::string numbers;
  for (const Checkpoint::Row& row : checkpoint.rows) {
    json["rows"].push_back({{"profile", row.profile},
                            {"traces", row.traces},
                            {"operations", row.operations},
                            {"failures", row.failures},
                            {"zeros", row.zeros},
                            {"kept", row.kept.size()}});
    for (const std::uint64_t number : row.kept) put_word(numbers, number);
  }
  return json.dump() + "\n" + numbers;
}

std::variant<Checkpoint, FileError> parse_checkpoint(const std::string& path, const std::string& bytes) {
  const std::size_t end = bytes.find('\n');
  const auto json = nlohmann::json::parse(bytes.substr(0, end), nullptr, false);
  if (end == std::string::npos || !json.is_object() || json.value("cyclecheck_exhaust", 0) != kVersion) {
    return FileError{path + ": is no checkpoint of cyclecheck exhaust"};
  }
  Checkpoint checkpoint;
  std::string_view numbers = std::string_view{bytes}.substr(end + 1);
  try {
    checkpoint.search = json.at("search");
    checkpoint.shard = json.at("shard");
    checkpoint.shards = json.at("shards");
    checkpoint.is_done = json.at("done");
    checkpoint.chunks.before = json.at("chunks_before");
    checkpoint.chunks.beyond = json.at("chunks_beyond").get<std::set<std::uint64_t>>();
    for (const auto& item : json.at("rows")) {
      Checkpoint::Row& row = checkpoint.rows.emplace_back();
      row.profile = item.at("profile");
      row.traces = item.at("traces");
      row.operations = item.at("operations");
      row.failures = item.at("failures");
      row.zeros = item.at("zeros");
      const std::size_t kept = item.at("kept");
      if (numbers.size() / kWord < kept) return FileError{path + ": is cut off"};
      for (std::size_t i = 0; i < kept; ++i) row.kept.push_back(get_word(numbers.substr(i * kWord)));
      numbers.remove_prefix(kept * kWord);
    }
  } catch (const nlohmann::json::exception& error) {
    return FileError{path + ": " + error.what()};
  }
  if (!numbers.empty()) return FileError{path + ": has bytes behind its end"};
  if (checkpoint.rows.empty()) return FileError{path + ": names no profile"};
  return checkpoint;
}

}  // namespace cyclecheck
