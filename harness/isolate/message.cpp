#include "harness/isolate/message.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <tuple>

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

// The fields of values that have padding, in one order for both ends.
template <typename SettingsType>
auto fields(SettingsType& settings) requires std::is_same_v<std::remove_const_t<SettingsType>, Settings> {
  auto& [threshold, enabled, free_lists_filled] = settings;
  return std::tie(threshold, enabled, free_lists_filled);
}

template <typename OperationType>
auto fields(OperationType& operation) requires std::is_same_v<std::remove_const_t<OperationType>, Operation> {
  auto& [code, kind, finalizer, target, a, b, c, script, number, count, text] = operation;
  return std::tie(code, kind, finalizer, target, a.kind, a.name, a.slot, b.kind, b.name, b.slot, c.kind, c.name, c.slot,
                  script, number, count, text);
}

template <typename EventType>
auto fields(EventType& event) requires std::is_same_v<std::remove_const_t<EventType>, Event> {
  auto& [kind, none, label, number] = event;
  return std::tie(kind, none, label.name, label.part, label.serial, number[0], number[1], number[2]);
}

template <typename Value>
void put_fields(MessageWriter& writer, const Value& value) {
  std::apply([&](const auto&... field) { (writer.put(field), ...); }, fields(value));
}

template <typename Value>
Value get_fields(MessageReader& reader) {
  Value value;
  const auto get = [&]<typename Field>(Field& field) {
    if constexpr (std::is_same_v<Field, std::string>) {
      field = reader.get_string();
    } else {
      field = reader.get<Field>();
    }
  };
  std::apply([&](auto&... field) { (get(field), ...); }, fields(value));
  return value;
}

}  // namespace

void MessageWriter::put_bytes(const void* from, std::size_t size) {
  const auto* bytes = static_cast<const std::uint8_t*>(from);
  bytes_.insert(bytes_.end(), bytes, bytes + size);
}

void MessageWriter::put(const std::string& text) {
  put(std::uint64_t{text.size()});
  put_bytes(text.data(), text.size());
}

void MessageWriter::put(std::span<const Operation> operations) {
  put(std::uint64_t{operations.size()});
  for (const Operation& operation : operations) put_fields(*this, operation);
}

void MessageWriter::put(std::span<const Event> events) {
  put(std::uint64_t{events.size()});
  for (const Event& event : events) put_fields(*this, event);
}

void MessageWriter::put(const Trace& trace) {
  put(trace.profile);
  put_fields(*this, trace.settings);
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

void MessageWriter::put_optional(const Log* log) {
  put(log != nullptr);
  if (log != nullptr) put(*log);
}

void MessageWriter::put(const Verdict& verdict) {
  put(verdict.outcome);
  put(verdict.left_out);
  put(verdict.signature);
  put(verdict.output);
  put(std::uint64_t{verdict.also.size()});
  for (const Verdict& other : verdict.also) put(other);
  put(verdict.divergence.has_value());
  if (!verdict.divergence) return;
  const Divergence& divergence = *verdict.divergence;
  put(std::uint64_t{divergence.operation});
  put(divergence.level);
  put(std::span<const Event>{divergence.expected});
  put(std::span<const Event>{divergence.actual});
  put(std::uint64_t{divergence.at});
  put(divergence.broken);
}

void MessageReader::get_bytes(void* to, std::size_t size) {
  const std::size_t take = std::min(size, left());
  if (take > 0) std::memcpy(to, bytes_.data() + at_, take);
  at_ += take;
}

std::string MessageReader::get_string() {
  const auto size = get<std::uint64_t>();
  std::string text(size <= left() ? static_cast<std::size_t>(size) : 0, '\0');
  get_bytes(text.data(), text.size());
  return text;
}

std::vector<Operation> MessageReader::get_operations() {
  std::vector<Operation> operations;
  const auto size = get<std::uint64_t>();
  for (std::uint64_t i = 0; i < size && left() > 0; ++i) operations.push_back(get_fields<Operation>(*this));
  return operations;
}

std::vector<Event> MessageReader::get_events() {
  std::vector<Event> events;
  const auto size = get<std::uint64_t>();
  for (std::uint64_t i = 0; i < size && left() > 0; ++i) events.push_back(get_fields<Event>(*this));
  return events;
}

Trace MessageReader::get_trace() {
  Trace trace;
  trace.profile = get<ProfileId>();
  trace.settings = get_fields<Settings>(*this);
  trace.operations = get_operations();
  const auto scripts = get<std::uint64_t>();
  for (std::uint64_t i = 0; i < scripts && left() > 0; ++i) trace.scripts.push_back(get_operations());
  const auto names = get<std::uint64_t>();
  for (std::uint64_t i = 0; i < names && left() > 0; ++i) trace.names.push_back(get_string());
  return trace;
}

Log MessageReader::get_log() {
  Log log;
  const auto operations = get<std::uint64_t>();
  for (std::uint64_t i = 0; i < operations && left() > 0; ++i) {
    for (const Event& event : get_events()) log.add(event);
    log.end_operation();
  }
  return log;
}

std::optional<Log> MessageReader::get_optional_log() {
  if (!get<bool>()) return std::nullopt;
  return get_log();
}

Verdict MessageReader::get_verdict() {
  Verdict verdict;
  verdict.outcome = get<Outcome>();
  verdict.left_out = get<bool>();
  verdict.signature = get_string();
  verdict.output = get_string();
  for (auto others = get<std::uint64_t>(); others > 0 && left() > 0; --others) verdict.also.push_back(get_verdict());
  if (!get<bool>()) return verdict;
  Divergence divergence;
  divergence.operation = static_cast<std::size_t>(get<std::uint64_t>());
  divergence.level = get<Level>();
  divergence.expected = get_events();
  divergence.actual = get_events();
  divergence.at = static_cast<std::size_t>(get<std::uint64_t>());
  divergence.broken = get_string();
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
