#include "harness/message.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace cyclecheck {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint32_t kMaxMessage = std::uint32_t{1} << 31;

// Reads exactly `size` bytes; false if the other end closed.
bool receive_all(int socket, void* to, std::size_t size) {
  auto* at = static_cast<std::uint8_t*>(to);
  while (size > 0) {
    const ssize_t got = recv(socket, at, size, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    at += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

bool send_all(int socket, const void* from, std::size_t size) {
  const auto* at = static_cast<const std::uint8_t*>(from);
  while (size > 0) {
    const ssize_t sent = send(socket, at, size, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    at += sent;
    size -= static_cast<std::size_t>(sent);
  }
  return true;
}

}  // namespace

void MessageWriter::put_bytes(const void* from, std::size_t size) {
  const auto* bytes = static_cast<const std::uint8_t*>(from);
  bytes_.insert(bytes_.end(), bytes, bytes + size);
}

void MessageWriter::put(const std::string& text) { put(std::span<const char>{text}); }

void MessageWriter::put(const Trace& trace) {
  put(trace.profile);
  put(trace.settings);
  put(std::span<const Operation>{trace.operations});
  put(std::uint64_t{trace.scripts.size()});
  for (const Script& script : trace.scripts) put(std::span<const Operation>{script});
  put(std::uint64_t{trace.names.size()});
  for (const std::string& name : trace.names) put(name);
}

void MessageWriter::put(const Log& log) {
  put(std::uint64_t{log.operations()});
  for (std::size_t i = 0; i < log.operations(); ++i) put(log.of(i));
}

void MessageWriter::put(const Verdict& verdict) {
  put(verdict.outcome);
  put(verdict.left_out);
  put(verdict.signature);
  put(verdict.output);
  put(verdict.divergence.has_value());
  if (!verdict.divergence) return;
  const Divergence& divergence = *verdict.divergence;
  put(std::uint64_t{divergence.operation});
  put(divergence.level);
  put(std::span<const Event>{divergence.expected});
  put(std::span<const Event>{divergence.actual});
  put(std::uint64_t{divergence.at});
}

void MessageReader::get_bytes(void* to, std::size_t size) {
  const std::size_t take = std::min(size, left());
  if (take > 0) std::memcpy(to, bytes_.data() + at_, take);
  at_ += take;
}

std::string MessageReader::get_string() {
  const auto characters = get_values<char>();
  return {characters.begin(), characters.end()};
}

Trace MessageReader::get_trace() {
  Trace trace;
  trace.profile = get<ProfileId>();
  trace.settings = get<Settings>();
  trace.operations = get_values<Operation>();
  const auto scripts = get<std::uint64_t>();
  for (std::uint64_t i = 0; i < scripts && left() > 0; ++i) trace.scripts.push_back(get_values<Operation>());
  const auto names = get<std::uint64_t>();
  for (std::uint64_t i = 0; i < names && left() > 0; ++i) trace.names.push_back(get_string());
  return trace;
}

Log MessageReader::get_log() {
  Log log;
  const auto operations = get<std::uint64_t>();
  for (std::uint64_t i = 0; i < operations && left() > 0; ++i) {
    for (const Event& event : get_values<Event>()) log.add(event);
    log.end_operation();
  }
  return log;
}

Verdict MessageReader::get_verdict() {
  Verdict verdict;
  verdict.outcome = get<Outcome>();
  verdict.left_out = get<bool>();
  verdict.signature = get_string();
  verdict.output = get_string();
  if (!get<bool>()) return verdict;
  Divergence divergence;
  divergence.operation = static_cast<std::size_t>(get<std::uint64_t>());
  divergence.level = get<Level>();
  divergence.expected = get_values<Event>();
  divergence.actual = get_values<Event>();
  divergence.at = static_cast<std::size_t>(get<std::uint64_t>());
  divergence.signature = verdict.signature;
  verdict.divergence = divergence;
  return verdict;
}

bool send_message(int socket, const MessageWriter& message) {
  const auto size = static_cast<std::uint32_t>(message.bytes().size());
  if (message.bytes().size() > kMaxMessage) return false;
  return send_all(socket, &size, sizeof size) && send_all(socket, message.bytes().data(), size);
}

Receive receive_message(int socket, std::chrono::milliseconds timeout, std::vector<std::uint8_t>& bytes) {
  pollfd wait{socket, POLLIN, 0};
  const auto limit = timeout.count() < 0 ? -1 : static_cast<int>(std::min<std::int64_t>(timeout.count(), 1'000'000));
  const int ready = poll(&wait, 1, limit);
  if (ready < 0) return errno == EINTR ? Receive::interrupted : Receive::closed;
  if (ready == 0) return Receive::timed_out;
  std::uint32_t size = 0;
  if (!receive_all(socket, &size, sizeof size) || size > kMaxMessage) return Receive::closed;
  bytes.resize(size);
  return receive_all(socket, bytes.data(), size) ? Receive::message : Receive::closed;
}

}  // namespace cyclecheck
