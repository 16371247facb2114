#include "harness/stored/foreign_recording.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "harness/system/system.hpp"

namespace cyclecheck {
namespace {

using Json = nlohmann::json;

class ReadFailure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

[[noreturn]] void fail_at(const std::string& where, std::string_view message) {
  throw ReadFailure(std::string(where).append(": ").append(message));
}

std::size_t line_count(std::string_view text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

std::string content_of(const std::string& path) {
  auto content = read_plain_or_gzip(path);
  if (const auto* error = std::get_if<FileError>(&content)) throw ReadFailure(error->message);
  if (std::get<std::string>(content).empty()) fail_at(path, "is empty, expected a recording");
  return std::get<std::string>(std::move(content));
}

// The JSON objects of a file, one by one.
class JsonLines {
 public:
  // The text is that of the file with this path.
  JsonLines(std::string path, std::string text) : path_(std::move(path)), text_(std::move(text)), rest_(text_) {}
  JsonLines(const JsonLines&) = delete;
  JsonLines& operator=(const JsonLines&) = delete;

  // Moves to the next line that is not blank; false at the end.
  bool next() {
    while (!rest_.empty()) {
      const std::size_t end = rest_.find('\n');
      const std::string_view line = rest_.substr(0, end);
      rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
      ++line_;
      if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
      parse(line);
      return true;
    }
    return false;
  }

  [[nodiscard]] const Json& object() const { return object_; }
  [[nodiscard]] std::size_t line() const { return line_; }
  [[nodiscard]] std::string where() const { return at_line(path_, line_); }
  [[nodiscard]] const std::string& path() const { return path_; }

  [[noreturn]] void fail(std::string_view message) const { fail_at(where(), message); }

  [[nodiscard]] std::string required_text(const char* key) const {
    const auto found = object_.find(key);
    if (found == object_.end()) fail(std::string("expected the key '").append(key).append("'"));
    if (!found->is_string()) fail(std::string("expected text under the key '").append(key).append("'"));
    return found->get<std::string>();
  }

 private:
  void parse(std::string_view line) {
    try {
      object_ = Json::parse(line);
    } catch (const Json::parse_error& error) {
      fail_at(where().append(":").append(std::to_string(std::max<std::size_t>(error.byte, 1))),
              "this is not valid JSON");
    } catch (const Json::out_of_range&) {
      fail("a number is too large");
    }
    if (!object_.is_object()) fail("expected a JSON object");
  }

  std::string path_;
  std::string text_;
  std::string_view rest_;
  std::size_t line_ = 0;
  Json object_;
};

std::uint32_t number_of(const Json& value) {
  if (!value.is_number_integer()) throw std::invalid_argument("expected a whole number");
  const auto number = value.get<std::int64_t>();
  if (number < 0 || number > 0xFFFFFFFF) throw std::invalid_argument("expected a number from 0 to 4294967295");
  return static_cast<std::uint32_t>(number);
}

// A node is a number or "N7", a weak reference "w7" or "W7".
ForeignObject object_of(const Json& value) {
  if (!value.is_string()) return {false, number_of(value)};
  const auto& text = value.get_ref<const std::string&>();
  ForeignObject object;
  object.is_weak = text.starts_with('w') || text.starts_with('W');
  const bool is_node = text.starts_with('n') || text.starts_with('N');
  const char* end = text.data() + text.size();
  if (text.size() > 1 && (object.is_weak || is_node)) {
    const auto [stop, problem] = std::from_chars(text.data() + 1, end, object.number);
    if (stop == end && problem == std::errc{}) return object;
  }
  throw std::invalid_argument("expected an object such as 7 or \"w7\"");
}

const Json& list_of(const Json& value) {
  if (!value.is_array()) throw std::invalid_argument("expected a list");
  return value;
}

template <typename Element, typename Convert>
std::vector<Element> elements(const Json& value, Convert convert) {
  std::vector<Element> result;
  for (const Json& element : list_of(value)) result.push_back(convert(element));
  return result;
}

template <typename Element, typename Convert>
std::array<Element, 3> triple(const Json& value, Convert convert) {
  if (list_of(value).size() != 3) throw std::invalid_argument("expected a list of three");
  return {convert(value[0]), convert(value[1]), convert(value[2])};
}

std::vector<ForeignObject> objects_of(const Json& value) { return elements<ForeignObject>(value, object_of); }

ForeignDebugLine debug_line_of(const Json& value) {
  if (list_of(value).size() != 2) throw std::invalid_argument("expected a list of two");
  const bool is_collectable = value[0] == "collectable";
  if (!is_collectable && value[0] != "uncollectable") {
    throw std::invalid_argument("expected \"collectable\" or \"uncollectable\"");
  }
  return {is_collectable, object_of(value[1])};
}

void read_member(const std::string& key, const Json& value, ForeignRecord& record) {
  if (key == "c") record.count = triple<std::uint32_t>(value, number_of);
  if (key == "log") record.events = elements<std::uint32_t>(value, number_of);
  if (key == "ret") record.returned = number_of(value);
  if (key == "g") record.generations = triple<std::vector<ForeignObject>>(value, objects_of);
  if (key == "garb") record.garbage = objects_of(value);
  if (key == "coll") record.collections = triple<std::uint32_t>(value, number_of);
  if (key == "dbg") record.debug = elements<ForeignDebugLine>(value, debug_line_of);
}

std::vector<ForeignRecord> read_records(const JsonLines& line) {
  const auto found = line.object().find("rec");
  if (found == line.object().end()) line.fail("expected the key 'rec'");
  if (!found->is_array()) line.fail("expected a list under the key 'rec'");
  std::vector<ForeignRecord> records;
  for (const Json& value : *found) {
    const std::string which = "record " + std::to_string(records.size());
    if (!value.is_object()) line.fail(which + ": expected an object");
    ForeignRecord& record = records.emplace_back();
    for (const auto& [key, member] : value.items()) {
      try {
        read_member(key, member, record);
      } catch (const std::invalid_argument& problem) {
        line.fail(std::string(which).append(", key '").append(key).append("': ").append(problem.what()));
      }
    }
  }
  return records;
}

ForeignRecording read_all(JsonLines& traces, JsonLines& version) {
  ForeignRecording recording{traces.path(), version.path(), {}};
  while (traces.next()) {
    ForeignProgram& program = recording.programs.emplace_back();
    program.id = traces.required_text("id");
    program.text = traces.required_text("text");
    program.text_line = traces.line();
    if (!version.next()) {
      fail_at(version.path(), "ends after " + std::to_string(recording.programs.size() - 1) +
                                  " recordings, expected '" + program.id + "' of " + traces.where());
    }
    const std::string id = version.required_text("id");
    if (id != program.id) {
      version.fail("expected the id '" + program.id + "' of " + traces.where() + ", found '" + id + "'");
    }
    program.records = read_records(version);
    program.records_line = version.line();
    const bool has_open_line = !program.text.empty() && program.text.back() != '\n';
    const std::size_t operations = line_count(program.text) + (has_open_line ? 1 : 0);
    if (program.records.size() != operations) {
      version.fail("has " + std::to_string(program.records.size()) + " records, expected " +
                   std::to_string(operations) + ", the number of operations in " + traces.where());
    }
  }
  if (version.next()) {
    version.fail("expected the end, as " + traces.path() + " has " + std::to_string(recording.programs.size()) +
                 " programs");
  }
  return recording;
}

}  // namespace

std::string at_line(const std::string& path, std::size_t line) {
  return std::string(path).append(":").append(std::to_string(line));
}

std::variant<ForeignRecording, FileError> read_foreign(const std::string& traces_path,
                                                       const std::string& version_path) {
  try {
    JsonLines traces(traces_path, content_of(traces_path));
    JsonLines version(version_path, content_of(version_path));
    return read_all(traces, version);
  } catch (const ReadFailure& failure) {
    return FileError{failure.what()};
  }
}

std::variant<ForeignRecording, FileError> parse_foreign(std::string_view traces, std::string_view version) {
  try {
    JsonLines trace_lines("TRACES", std::string(traces));
    JsonLines version_lines("VERSION", std::string(version));
    return read_all(trace_lines, version_lines);
  } catch (const ReadFailure& failure) {
    return FileError{failure.what()};
  }
}

}  // namespace cyclecheck
