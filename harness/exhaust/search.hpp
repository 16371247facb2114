// An exhaustive search: every trace over an alphabet up to a length, run on model and subject and compared.
//
// It is a search like any other (harness/search/find_failures.hpp), of another drawing (EveryTrace), with a file that
// says what of it is done. What follows a trace that ended its worker, and begins with it, is left out. Which traces
// there are, and what is found, depends on the options alone. Not thread-safe.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/compare/compare.hpp"
#include "harness/exhaust/alphabet.hpp"
#include "harness/exhaust/checkpoint.hpp"
#include "harness/exhaust/every_trace.hpp"
#include "harness/search/search.hpp"

namespace cyclecheck {

struct ExhaustOptions {
  EveryTrace::Options traces;
  SearchOptions search;
  // Goes on from this file if it exists, and keeps it up to date. Empty: no such file.
  std::string checkpoint;
};

// What is done in a profile, whichever process did it.
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

struct ExhaustResult {
  // Of this process alone.
  SearchResult search;
  std::vector<ExhaustRow> rows;
};

// Everything of the options that decides which traces there are and how they are compared, but the shard; it is the
// command that does the same again.
[[nodiscard]] std::string describe_search(const SubjectEntry& subject, const ExhaustOptions& options);

// REQUIRES: there is a profile; the options are in the ranges of make_alphabet and Walk; the process has one thread
[[nodiscard]] ExhaustResult run_exhaust(const SubjectEntry& subject, const ExhaustOptions& options,
                                        SearchListener& listener);

}  // namespace cyclecheck
