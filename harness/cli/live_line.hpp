// The progress of a command, on standard error: one line that is rewritten on a terminal and fits it; elsewhere a line
// after 5 seconds, 10, 20 and so on. And what a command prints while it runs.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/search/search.hpp"

namespace cyclecheck::cli {

struct Progress {
  // The share of the work that is done, from 0 to 1, and how long the rest takes; nothing: the work has no end.
  std::optional<double> done;
  std::optional<std::chrono::duration<double>> left;
  // The most telling first.
  std::vector<std::string> facts;
};

// What the time limit, the limit of another count, or both say; whichever ends first.
[[nodiscard]] Progress progress_of(std::chrono::duration<double> spent,
                                   std::optional<std::chrono::duration<double>> limit, std::uint64_t number,
                                   std::optional<std::uint64_t> most);

// "42 %, 12s left: 1,234 traces, 2 findings", as many of the facts as fit into so many columns.
[[nodiscard]] std::string fitted(const Progress& progress, std::size_t columns);

// Not thread-safe.
class LiveLine {
 public:
  // A quiet one shows and prints nothing.
  explicit LiveLine(bool quiet = false);

  // Shows what may be replaced, if it is due.
  void show(const Progress& progress);
  // Prints text that stays, in place of the line, to standard output.
  void print(const std::string& text);
  // Clears the line that is being rewritten.
  void end();

 private:
  bool quiet_;
  bool terminal_;
  bool open_ = false;
  std::chrono::steady_clock::duration pause_;
  std::chrono::steady_clock::time_point last_;
};

// Writes to standard output, coloured if it shows that. False: not all that was written there so far has arrived.
[[nodiscard]] bool print_coloured(const std::string& text);

// The finding in full, and where it was stored or why not.
[[nodiscard]] std::string announce(const Finding& finding, const std::optional<StoredFinding>& stored,
                                   const std::optional<FileError>& error);

// "shrinking: 7 operations after 120 attempts".
[[nodiscard]] Progress shrinking_progress(const Trace& best, const ShrinkProgress& progress);

// 0 for no time.
[[nodiscard]] std::uint64_t per_second(std::uint64_t number, std::chrono::duration<double> time);

}  // namespace cyclecheck::cli
