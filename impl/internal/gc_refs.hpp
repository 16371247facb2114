// The collector's counts of the objects that it examines (gc_refs), a byte each in a table of their own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "impl/check.hpp"
#include "impl/internal/byte_counts.hpp"
#include "impl/internal/cell.hpp"
#include "impl/internal/table.hpp"

namespace cyclegc::internal {

// Outside of a pass every byte is kOut. In a pass: kUnreachable, or kFirst + references from outside of what is
// examined. What does not fit in a byte is kMany and counted exactly beside the table.
class GcRefs {
 public:
  static constexpr std::uint8_t kOut = 0;
  static constexpr std::uint8_t kUnreachable = 1;
  static constexpr std::uint8_t kFirst = 2;
  static constexpr std::uint8_t kReferenced = 3;
  static constexpr std::uint8_t kMany = 255;

  explicit GcRefs(const MemorySource& source) : bytes_(Site::gc_refs, source), many_(Site::gc_refs, source) {}

  // Room for all ids below `size`; O(1) unless there are new ones.
  void reserve(std::size_t size, std::size_t capacity) {
    if (size <= bytes_.capacity()) return;
    many_.reserve(capacity);
    static_assert(kOut == 0);
    bytes_.reserve_zeroed(capacity);
  }
  [[nodiscard]] std::size_t capacity() const { return bytes_.capacity(); }

  // What the first `size` counts need, and all. Outside of a pass.
  template <class Visit>
  void visit_memory(std::size_t size, Visit&& visit) {
    bytes_.visit_memory(size, visit);
    many_.visit_memory(size, visit);
  }

  [[nodiscard]] std::uint8_t& operator[](Id id) { return bytes_[id]; }
  [[nodiscard]] std::uint8_t operator[](Id id) const { return bytes_[id]; }
  [[nodiscard]] std::uint8_t* data() { return bytes_.data(); }

  // update_refs of one object.
  void start(Id id, std::uint32_t references) {
    if (references < kMany - kFirst) {
      bytes_[id] = static_cast<std::uint8_t>(kFirst + references);
    } else {
      bytes_[id] = kMany;
      many_[id] = references;
    }
  }

  // subtract_refs of one reference; answers the byte afterwards, kOut for an object that is not examined.
  std::uint8_t subtract(Id id) {
    std::uint8_t& byte = bytes_[id];
    if (byte == kOut) return kOut;
    CYCLEGC_CHECK(byte > kFirst);
    if (byte == kMany) return subtract_many(id);
    return --byte;
  }

  // Without update_refs and subtract_refs: every object of the heap is examined, and handles are all that refers to it
  // from outside. Which they are, not how many.
  void start_with_handles(const ByteCounts& held, std::size_t size) {
    const std::uint8_t* const counts = held.bytes();
    for (std::size_t id = 0; id < size; ++id) bytes_[id] = counts[id] != 0 ? kReferenced : kFirst;
  }

  // The end of a pass, for the first `size` objects.
  void forget(std::size_t size) {
    if (size != 0) std::memset(bytes_.data(), kOut, size);
  }

 private:
  std::uint8_t subtract_many(Id id) {
    if (--many_[id] < kMany - kFirst) bytes_[id] = static_cast<std::uint8_t>(kFirst + many_[id]);
    return bytes_[id];
  }

  Table<std::uint8_t> bytes_;
  Table<std::uint32_t> many_;
};

}  // namespace cyclegc::internal
