// Counts of objects, a byte each: those that do not fit are kept apart, so that every count is exact.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <unordered_map>

#include "impl/check.hpp"
#include "impl/internal/cell.hpp"
#include "impl/internal/table.hpp"

namespace cyclegc::internal {

// All operations are O(1). REQUIRES for each: the id lies within the capacity.
class ByteCounts {
 public:
  void reserve(std::size_t capacity) {
    const std::size_t old = bytes_.capacity();
    bytes_.reserve(capacity);
    if (bytes_.capacity() > old) std::memset(bytes_.data() + old, 0, bytes_.capacity() - old);
  }
  [[nodiscard]] std::size_t capacity() const { return bytes_.capacity(); }
  // Sets the first `size` counts to 0.
  void clear(std::size_t size) {
    if (size != 0) std::memset(bytes_.data(), 0, size);
    many_.clear();
  }

  [[nodiscard]] std::uint32_t operator[](Id id) const {
    return bytes_[id] != kMany ? bytes_[id] : many_.find(id)->second;
  }
  // Whether a count is 0, without looking at those that do not fit.
  [[nodiscard]] const std::uint8_t* bytes() const { return bytes_.data(); }

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

  void increment_many(Id id) {
    bytes_[id] = kMany;
    ++many_.try_emplace(id, kMany - 1).first->second;
  }
  void decrement_many(Id id) {
    const auto found = many_.find(id);
    if (--found->second != kMany - 1) return;
    bytes_[id] = kMany - 1;
    many_.erase(found);
  }

  Table<std::uint8_t> bytes_;
  // Where a byte says kMany: the count, which is at least that.
  std::unordered_map<Id, std::uint32_t> many_;
};

}  // namespace cyclegc::internal
