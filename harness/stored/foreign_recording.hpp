// Foreign recordings: programs over a reference graph, and what a real interpreter did after each of their operations.
//
// One is a pair of files, each a JSON object a line, plain or gzip (told apart by content): TRACES with `id` and
// `text`; VERSION with the same `id`s in the same order and `rec`, one record an operation. Unknown keys are ignored.
// harness/stored/convert_foreign.hpp makes a recording of it.
//
// Not thread-safe for one object; different objects are independent.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "trace/file.hpp"

namespace cyclecheck {

// A node or weak reference of a recorded program.
struct ForeignObject {
  bool is_weak = false;
  std::uint32_t number = 0;
  friend auto operator<=>(const ForeignObject&, const ForeignObject&) = default;
};

struct ForeignDebugLine {
  bool is_collectable = true;
  ForeignObject object;
  friend bool operator==(const ForeignDebugLine&, const ForeignDebugLine&) = default;
};

// What is known after one operation. A missing optional was not recorded.
struct ForeignRecord {
  std::optional<std::array<std::uint32_t, 3>> count;
  // Events in the numbers of the format: k, 10000 + k ... 50000 + k.
  std::vector<std::uint32_t> events;
  // The answer of a `collect` that is an operation itself.
  std::optional<std::uint32_t> returned;
  std::optional<std::array<std::vector<ForeignObject>, 3>> generations;
  std::vector<ForeignObject> garbage;
  std::array<std::uint32_t, 3> collections{};
  std::vector<ForeignDebugLine> debug;
};

struct ForeignProgram {
  std::string id;
  // As it stands in TRACES, an operation a line.
  std::string text;
  // The line of TRACES, and that of VERSION.
  std::size_t text_line = 0;
  std::size_t records_line = 0;
  // One for each operation.
  std::vector<ForeignRecord> records;
};

struct ForeignRecording {
  std::string traces_path;
  std::string version_path;
  std::vector<ForeignProgram> programs;
};

// Errors name file and line: an unreadable, damaged or truncated file, bad JSON, a missing or unexpected id, a value of
// the wrong type, a number of records that is not that of the operations. O(size).
[[nodiscard]] std::variant<ForeignRecording, FileError> read_foreign(const std::string& traces_path,
                                                                     const std::string& version_path);

// The same from the text of the two files, which errors call TRACES and VERSION.
[[nodiscard]] std::variant<ForeignRecording, FileError> parse_foreign(std::string_view traces,
                                                                      std::string_view version);

// "traces.jsonl.gz:12".
[[nodiscard]] std::string at_line(const std::string& path, std::size_t line);

}  // namespace cyclecheck
