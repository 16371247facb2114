#include "harness/stored/finding_file.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace cyclecheck {
namespace {

using Json = nlohmann::ordered_json;

// Calls member(key, value) for every member, in the order of the file.
template <typename Finding, typename Member>
void each_member(Finding& finding, const Member& member) {
  member("signature", finding.signature);
  member("outcome", finding.outcome);
  member("profile", finding.profile);
  member("subject", finding.subject);
  member("level", finding.level);
  member("promised", finding.promised);
  member("seed", finding.seed);
  member("index", finding.index);
  member("operation", finding.operation);
  member("operation_text", finding.operation_text);
  member("operations", finding.operations);
  member("original_operations", finding.original_operations);
  member("later", finding.later);
  member("same_as", finding.same_as);
  member("traces_before", finding.traces_before);
  member("shrink", finding.shrink);
  member("replays", finding.replays);
  member("reproduced", finding.reproduced);
  member("verdict", finding.verdict);
  member("command", finding.command);
}

class Writer {
 public:
  explicit Writer(Json& json) : json_(json) {}

  void operator()(const char* key, const std::string& text) const {
    if (!text.empty()) json_[key] = text;
  }
  void operator()(const char* key, const std::optional<Level>& level) const {
    if (level) json_[key] = to_string(*level);
  }
  void operator()(const char* key, std::size_t number) const { json_[key] = number; }
  void operator()(const char* key, const std::optional<std::uint64_t>& number) const {
    if (number) json_[key] = *number;
  }

 private:
  Json& json_;
};

// Throws std::invalid_argument: a value is not what its key says.
class Reader {
 public:
  explicit Reader(const Json& json) : json_(json) {}

  void operator()(const char* key, std::string& text) const {
    if (const Json* value = find(key)) text = text_of(key, *value, "text");
  }
  void operator()(const char* key, std::optional<Level>& level) const {
    const Json* value = find(key);
    if (value == nullptr) return;
    level = find_level(text_of(key, *value, "a level"));
    if (!level) fail("a level", key);
  }
  template <typename Number>
  void operator()(const char* key, Number& number) const {
    const Json* value = find(key);
    if (value == nullptr) return;
    if (!value->is_number_unsigned()) fail("a number", key);
    number = value->get<std::uint64_t>();
  }

 private:
  [[noreturn]] static void fail(const std::string& expected, const char* key) {
    throw std::invalid_argument("expected " + expected + " under the key '" + key + "'");
  }

  [[nodiscard]] const Json* find(const char* key) const {
    const auto found = json_.find(key);
    return found == json_.end() ? nullptr : &*found;
  }

  static std::string text_of(const char* key, const Json& value, const char* expected) {
    if (!value.is_string()) fail(expected, key);
    return value.get<std::string>();
  }

  const Json& json_;
};

}  // namespace

std::string traces_before_name(std::size_t number) {
  std::string digits = std::to_string(number);
  digits.insert(0, 3 - std::min<std::size_t>(digits.size(), 3), '0');
  return "before-" + digits + ".trace";
}

std::string print_finding_file(const FindingFile& finding) {
  Json json;
  json["version"] = 1;
  each_member(finding, Writer(json));
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::variant<FindingFile, FileError> read_finding_file(const std::string& folder) {
  const std::string path = folder + "/" + kFindingFile;
  const auto bytes = read_file(path);
  if (const auto* error = std::get_if<FileError>(&bytes)) return *error;
  const auto json = Json::parse(std::get<std::string>(bytes), nullptr, false);
  if (!json.is_object()) return FileError{path + ": expected a JSON object"};
  FindingFile finding;
  try {
    each_member(finding, Reader(json));
  } catch (const std::invalid_argument& error) {
    return FileError{path + ": " + error.what()};
  }
  return finding;
}

}  // namespace cyclecheck
