// Inputs that one process adds and others read, with their features, in memory that they share. What is added while it
// is full is left out. Used by one thread of each process.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "harness/campaign/guidance.hpp"
#include "harness/isolate/isolate.hpp"

namespace cyclecheck {

class SharedInputs {
 public:
  // In memory that is zero, such as that of make_shared_value: pages are taken as they are filled.
  SharedInputs() {}  // NOLINT(modernize-use-equals-default): that would fill the bytes

  // By the one process that adds. O(input and features).
  void add(const std::string& input, const Features& features) {
    MessageWriter writer;
    writer.put(input);
    writer.put_values(std::span<const std::uint32_t>{features});
    MessageWriter whole;
    whole.put_values(writer.bytes());
    const std::size_t end = end_.load(std::memory_order_relaxed);
    if (whole.bytes().size() > bytes_.size() - end) return;
    std::copy(whole.bytes().begin(), whole.bytes().end(), bytes_.begin() + static_cast<std::ptrdiff_t>(end));
    end_.store(end + whole.bytes().size(), std::memory_order_release);
  }

  [[nodiscard]] std::size_t end() const { return end_.load(std::memory_order_acquire); }

  // The input at `at`, which goes on to the next one. REQUIRES: at < end(), and is 0, an end, or what a call left
  void read(std::size_t& at, std::string& input, Features& features) const {
    MessageReader whole{std::span{bytes_}.subspan(at)};
    const auto bytes = whole.get_values<std::uint8_t>();
    at += sizeof(std::uint64_t) + bytes.size();
    MessageReader reader{bytes};
    input = reader.get_string();
    features = reader.get_values<std::uint32_t>();
  }

 private:
  std::atomic<std::size_t> end_{0};
  std::array<std::uint8_t, std::size_t{1} << 26> bytes_;
};

}  // namespace cyclecheck
