// How failures look on the terminal. Pure and thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "harness/compare/compare.hpp"
#include "harness/search/search.hpp"
#include "harness/stored/stored.hpp"

namespace cyclecheck::cli {

// "operation 7: collect 2".
[[nodiscard]] std::string name_operation(const Trace& trace, std::size_t operation);

// A diff of the events of the first operation that differs, in two columns, with a mark at each event that one side
// alone has. `other` is what the subject was compared with.
[[nodiscard]] std::string side_by_side(const Divergence& divergence, const Trace& trace, const std::string& subject,
                                       const std::string& other = "model");

// "missing died node at operation 7: collect 2", or the signature alone.
[[nodiscard]] std::string one_line(const Verdict& verdict, const Trace& trace);

// Where a side differs from a recording, in one line, or how it died: "x.conformance:5: p0001: impl: changed count at
// operation 7: collect 2: recorded count 0 0 0, found count 1 0 0"; "-" stands for no event.
[[nodiscard]] std::string recorded_difference(const Recording& recording, const RecordedTrace& recorded,
                                              const Verdict& verdict, const std::string& side);

// A finding in full: signature, shrunk trace, event lists or error output, how to run it again.
[[nodiscard]] std::string whole_finding(const Finding& finding);

// "1,234,567".
[[nodiscard]] std::string grouped(std::uint64_t number);

// "12s", "3m05s", "2h10m"; rounded up.
[[nodiscard]] std::string short_duration(std::chrono::duration<double> time);

// "1 trace", "2,000 traces".
[[nodiscard]] std::string counted(std::uint64_t number, std::string_view word);

}  // namespace cyclecheck::cli
