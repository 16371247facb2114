// What `cyclecheck run` shows while it runs.
#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "harness/cli/checks.hpp"
#include "harness/cli/live_line.hpp"
#include "harness/search/search.hpp"

namespace cyclecheck::cli {

class RunReporter final : public SearchListener {
 public:
  // Neither: the search says how far it is.
  struct Limits {
    std::optional<std::chrono::duration<double>> time = {};
    // Of all profiles.
    std::optional<std::uint64_t> traces = {};
  };

  // `searched`: the subjects. `prefix`: comes before the numbers, if there are several searches.
  RunReporter(Limits limits, bool quiet, std::string searched, std::string prefix = {});

  void progress(const SearchProgress& progress) override;
  void failed(const SearchFailure& failure, const Trace& trace) override;
  void ran_again(const StoredAgain& again) override;
  void shrinking(const Trace& best, const ShrinkProgress& progress) override;
  void found(const Finding& finding, const std::optional<StoredFinding>& stored,
             const std::optional<FileError>& error) override;
  [[nodiscard]] bool interrupted() override;

  // Clears the line that is being rewritten.
  void end_line() { line_.end(); }

  // Where each finding was stored.
  [[nodiscard]] const std::vector<std::string>& folders() const { return folders_; }
  [[nodiscard]] const std::vector<Check>& checks() const { return checks_; }

 private:
  Limits limits_;
  std::string searched_;
  std::string prefix_;
  // The share that was done when the search began, which may go on with an earlier one.
  std::optional<double> begun_;
  LiveLine line_;
  std::vector<Check> checks_;
  std::vector<std::string> folders_;
};

// How many traces, operations and failures there were in each profile.
[[nodiscard]] std::string counts_table(const SearchProgress& progress);

// What states of the model were reached, and which were not.
[[nodiscard]] std::string reach_report(const SearchResult& result);

// --known: a file of failures that are accepted.
void add_known(CLI::App& app, std::string& path);

// What it holds; nothing if no path is given. Throws std::runtime_error if it cannot be read.
[[nodiscard]] AcceptedFailures read_known(const std::string& path);

// How often accepted failures came, and which of them were not seen.
[[nodiscard]] std::string accepted_report(const AcceptedFailures& accepted, std::uint64_t times,
                                          const std::set<std::size_t>& seen);

// Adds to the summary what a search did in each profile, what it found, and what went wrong.
void add_search(Summary& summary, const SearchResult& result, const std::vector<Check>& findings,
                const std::string& searched);

// Findings with their folders: those that show the same as an earlier one stand below it. Then those from before that
// fail still.
[[nodiscard]] std::string list_findings(const SearchResult& result, const std::vector<std::string>& folders);

// The last lines of a run: the findings with their folders, or that all agree; seed and time.
[[nodiscard]] std::string verdict(const SearchResult& result, const std::vector<std::string>& folders,
                                  std::uint64_t seed);

}  // namespace cyclecheck::cli
