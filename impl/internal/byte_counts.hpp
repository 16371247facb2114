// Counts of objects, a byte each: those that do not fit are kept in a second table, so that every count is exact.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>

#include "impl/check.hpp"
#include "impl/internal/cell.hpp"
#include "impl/internal/table.hpp"

namespace cyclegc::internal {

// No count is more than kMost. All operations are O(1). REQUIRES for each: the id lies within the capacity.
template <std::uint32_t kMost>
class BasicByteCounts {
 public:
  explicit BasicByteCounts(const MemorySource& source = memory_source)
      : bytes_(Site::held_counts, source), many_(Site::held_counts, source) {}
  void reserve(std::size_t capacity) {
    many_.reserve(capacity);
    bytes_.reserve_zeroed(capacity);
  }
  [[nodiscard]] std::size_t capacity() const { return bytes_.capacity(); }
  // Sets the first `size` counts to 0.
  void clear(std::size_t size) {
    if (size != 0) std::memset(bytes_.data(), 0, size);
  }

  [[nodiscard]] std::uint32_t operator[](Id id) const { return bytes_[id] != kMany ? bytes_[id] : many_[id]; }
  // Whether a count is 0, without looking at those that do not fit.
  [[nodiscard]] const std::uint8_t* bytes() const { return bytes_.data(); }

  // What the first `size` counts need, and all.
  template <class Visit>
  void visit_memory(std::size_t size, Visit&& visit) {
    bytes_.visit_memory(size, visit);
    many_.visit_memory(size, visit);
  }
  // REQUIRES: the count is 0
  void start_with_one(Id id) {
    CYCLEGC_CHECK(bytes_[id] == 0);
    bytes_[id] = 1;
  }
  // std::length_error: the count is kMost.
  void increment(Id id) {
    std::uint8_t& byte = bytes_[id];
    if (byte < kMany - 1) {
      ++byte;
    } else {
      increment_many(id);
    }
  }
  // REQUIRES: the count is not 0
  void decrement(Id id) {
    std::uint8_t& byte = bytes_[id];
    CYCLEGC_CHECK(byte != 0);
    if (byte != kMany) {
      --byte;
    } else {
      decrement_many(id);
    }
  }

 private:
  static constexpr std::uint8_t kMany = 255;

  [[gnu::noinline]] void increment_many(Id id) {
    if (bytes_[id] != kMany) many_[id] = kMany - 1;
    if (many_[id] == kMost) throw std::length_error("cyclegc: an object is held too often");
    bytes_[id] = kMany;
    ++many_[id];
  }
  [[gnu::noinline]] void decrement_many(Id id) {
    if (--many_[id] == kMany - 1) bytes_[id] = kMany - 1;
  }

  Table<std::uint8_t> bytes_;
  // Where a byte says kMany: the count, which is at least that. Pages that nobody writes to take no memory.
  Table<std::uint32_t> many_;
};

using ByteCounts = BasicByteCounts<std::uint32_t{1} << 31U>;

}  // namespace cyclegc::internal
