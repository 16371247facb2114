#include "harness/campaign/built_in_job.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <memory>
#include <span>
#include <utility>

#include "harness/compare/compare.hpp"
#include "harness/inputs/inputs.hpp"
#include "harness/shrink/shrink.hpp"
#include "trace/binary.hpp"

namespace cyclecheck {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kBetweenSyncs{250};
// Looking at the clock is not free.
constexpr std::uint64_t kExecutionsBetweenLooks = 64;

std::span<const std::uint8_t> bytes_of(const std::string& input) {
  return {reinterpret_cast<const std::uint8_t*>(input.data()), input.size()};
}

std::string text_of(std::span<const std::uint8_t> input) { return {input.begin(), input.end()}; }

}  // namespace

std::optional<std::string> interrupted_input(const std::string& path) {
  const auto content = read_file(path);
  const auto* bytes = std::get_if<std::string>(&content);
  if (bytes == nullptr || bytes->size() != sizeof(JobState)) return std::nullopt;
  const auto state = std::make_unique<JobState>();
  std::memcpy(static_cast<void*>(state.get()), bytes->data(), sizeof(JobState));
  const std::uint32_t size = state->size.load();
  if (state->phase.load() == Phase::idle || size > kLongestInput) return std::nullopt;
  return std::string{state->input.begin(), state->input.begin() + size};
}

BuiltInJob::BuiltInJob(const MakeContestants& make, const BuiltInOptions& options, std::uint32_t number,
                       Guidance guidance, KnownFailures known, JobState& state, StateCounts& counts, int socket)
    : make_(make),
      options_(options),
      random_(options.seed, number),
      guidance_(std::move(guidance)),
      known_(std::move(known)),
      state_(state),
      counts_(counts),
      socket_(socket),
      contestants_(make()),
      buffer_(std::max(options.max_length, kLongestInput)) {}

void BuiltInJob::run() {
  measure();
  auto last_sync = Clock::now();
  for (std::uint64_t i = 1; !is_over_ && !state_.stop.load(std::memory_order_relaxed); ++i) {
    change_one();
    if (i % kExecutionsBetweenLooks != 0 || Clock::now() - last_sync < kBetweenSyncs) continue;
    sync();
    last_sync = Clock::now();
  }
  sync();
}

// What the corpus brings. An input that fails is told like any other.
void BuiltInJob::measure() {
  while (const auto number = guidance_.next_unmeasured()) {
    if (is_over_ || state_.stop.load(std::memory_order_relaxed)) return;
    const std::string& input = guidance_.input(*number);
    std::size_t size = std::min(input.size(), buffer_.size());
    std::copy_n(input.begin(), size, buffer_.begin());
    leave_out_missing(size);
    const bool agrees = execute({buffer_.data(), size});
    if (!agrees) features_.clear();
    guidance_.measured(*number, features_);
    MessageWriter message;
    message.put(JobMessage::measured);
    message.put(*number);
    message.put_values(std::span<const std::uint32_t>{features_});
    send(message);
  }
}

void BuiltInJob::change_one() {
  const std::span<std::uint8_t> buffer{buffer_.data(), options_.max_length};
  std::size_t size = 0;
  const std::uint64_t seed = random_.next();
  if (!guidance_.is_empty()) {
    const std::string& base = guidance_.pick(random_);
    if (random_.chance(32)) {
      size = cross_inputs(bytes_of(base), bytes_of(guidance_.pick(random_)), buffer, seed);
    } else {
      size = std::min(base.size(), buffer.size());
      std::copy_n(base.begin(), size, buffer_.begin());
      size = mutates_bytes(seed) ? mutate_bytes(buffer, size, seed) : mutate_input(buffer, size, seed);
    }
  } else {
    size = mutate_input(buffer, 0, seed);
  }
  keep_profile(size);
  leave_out_missing(size);
  const std::span<const std::uint8_t> input{buffer_.data(), size};
  if (!execute(input) || !guidance_.is_news(features_)) return;
  guidance_.add(text_of(input), features_);
  MessageWriter message;
  message.put(JobMessage::interesting);
  message.put(text_of(input));
  message.put_values(std::span<const std::uint32_t>{features_});
  send(message);
}

// The second byte of an input is its profile.
void BuiltInJob::keep_profile(std::size_t& size) {
  if (options_.profiles.empty()) return;
  for (; size < 2; ++size) buffer_[size] = 0;
  const auto profile = static_cast<ProfileId>(buffer_[1] % kProfiles);
  const auto& wanted = options_.profiles;
  if (std::find(wanted.begin(), wanted.end(), profile) != wanted.end()) return;
  buffer_[1] = static_cast<std::uint8_t>(wanted[random_.below(static_cast<std::uint32_t>(wanted.size()))]);
}

void BuiltInJob::leave_out_missing(std::size_t& size) {
  if (options_.missing.none() && options_.lacks.none()) return;
  Trace trace = fuzz_trace({buffer_.data(), size});
  const auto is_missing = [&](const Operation& operation) {
    return options_.missing.test(static_cast<std::size_t>(operation.code));
  };
  std::erase_if(trace.operations, is_missing);
  for (std::size_t i = 0; i < trace.scripts.size(); ++i) {
    std::erase_if(trace.scripts[i], is_missing);
    if (trace.scripts[i].empty()) empty_script(trace, static_cast<ScriptId>(i));
  }
  leave_out(options_.lacks, trace);
  // Never longer than it was, but for a trace that was cut off in the middle of an operation.
  const auto bytes = encode_trace(trace);
  size = std::min(bytes.size(), buffer_.size());
  std::copy_n(bytes.begin(), size, buffer_.begin());
}

bool BuiltInJob::execute(std::span<const std::uint8_t> input) {
  // First of all: if this is the last thing that the process does, it is known what it was.
  std::copy(input.begin(), input.end(), state_.input.begin());
  state_.size.store(static_cast<std::uint32_t>(input.size()), std::memory_order_release);
  const Trace trace = fuzz_trace(input);
  const Verdict verdict = check(contestants_, trace, options_.observe, logs_, state_.phase);
  if (contestants_.heap_states != nullptr) {
    counts_.count_execution(contestants_.heap_states->states());
    counters_.fill(0);
    contestants_.heap_states->count(counters_);
    features_of(counters_, features_);
  } else {
    counts_.count_execution({});
    features_.clear();
  }
  state_.heartbeat.fetch_add(1, std::memory_order_relaxed);
  if (verdict.outcome == Outcome::agree) return true;
  report_failure(input, verdict);
  // What an exception left behind is not to disturb the inputs that follow.
  if (verdict.outcome == Outcome::exception) contestants_ = make_();
  return false;
}

void BuiltInJob::report_failure(std::span<const std::uint8_t> input, const Verdict& verdict) {
  if (!known_.add(0, verdict.signature)) {
    ++failed_again_;
    return;
  }
  MessageWriter message;
  message.put(JobMessage::failed);
  message.put(text_of(input));
  message.put(verdict);
  send(message);
}

void BuiltInJob::send(const MessageWriter& message) {
  if (!send_message(socket_, message)) is_over_ = true;
}

void BuiltInJob::sync() {
  if (failed_again_ != 0) {
    MessageWriter again;
    again.put(JobMessage::failed_again);
    again.put(std::exchange(failed_again_, 0));
    send(again);
  }
  MessageWriter message;
  message.put(JobMessage::sync);
  send(message);
  if (is_over_) return;
  if (receive_message(socket_, std::chrono::milliseconds{-1}, received_) != Receive::message) {
    is_over_ = true;
    return;
  }
  MessageReader reader{received_};
  for (auto left = reader.get<std::uint64_t>(); left > 0; --left) {
    std::string input = reader.get_string();
    const auto features = reader.get_values<std::uint32_t>();
    if (guidance_.is_news(features)) guidance_.add(std::move(input), features);
  }
  state_.heartbeat.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace cyclecheck
