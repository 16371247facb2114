// How many executions met each heap state, in a file that fuzzing processes map together.
//
// What was counted is in the file however a process ends. Counting is safe in several processes at once; the object
// itself is used by one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "harness/subjects/subjects.hpp"
#include "trace/file.hpp"

namespace cyclecheck {

// Sums over a table: what an estimate of the states not yet met needs.
struct StateTotals {
  std::uint64_t executions = 0;
  // Different states.
  std::uint64_t states = 0;
  // States that exactly one execution met, and exactly two.
  std::uint64_t once = 0;
  std::uint64_t twice = 0;
};

class StateCounts {
 public:
  // Makes a file with room for `places` / 2 states or more, in place of one that is there. Errors: it cannot be made,
  // for example because the disk is full: its space is reserved at once. REQUIRES: places is a power of two
  [[nodiscard]] static std::variant<StateCounts, FileError> create(const std::string& path, std::size_t places);
  // Maps a file that `create` made, to count in it, or to read it while others count. Errors: the file
  // is no such table, or is damaged.
  [[nodiscard]] static std::variant<StateCounts, FileError> open(const std::string& path) { return map(path, true); }
  [[nodiscard]] static std::variant<StateCounts, FileError> read(const std::string& path) { return map(path, false); }

  StateCounts(StateCounts&& other) noexcept;
  StateCounts& operator=(StateCounts&& other) noexcept;
  StateCounts(const StateCounts&) = delete;
  StateCounts& operator=(const StateCounts&) = delete;
  ~StateCounts();

  // These REQUIRE a table that is not only read.
  // Counts one execution and each different state that it met. A state for which there is no room is not counted.
  // O(states * log(states)).
  void count_execution(std::span<const HeapState> met);
  // Adds what was counted elsewhere.
  void add(std::uint32_t packed, std::uint32_t executions);
  void add_executions(std::uint64_t executions);

  [[nodiscard]] StateTotals totals() const;
  [[nodiscard]] bool is_half_full() const;
  [[nodiscard]] std::size_t places() const;
  // Each state with how many executions met it, in no order.
  void for_each(const std::function<void(std::uint32_t packed, std::uint32_t executions)>& see) const;

 private:
  struct Table;
  [[nodiscard]] static std::variant<StateCounts, FileError> map(const std::string& path, bool writes);
  StateCounts(Table* table, std::size_t size) : table_(table), size_(size) {}

  Table* table_ = nullptr;
  std::size_t size_ = 0;
  std::vector<std::uint32_t> met_;
};

}  // namespace cyclecheck
