// Recordings: traces with the log of a real interpreter, many in one file, plain or gzip.
//
//     cyclecheck-conformance 1
//     interpreter CPython 3.11.7
//     observed every
//     events died finalizer callback ...
//     trace p0000
//     cyclecheck-trace 1
//     ...
//     log
//     cyclecheck-log 1
//     ...
//     end
//
// docs/trace-format.md defines the format. Not thread-safe for one object; different objects are independent.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "trace/event.hpp"
#include "trace/file.hpp"
#include "trace/trace.hpp"

namespace cyclecheck {

inline constexpr std::uint32_t kRecordingVersion = 1;

struct RecordedTrace {
  std::string name;
  // The line of the file on which it begins; 0: the file holds this trace alone.
  std::size_t line = 0;
  Trace trace;
  // What the interpreter did: events of the recorded kinds alone, a group for each operation.
  Log log;
};

using EventSet = std::bitset<kEventKinds>;

struct Recording {
  // The file that it was read from, for messages.
  std::string path;
  // "CPython 3.11.7".
  std::string interpreter;
  // every: the state was observed after every operation; where `members` and `listed`, or `count`, are missing they are
  // those of the operation before. full: as a log of Observe::full.
  Observe observe = Observe::every;
  // The kinds of events that were recorded; only these are compared.
  EventSet recorded;
  std::vector<RecordedTrace> traces;
};

// "x.conformance.gz:12": where a trace of the recording begins.
[[nodiscard]] std::string where(const Recording& recording, const RecordedTrace& trace);

// Every kind of event that a recording can hold.
[[nodiscard]] EventSet all_recorded_kinds();

// The name ends in .conformance or .conformance.gz.
[[nodiscard]] bool is_recording_file(std::string_view path);

// Errors name file, line and what was expected; a truncated file is one. O(size).
[[nodiscard]] std::variant<Recording, FileError> read_recording(const std::string& path);

// The same from a file's text, decompressed; errors call it `path`.
[[nodiscard]] std::variant<Recording, FileError> parse_recording(std::string_view text, const std::string& path);

// The text of a recording.
[[nodiscard]] std::string print_recording(const Recording& recording);

// Writes whole or not at all, compressed if the path ends in .gz. The same content gives the same bytes.
[[nodiscard]] std::variant<std::monostate, FileError> write_recording(const Recording& recording,
                                                                      const std::string& path);

}  // namespace cyclecheck
