#include "harness/campaign/mutated_inputs.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <span>
#include <system_error>
#include <utility>

#include "harness/system/system.hpp"
#include "trace/binary.hpp"

namespace cyclecheck {
namespace {

std::span<const std::uint8_t> bytes_of(const std::string& input) {
  return {reinterpret_cast<const std::uint8_t*>(input.data()), input.size()};
}

// A job's state in a file of its own.
JobState* map_state(const std::string& path) {
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file < 0) throw std::system_error(errno, std::generic_category(), path);
  // Space is reserved now: writing to a mapped page for which there is none would be a SIGBUS.
  int error = posix_fallocate(file, 0, sizeof(JobState));
  void* memory = MAP_FAILED;
  if (error == 0) {
    memory = mmap(nullptr, sizeof(JobState), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (memory == MAP_FAILED) error = errno;
  }
  close(file);
  if (error != 0) {
    unlink(path.c_str());
    throw std::system_error(error, std::generic_category(), path);
  }
  return new (memory) JobState{};
}

std::string input_in(const JobState& state) { return {state.input.begin(), state.input.begin() + state.size.load()}; }

}  // namespace

std::optional<std::string> interrupted_input(const std::string& path) {
  const auto content = read_file(path);
  const auto* bytes = std::get_if<std::string>(&content);
  if (bytes == nullptr || bytes->size() != sizeof(JobState)) return std::nullopt;
  const auto state = std::make_unique<JobState>();
  std::memcpy(static_cast<void*>(state.get()), bytes->data(), sizeof(JobState));
  if (!state->runs.load() || state->size.load() > kLongestInput) return std::nullopt;
  return input_in(*state);
}

struct MutatedInputs::Job {
  explicit Job(std::string file) : path(std::move(file)), state(map_state(path)) {}
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;
  ~Job() {
    munmap(state, sizeof(JobState));
    unlink(path.c_str());
  }

  std::string path;
  JobState* state;
};

class MutatedInputs::Mutator final : public Drawer {
 public:
  Mutator(const MutatedInputs& drawing, JobState& state)
      : options_(drawing.options_),
        round_(drawing.round_),
        guidance_(drawing.guidance_),
        found_(drawing.found_),
        counts_(drawing.counts_),
        state_(state),
        random_(0),
        read_(drawing.known_),
        buffer_(std::max(options_.max_length, kLongestInput)) {}

  void equip(Contestants& sides) override {
    heap_states_ = sides.heap_states;
    sides.add_reach = nullptr;
    sides.add_states = nullptr;
  }

  bool first(std::uint64_t position, Mark& mark, Trace& trace) override { return go_on(position, mark, trace); }
  // Never the same numbers twice, however often a job has to be started.
  bool go_on(std::uint64_t position, Mark& mark, Trace& trace) override {
    random_ = Random{options_.seed, (round_ << 56) + (position << 40) + mark.number};
    return next(mark, trace);
  }
  bool next(Mark& /*mark*/, Trace& trace) override {
    while (read_ < found_.end()) {
      found_.read(read_, input_, features_);
      if (guidance_.is_news(features_)) guidance_.add(input_, features_);
    }
    measures_ = next_unmeasured();
    size_ = measures_ ? copy(guidance_.input(*measures_), buffer_) : changed();
    leave_out_missing();
    const std::span<const std::uint8_t> input{buffer_.data(), size_};
    // Now: if this is the last thing that the process does, it is known what it was.
    std::copy(input.begin(), input.end(), state_.input.begin());
    state_.size.store(static_cast<std::uint32_t>(size_));
    state_.runs.store(true, std::memory_order_release);
    trace = fuzz_trace(input);
    return true;
  }

  void hear(const Verdict& verdict, const Logs& /*logs*/, MessageWriter& note) override {
    state_.runs.store(false, std::memory_order_release);
    features_.clear();
    counts_.count_execution(heap_states_ == nullptr ? std::span<const HeapState>{} : heap_states_->states());
    if (heap_states_ != nullptr && verdict.outcome == Outcome::agree) {
      counters_.fill(0);
      heap_states_->count(counters_);
      features_of(counters_, features_);
    }
    if (measures_) {
      guidance_.measured(*measures_, features_);
      note.put(JobNote::measured);
      note.put(*measures_);
    } else if (guidance_.is_news(features_)) {
      input_.assign(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(size_));
      guidance_.add(input_, features_);
      note.put(JobNote::interesting);
      note.put(input_);
    } else {
      return;
    }
    note.put_values(std::span<const std::uint32_t>{features_});
  }

 private:
  static std::size_t copy(const std::string& input, std::span<std::uint8_t> into) {
    const std::size_t size = std::min(input.size(), into.size());
    std::copy_n(input.begin(), size, into.begin());
    return size;
  }

  // What the corpus brings, input by input, but those that ended a process of this job.
  std::optional<std::uint32_t> next_unmeasured() {
    auto number = guidance_.next_unmeasured();
    for (; number && *number < state_.measured.load(); number = guidance_.next_unmeasured()) {
      guidance_.measured(*number, {});
    }
    if (number) state_.measured.store(*number + 1);
    return number;
  }

  // A trace as `cyclecheck run` draws them.
  std::size_t drawn() {
    const auto& wanted = options_.profiles;
    const std::uint32_t choice = random_.below(wanted.empty() ? kProfiles : static_cast<std::uint32_t>(wanted.size()));
    const auto profile = wanted.empty() ? static_cast<ProfileId>(choice) : wanted[choice];
    generate(random_.next(), 0, {.profile = profile}, trace_);
    bound(trace_);
    const auto bytes = encode_trace(trace_);
    const std::size_t size = std::min(bytes.size(), buffer_.size());
    std::copy_n(bytes.begin(), size, buffer_.begin());
    return size;
  }

  std::size_t changed() {
    if (random_.chance(64)) return drawn();
    // Long ones take long; but what it takes many operations to reach no short one reaches.
    const std::size_t room = random_.chance(8) ? buffer_.size() / 16 : 0;
    const std::span<std::uint8_t> buffer{buffer_.data(), std::max(options_.max_length, room)};
    std::size_t size = 0;
    const std::uint64_t seed = random_.next();
    if (guidance_.is_empty()) {
      size = mutate_input(buffer, 0, seed);
    } else {
      const std::string& base = guidance_.pick(random_);
      if (random_.chance(32)) {
        size = cross_inputs(bytes_of(base), bytes_of(guidance_.pick(random_)), buffer, seed);
      } else {
        size = copy(base, buffer);
        size = mutates_bytes(seed) ? mutate_bytes(buffer, size, seed) : mutate_input(buffer, size, seed);
      }
    }
    return keep_profile(size);
  }

  // The second byte of an input is its profile.
  std::size_t keep_profile(std::size_t size) {
    const auto& wanted = options_.profiles;
    if (wanted.empty()) return size;
    for (; size < 2; ++size) buffer_[size] = 0;
    const auto profile = static_cast<ProfileId>(buffer_[1] % kProfiles);
    if (std::find(wanted.begin(), wanted.end(), profile) == wanted.end()) {
      buffer_[1] = static_cast<std::uint8_t>(wanted[random_.below(static_cast<std::uint32_t>(wanted.size()))]);
    }
    return size;
  }

  void leave_out_missing() {
    if (options_.missing.none() && options_.lacks.none()) return;
    Trace trace = fuzz_trace({buffer_.data(), size_});
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
    size_ = std::min(bytes.size(), buffer_.size());
    std::copy_n(bytes.begin(), size_, buffer_.begin());
  }

  const BuiltInOptions& options_;
  std::uint64_t round_;
  Guidance& guidance_;
  const SharedInputs& found_;
  StateCounts& counts_;
  JobState& state_;
  Random random_;
  Trace trace_;
  // Of `found_`, how much it knows.
  std::size_t read_;
  const HeapStates* heap_states_ = nullptr;
  // The input that runs, and its number if it is one of the corpus that is not measured yet.
  std::vector<std::uint8_t> buffer_;
  std::size_t size_ = 0;
  std::optional<std::uint32_t> measures_;
  std::string input_;
  std::array<std::uint8_t, kStateCounters> counters_{};
  Features features_;
};

MutatedInputs::MutatedInputs(const BuiltInOptions& options, const std::string& running, std::uint64_t round,
                             Guidance& guidance, const SharedInputs& found, StateCounts& counts)
    : options_(options), round_(round), guidance_(guidance), found_(found), known_(found.end()), counts_(counts) {
  for (std::uint32_t i = 0; i < options.jobs; ++i) {
    jobs_.push_back(std::make_unique<Job>(fmt::format("{}/job-{}", running, i)));
  }
}

MutatedInputs::~MutatedInputs() = default;

void MutatedInputs::draw(std::uint64_t /*position*/, const Mark& /*mark*/, Trace& trace) const { trace = {}; }

std::unique_ptr<Drawer> MutatedInputs::make_drawer(std::size_t worker) const {
  return std::make_unique<Mutator>(*this, *jobs_[worker]->state);
}

std::optional<std::string> MutatedInputs::running(std::size_t worker) const { return input_in(*jobs_[worker]->state); }

}  // namespace cyclecheck
