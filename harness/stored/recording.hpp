// Recordings: programs over a reference graph, and what a real interpreter did after each of their operations.
//
// A recording is a pair of files, each a JSON object a line, plain or gzip (told apart by content): TRACES with `id`,
// `cls`, `text`; VERSION with the same `id`s in the same order and `rec`, one record an operation. Unknown keys are
// ignored. Node K of a program becomes the name nK, weak reference W the name wW.
//
// Not thread-safe for one object; different objects are independent.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "harness/subjects/subjects.hpp"
#include "trace/event.hpp"
#include "trace/file.hpp"
#include "trace/trace.hpp"

namespace cyclecheck {

// A node or weak reference of a recorded program.
struct RecordedObject {
  bool is_weak = false;
  std::uint32_t number = 0;
  friend auto operator<=>(const RecordedObject&, const RecordedObject&) = default;
};

struct RecordedDebugLine {
  bool is_collectable = true;
  RecordedObject object;
  friend bool operator==(const RecordedDebugLine&, const RecordedDebugLine&) = default;
};

// What is known after one operation. A missing optional was not recorded and is not compared.
struct Record {
  std::optional<std::array<std::uint32_t, 3>> count;
  // Events in the numbers of the recordings' format: k, 10000 + k ... 50000 + k.
  std::vector<std::uint32_t> events;
  // The answer of a `collect` that is an operation itself.
  std::optional<std::uint32_t> returned;
  std::optional<std::array<std::vector<RecordedObject>, 3>> generations;
  std::vector<RecordedObject> garbage;
  std::array<std::uint32_t, 3> collections{};
  std::vector<RecordedDebugLine> debug;
};

struct Recording {
  std::string id;
  std::string cls;
  // The program as it stands in TRACES, an operation a line.
  std::string program;
  // "traces.jsonl.gz:12": where the program stands.
  std::string where;
  std::vector<Record> records;
};

// All recordings of a pair of files. Errors name file and line: an unreadable, damaged or truncated file, bad JSON, a
// missing or unexpected id, a value of the wrong type, a number of records that is not that of the operations.
std::variant<std::vector<Recording>, FileError> read_recordings(const std::string& traces_path,
                                                                const std::string& version_path);

// The same from the text of the two files, which errors call TRACES and VERSION.
std::variant<std::vector<Recording>, FileError> parse_recordings(std::string_view traces, std::string_view version);

// A recorded program as a trace of this profile, one operation for each of its own; thresholds 700, 10, 10,
// enabled, free lists filled (rule W8).
// The trace is valid and in normal form. The error says which operation is wrong: "operation 3 'fly 1': ...".
// `set_debug` with COLLECTABLE or UNCOLLECTABLE gets STATS, INSTANCES and OBJECTS added where they exist (2.7).
// O(length).
std::variant<Trace, std::string> convert_program(std::string_view program, ProfileId profile);

// The trace with a `garbage` operation after each of its operations, which shows gc.garbage and changes nothing else
// (rule B1); scripts and names stay.
Trace with_garbage_read(const Trace& trace);

// The parts of a record, in the order in which they are compared.
enum class RecordPart : std::uint8_t { events, returned, garbage, collections, count, generations, debug };
std::string_view to_string(RecordPart part);

// A difference in one part, in words.
struct RecordDifference {
  // Index of the operation in the program, from 0.
  std::size_t operation = 0;
  RecordPart part = RecordPart::events;
  std::string expected;
  std::string found;
};

// The differences of the first operation that differs, one a part; empty if the log agrees with the recording.
// REQUIRES: `log` came from running with_garbage_read(trace) with Observe::every, where `trace` is the converted
// program.
std::vector<RecordDifference> compare_with_recording(const Recording& recording, const Trace& trace, const Log& log);

struct RecordingSummary {
  std::size_t traces = 0;
  std::size_t agree = 0;
};

// Called for every recording that does not agree, with the converted program.
using OnDisagreement = std::function<void(const Recording&, const Trace&, const std::vector<RecordDifference>&)>;

// Runs every recorded program on the subject and compares. Errors: those of read_recordings and convert_program.
std::variant<RecordingSummary, FileError> check_recording(const std::string& traces_path,
                                                          const std::string& version_path, ProfileId profile,
                                                          Subject& subject, const OnDisagreement& on_disagreement);

}  // namespace cyclecheck
