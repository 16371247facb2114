// An exhaustive search: every trace over an alphabet up to a length, run on model and subject and compared.
//
// The traces run in a worker process; a crash or hang is a finding, and the search goes on behind the trace that caused
// it, without the longer ones that begin with it. Every new failure is shrunk and stored as `run` does it. Which traces
// there are, in which order, and what is found depends on the options alone. Not thread-safe.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/compare/compare.hpp"
#include "harness/exhaust/alphabet.hpp"
#include "harness/exhaust/checkpoint.hpp"
#include "harness/exhaust/walk.hpp"
#include "harness/search/search.hpp"

namespace cyclecheck {

struct ExhaustOptions {
  // See make_alphabet.
  std::string alphabet = "standard";
  std::uint32_t objects = 3;
  std::uint32_t weak_references = 1;
  WalkOptions walk;
  std::vector<ProfileId> profiles;
  // What traces begin with; nothing: the profile's own.
  std::optional<std::array<std::int32_t, 3>> threshold;
  Level level = Level::order;
  std::chrono::milliseconds timeout{10'000};
  std::chrono::milliseconds shrink_time{30'000};
  std::uint32_t max_findings = 10;
  std::string findings = "findings";
  // Goes on from this file if it exists, and keeps it up to date. Empty: no such file.
  std::string checkpoint;
};

struct ExhaustRow {
  ProfileId profile = ProfileId::python3_11;
  std::uint64_t traces = 0;
  // Without the `shutdown` of each trace.
  std::uint64_t operations = 0;
  std::uint64_t failures = 0;
  // Different states of the model's heap before `shutdown`, up to renaming.
  std::uint64_t states = 0;
  bool states_are_exact = true;
  // How much of it is done, from 0 to 1.
  double done = 0;
};

struct ExhaustProgress {
  // Shrinking not counted; of this process alone, as the traces are.
  std::chrono::duration<double> verifying{0};
  std::chrono::duration<double> processor{0};
  std::uint64_t traces = 0;
  // All of them, whichever process verified them.
  std::vector<ExhaustRow> rows;
};

// Told what happens. Every function returns quickly.
class ExhaustListener : public FindingListener {
 public:
  virtual void progress(const ExhaustProgress& progress) = 0;
  // Before it is shrunk.
  virtual void failed(const Verdict& verdict, const Trace& trace) = 0;
};

struct ExhaustResult {
  ExhaustProgress progress;
  std::vector<Finding> findings;
  bool interrupted = false;
  bool stopped_at_max_findings = false;
  // Something could not be read or written; the search ended there.
  std::optional<FileError> error;
};

// Everything of the options that decides which traces there are and how they are compared, but the part; it is the
// command that does the same again.
[[nodiscard]] std::string describe_search(const SubjectEntry& subject, const ExhaustOptions& options);

// REQUIRES: options.profiles is not empty; the options are in the ranges of make_alphabet and Walk; the process has one
// thread
[[nodiscard]] ExhaustResult run_exhaust(const SubjectEntry& subject, const ExhaustOptions& options,
                                        ExhaustListener& listener);

}  // namespace cyclecheck
