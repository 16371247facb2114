// The collector's memory, of which one allocation fails.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "impl/memory.hpp"

namespace cyclecheck {

// While it exists it is where all heaps of the process get their memory. Not thread-safe; one at a time, and no heap
// outlives it.
class FailingMemory {
 public:
  FailingMemory();
  FailingMemory(const FailingMemory&) = delete;
  FailingMemory& operator=(const FailingMemory&) = delete;
  ~FailingMemory();

  // The n-th request from here fails, counted from 1; 0: none does.
  void fail(std::uint64_t n);
  // Where the request that failed came from; nothing if none has failed yet.
  [[nodiscard]] std::optional<cyclegc::Site> failed() const { return failed_; }
  // What the requests from here on were for, the one that failed too.
  [[nodiscard]] const std::vector<cyclegc::Site>& requests() const { return requests_; }
  // Blocks that were given and not taken back.
  [[nodiscard]] std::int64_t blocks() const { return blocks_; }

 private:
  static void* resize(void* context, cyclegc::Site site, void* old, std::size_t old_bytes, std::size_t bytes);

  std::uint64_t left_ = 0;
  std::optional<cyclegc::Site> failed_;
  std::vector<cyclegc::Site> requests_;
  std::int64_t blocks_ = 0;
};

}  // namespace cyclecheck
