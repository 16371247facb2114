// Checking one side, the model or a subject, against what real interpreters did, in a worker process.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <variant>

#include "harness/subjects/subjects.hpp"
#include "trace/file.hpp"
#include "trace/profile.hpp"

namespace cyclecheck::cli {

struct SideSummary {
  std::size_t traces = 0;
  std::size_t agree = 0;
  std::size_t left_out = 0;
};

using SideResult = std::variant<SideSummary, FileError>;
using ReportLine = std::function<void(const std::string& line)>;

// Whether a side can run a trace; the others are left out.
using CanRun = std::function<bool(const Trace& trace)>;

// Called in the worker: runs what it can on the subject, reports a line for every trace that differs.
using SideCheck = std::function<SideResult(Subject& subject, const CanRun& can_run, const ReportLine& report)>;

// A recording in its own two files (harness/stored/recording.hpp), or a conformance file
// (harness/stored/conformance.hpp). `verbose`: with the traces that differ.
[[nodiscard]] SideCheck recording_check(const std::string& traces, const std::string& version, ProfileId profile,
                                        bool verbose);
[[nodiscard]] SideCheck conformance_check(std::string path, bool verbose);

enum class SideEnd : std::uint8_t { done, bad_input, died, interrupted };

struct SideOutcome {
  SideEnd end = SideEnd::done;
  SideSummary summary;
  // What is wrong with the input, or how the worker died.
  std::string message;
};

// Runs a check; lines are printed as they come, with `side` before them.
[[nodiscard]] SideOutcome check_side(const std::string& side, const std::function<std::unique_ptr<Subject>()>& make,
                                     const CanRun& can_run, const SideCheck& check);

}  // namespace cyclecheck::cli
