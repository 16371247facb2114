#include "harness/campaign/minimise.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <system_error>
#include <unordered_map>
#include <utility>

#include "harness/campaign/discard.hpp"
#include "harness/campaign/guidance.hpp"
#include "harness/inputs/inputs.hpp"
#include "harness/search/search.hpp"
#include "harness/system/system.hpp"

namespace cyclecheck {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kState = std::uint64_t{1} << 32;
constexpr std::chrono::milliseconds kTick{100};

struct Named {
  std::string name;
  std::string bytes;
};

// The inputs of a corpus as the drawing of a search: each is run once, and its number and what it reaches are noted.
class MeasuredInputs final : public CountedTogether {
 public:
  explicit MeasuredInputs(const std::vector<Named>& inputs) : inputs_(inputs) {}

  [[nodiscard]] std::uint64_t size() const override { return inputs_.size(); }
  void draw(std::uint64_t position, const Mark& /*mark*/, Trace& trace) const override {
    const std::string& bytes = inputs_[position].bytes;
    trace = fuzz_trace({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
  }
  [[nodiscard]] bool has_one_each() const override { return false; }
  [[nodiscard]] std::unique_ptr<Drawer> make_drawer(std::size_t /*worker*/) const override {
    return std::make_unique<Measurer>(*this);
  }
  [[nodiscard]] std::optional<std::string> running(std::size_t /*worker*/) const override { return std::string{}; }

 private:
  class Measurer final : public DrawerOfOne {
   public:
    using DrawerOfOne::DrawerOfOne;

    void equip(Contestants& sides) override { heap_states_ = sides.heap_states; }
    void hear(const Verdict& verdict, const Logs& /*logs*/, MessageWriter& note) override {
      if (verdict.outcome != Outcome::agree || heap_states_ == nullptr) return;
      counters_.fill(0);
      heap_states_->count(counters_);
      features_of(counters_, features_);
      std::vector<std::uint64_t> reached(features_.begin(), features_.end());
      for (const HeapState& state : heap_states_->states()) reached.push_back(kState + state.packed());
      std::sort(reached.begin(), reached.end());
      reached.erase(std::unique(reached.begin(), reached.end()), reached.end());
      note.put(position());
      note.put_values(std::span<const std::uint64_t>{reached});
    }

   private:
    const HeapStates* heap_states_ = nullptr;
    std::array<std::uint8_t, kStateCounters> counters_{};
    Features features_;
  };

  const std::vector<Named>& inputs_;
};

// What each input reaches. An input that fails, hangs or ends the process reaches something that no other does. False:
// it was stopped.
bool measure(const std::vector<Named>& inputs, const MinimiseOptions& options,
             std::vector<std::vector<std::uint64_t>>& reached) {
  for (std::size_t i = 0; i < inputs.size(); ++i) reached.push_back({2 * kState + i});
  const MeasuredInputs drawing(inputs);
  WorkersOptions measuring;
  measuring.jobs = options.jobs;
  measuring.observe = options.observe;
  measuring.timeout = options.timeout;
  measuring.note = [&](MessageReader& note) {
    const auto number = static_cast<std::size_t>(note.get<std::uint64_t>());
    reached[number] = note.get_values<std::uint64_t>();
  };
  Workers workers({options.make}, drawing, measuring);
  const auto goes_on = [&] { return !options.stop || !options.stop(); };
  while (workers.next(std::chrono::steady_clock::time_point::max(), goes_on)) continue;
  return workers.is_done();
}

// libFuzzer's names of inputs that ended the process, such as "crash-" and SHA-1, end with the names of inputs.
std::string name_of_artefact(const std::string& artefact) { return artefact.substr(artefact.rfind('-') + 1); }

// The names of the inputs that libFuzzer keeps for the sake of edges, and of those that failed in it.
std::variant<std::set<std::string>, FileError> kept_by_target(const std::string& corpus,
                                                              const MinimiseOptions& options) {
  const std::string scratch = options.scratch + "/merging";
  const std::string merged = scratch + "/merged";
  const std::string failed = scratch + "/failed";
  discard(scratch);
  std::error_code error;
  for (const std::string& folder : {merged, failed}) {
    fs::create_directories(folder, error);
    if (error) return FileError{folder + ": " + error.message()};
  }
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(options.timeout).count();
  const std::vector<std::string> command{options.target->path,
                                         "-merge=1",
                                         "-max_len=65536",
                                         fmt::format("-timeout={}", seconds),
                                         fmt::format("-artifact_prefix={}/", failed),
                                         merged,
                                         corpus};
  // libFuzzer merges in a process of its own, which is to end with this one.
  WorkerProcess process([&](int socket) {
    (void)setpgid(0, 0);
    become_target(command, socket, {});
  });
  (void)setpgid(process.pid(), process.pid());
  std::array<char, 4096> bytes{};
  std::string output;
  std::set<std::string> names;
  while (true) {
    if (options.stop && options.stop()) {
      (void)kill(-process.pid(), SIGKILL);
      return names;
    }
    pollfd wait{process.socket(), POLLIN, 0};
    if (poll(&wait, 1, static_cast<int>(kTick.count())) <= 0) continue;
    const ssize_t got = recv(process.socket(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (got == 0) break;
    if (got > 0) output.append(bytes.data(), static_cast<std::size_t>(got));
    if (output.size() > 65536) output.erase(0, output.size() - 4096);
  }
  const WorkerProcess::End end = process.wait(20);
  if (end.signal != 0 || end.status != 0) {
    return FileError{fmt::format("{}: -merge=1 failed:\n{}", options.target->path, output)};
  }
  for (const std::string& folder : {merged, failed}) {
    for (auto entry = fs::directory_iterator(folder, error); !error && entry != fs::directory_iterator{};
         entry.increment(error)) {
      const std::string name = entry->path().filename().string();
      names.insert(folder == failed ? name_of_artefact(name) : name);
    }
  }
  discard(scratch);
  return names;
}

}  // namespace

std::vector<std::size_t> choose_inputs(std::span<const std::vector<std::uint64_t>> reached) {
  // Those that reach something that none before them did; and of these, from the last one on, those without which
  // something would be missing.
  std::unordered_map<std::uint64_t, std::uint32_t> times;
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < reached.size(); ++i) {
    const bool brings =
        std::any_of(reached[i].begin(), reached[i].end(), [&](auto what) { return !times.contains(what); });
    if (!brings) continue;
    for (const std::uint64_t what : reached[i]) ++times[what];
    kept.push_back(i);
  }
  std::vector<std::size_t> needed;
  for (auto i = kept.rbegin(); i != kept.rend(); ++i) {
    const bool is_needed =
        std::any_of(reached[*i].begin(), reached[*i].end(), [&](auto what) { return times[what] == 1; });
    if (is_needed) {
      needed.push_back(*i);
    } else {
      for (const std::uint64_t what : reached[*i]) --times[what];
    }
  }
  std::reverse(needed.begin(), needed.end());
  return needed;
}

std::variant<Minimised, FileError> minimise(Inputs& corpus, const MinimiseOptions& options) {
  Minimised result{corpus.size(), corpus.size(), false};
  std::vector<Named> inputs;
  for (const auto& [name, bytes] : corpus.all()) inputs.push_back({name, bytes});
  std::stable_sort(inputs.begin(), inputs.end(),
                   [](const Named& one, const Named& other) { return one.bytes.size() < other.bytes.size(); });
  std::vector<std::vector<std::uint64_t>> reached;
  if (!measure(inputs, options, reached)) return Minimised{corpus.size(), corpus.size(), true};
  std::set<std::string> kept;
  for (const std::size_t i : choose_inputs(reached)) kept.insert(inputs[i].name);
  if (options.target) {
    auto merged = kept_by_target(fs::path(corpus.path_of("x")).parent_path().string(), options);
    if (auto* error = std::get_if<FileError>(&merged)) return std::move(*error);
    if (options.stop && options.stop()) return Minimised{corpus.size(), corpus.size(), true};
    kept.merge(std::get<std::set<std::string>>(merged));
  }
  // What is not removed any more when time is up does no harm.
  for (const Named& input : inputs) {
    if (options.stop && options.stop()) break;
    if (!kept.contains(input.name)) corpus.remove(input.name);
  }
  result.after = corpus.size();
  return result;
}

}  // namespace cyclecheck
