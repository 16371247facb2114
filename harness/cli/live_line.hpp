// A line of progress: rewritten on a terminal, printed every few seconds elsewhere. And what every search prints of a
// finding.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "harness/search/search.hpp"

namespace cyclecheck::cli {

// Not thread-safe.
class LiveLine {
 public:
  LiveLine();

  // Shows a line that may be replaced, if it is due.
  void show(const std::string& line);
  // Prints text that stays, in place of the line.
  void print(const std::string& text);
  // Clears the line that is being rewritten.
  void end();

 private:
  bool terminal_;
  bool open_ = false;
  std::chrono::steady_clock::time_point last_;
};

// The finding in full, and where it was stored or why not.
[[nodiscard]] std::string announce(const Finding& finding, const std::optional<StoredFinding>& stored,
                                   const std::optional<FileError>& error);

// "shrinking: 7 operations after 120 attempts".
[[nodiscard]] std::string shrinking_line(const Trace& best, const ShrinkProgress& progress);

// 0 for no time.
[[nodiscard]] std::uint64_t per_second(std::uint64_t number, std::chrono::duration<double> time);

}  // namespace cyclecheck::cli
