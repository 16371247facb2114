// What `cyclecheck run` shows while it runs: one line that is rewritten on a terminal, a line every few seconds
// elsewhere.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/cli/live_line.hpp"
#include "harness/search/search.hpp"

namespace cyclecheck::cli {

class RunReporter final : public SearchListener {
 public:
  // `limit`: the time or number of traces that the run will take, in words.
  explicit RunReporter(std::string limit);

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

 private:
  std::string limit_;
  LiveLine line_;
  std::vector<std::string> folders_;
};

// How many traces, operations and failures there were in each profile.
[[nodiscard]] std::string counts_table(const SearchProgress& progress);

// What states of the model were reached, and which were not.
[[nodiscard]] std::string reach_report(const SearchResult& result);

// How often accepted failures came, and which of them did not.
[[nodiscard]] std::string accepted_report(const AcceptedFailures& accepted, const SearchResult& result);

// The last lines of a run: the findings with their folders, or that all agree; seed and time.
[[nodiscard]] std::string verdict(const SearchResult& result, const std::vector<std::string>& folders,
                                  std::uint64_t seed);

}  // namespace cyclecheck::cli
