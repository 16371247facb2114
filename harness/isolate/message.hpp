// Messages between a process and the worker that it forked: a length, then plain values one after the other.
//
// Both ends are the same program, so values without padding are copied as they lie in memory. No value has padding.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "harness/compare/compare.hpp"
#include "trace/event.hpp"
#include "trace/trace.hpp"

namespace cyclecheck {

class MessageWriter {
 public:
  template <typename Value>
  requires std::has_unique_object_representations_v<Value>
  void put(const Value& value) { put_bytes(&value, sizeof value); }
  template <typename Value>
  requires std::has_unique_object_representations_v<Value>
  void put_values(std::span<const Value> values) {
    put(std::uint64_t{values.size()});
    if (!values.empty()) put_bytes(values.data(), values.size_bytes());
  }
  void put(const std::string& text);
  void put(std::span<const Operation> operations);
  void put(std::span<const Event> events);
  void put(const Trace& trace);
  void put(const Log& log);
  // Null: there is none.
  void put_optional(const Log* log);
  void put(const Verdict& verdict);

  [[nodiscard]] std::span<const std::uint8_t> bytes() const { return bytes_; }

 private:
  void put_bytes(const void* from, std::size_t size);

  std::vector<std::uint8_t> bytes_;
};

// Reads what a MessageWriter wrote, in the same order. A message that is too short (its writer died) reads as zeros.
class MessageReader {
 public:
  explicit MessageReader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  template <typename Value>
  requires std::has_unique_object_representations_v<Value>
  [[nodiscard]] Value get() {
    Value value{};
    get_bytes(&value, sizeof value);
    return value;
  }
  template <typename Value>
  requires std::has_unique_object_representations_v<Value>
  [[nodiscard]] std::vector<Value> get_values() {
    const auto size = get<std::uint64_t>();
    std::vector<Value> values(size <= left() / sizeof(Value) ? static_cast<std::size_t>(size) : 0);
    if (!values.empty()) get_bytes(values.data(), values.size() * sizeof(Value));
    return values;
  }
  [[nodiscard]] std::string get_string();
  [[nodiscard]] std::vector<Operation> get_operations();
  [[nodiscard]] std::vector<Event> get_events();
  [[nodiscard]] Trace get_trace();
  [[nodiscard]] Log get_log();
  [[nodiscard]] std::optional<Log> get_optional_log();
  [[nodiscard]] Verdict get_verdict();

 private:
  [[nodiscard]] std::size_t left() const { return bytes_.size() - at_; }
  void get_bytes(void* to, std::size_t size);

  std::span<const std::uint8_t> bytes_;
  std::size_t at_ = 0;
};

enum class Receive : std::uint8_t { message, closed, timed_out, interrupted };

// Sends a message; false if the other end is gone.
[[nodiscard]] bool send_message(int socket, const MessageWriter& message);

// Waits for a message. `interrupted` is answered when a signal came before anything was read. A negative time means for
// ever.
[[nodiscard]] Receive receive_message(int socket, std::chrono::milliseconds timeout, std::vector<std::uint8_t>& bytes);

}  // namespace cyclecheck
