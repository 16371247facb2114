// What `cyclecheck run` shows while it runs: one line that is rewritten on a terminal, a line every few seconds
// elsewhere.
#pragma once

#include <optional>
#include <string>

#include "harness/cli/live_line.hpp"
#include "harness/search/search.hpp"

namespace cyclecheck::cli {

class RunReporter final : public SearchListener {
 public:
  // `limit`: the time or number of traces that the run will take, in words.
  explicit RunReporter(std::string limit);

  void progress(const SearchProgress& progress) override;
  void failed(const SearchFailure& failure, const Trace& trace) override;
  void shrinking(const Trace& best, const ShrinkProgress& progress) override;
  void found(const Finding& finding, const std::optional<StoredFinding>& stored,
             const std::optional<FileError>& error) override;
  [[nodiscard]] bool interrupted() override;

  // Clears the line that is being rewritten.
  void end_line() { line_.end(); }

 private:
  std::string limit_;
  LiveLine line_;
};

// The table of a finished run, and the reach report.
[[nodiscard]] std::string summary(const SearchResult& result);

}  // namespace cyclecheck::cli
