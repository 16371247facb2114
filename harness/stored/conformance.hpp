// Conformance files: traces with the log of a real interpreter, many in one file, plain or gzip.
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

#include <array>
#include <bitset>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "harness/stored/recording.hpp"
#include "harness/subjects/subjects.hpp"
#include "trace/event.hpp"
#include "trace/file.hpp"
#include "trace/trace.hpp"

namespace cyclecheck {

inline constexpr std::uint32_t kConformanceVersion = 1;

struct ConformanceCase {
  std::string name;
  // The line of the file on which the case begins.
  std::size_t line = 0;
  Trace trace;
  // What the interpreter did: events of the recorded kinds alone.
  Log log;
};

struct Conformance {
  // "CPython 3.11.7".
  std::string interpreter;
  // every: the state was observed after every operation; where `members` and `listed`, or `count`, are missing they are
  // those of the operation before. full: as a log of Observe::full.
  Observe observe = Observe::every;
  // The kinds of events that were recorded; only these are compared.
  std::bitset<kEventKinds> recorded;
  std::vector<ConformanceCase> cases;
};

// The name ends in .conformance or .conformance.gz.
[[nodiscard]] bool is_conformance_file(std::string_view path);

// Errors name file, line and what was expected; a truncated file is one. O(size).
[[nodiscard]] std::variant<Conformance, FileError> read_conformance(const std::string& path);

// The same from a file's text, decompressed; errors call it `name`.
[[nodiscard]] std::variant<Conformance, FileError> parse_conformance(std::string_view text, const std::string& name);

// The text of a conformance file.
[[nodiscard]] std::string print_conformance(const Conformance& conformance);

// Writes whole or not at all, compressed if the path ends in .gz. The same content gives the same bytes.
[[nodiscard]] std::variant<std::monostate, FileError> write_conformance(const Conformance& conformance,
                                                                        const std::string& path);

// Recordings (harness/stored/recording.hpp) of one interpreter as conformance cases. After an operation that changed
// gc.garbage a `garbage` operation is inserted, which shows what it held.
[[nodiscard]] std::variant<Conformance, FileError> convert_recordings(const std::vector<Recording>& recordings,
                                                                      ProfileId profile,
                                                                      const std::string& interpreter);

// Adds a trace and the log of a run that was observed as the conformance file says; full only.
// REQUIRES: conformance.observe == Observe::full
void add_case(Conformance& conformance, std::string name, const Trace& trace, const Log& log);

// Every kind of event that such a log can hold.
[[nodiscard]] std::bitset<kEventKinds> all_recorded_kinds();

// The first operation whose recorded events differ.
struct ConformanceDifference {
  std::size_t operation = 0;
  // The events in words, in order.
  std::string expected;
  std::string found;
};

struct ConformanceSummary {
  std::size_t traces = 0;
  std::size_t agree = 0;
  // By kind of event: how many were recorded, and how many of them the subject logged in their place.
  std::array<std::size_t, kEventKinds> recorded{};
  std::array<std::size_t, kEventKinds> agreed{};
};

// Runs every case on the subject and compares in exact order; debug lines, which go to another stream than everything
// else, are compared among themselves.
ConformanceSummary check_conformance(
    const Conformance& conformance, Subject& subject,
    const std::function<void(const ConformanceCase&, const ConformanceDifference&)>& on_disagreement);

}  // namespace cyclecheck
