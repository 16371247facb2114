#include "harness/campaign/target_engine.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <stdexcept>
#include <system_error>

#include "harness/campaign/discard.hpp"
#include "harness/campaign/inputs.hpp"

namespace cyclecheck {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kKeptOutput = std::size_t{64} * 1024;
constexpr std::chrono::milliseconds kBetweenLooks{300};
constexpr std::chrono::seconds kEarly{3};
constexpr int kMostEarlyDeaths = 30;

std::string inbox(const std::string& running) { return running + "/inbox"; }
std::string set_aside(const std::string& running) { return running + "/set-aside"; }

std::vector<fs::path> files_in(const std::string& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (auto entry = fs::directory_iterator(folder, error); !error && entry != fs::directory_iterator{};
       entry.increment(error)) {
    std::error_code ignored;
    if (entry->is_regular_file(ignored)) files.push_back(entry->path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// libFuzzer's names for inputs that ended the process.
bool is_artefact(const std::string& name) {
  return name.starts_with("crash-") || name.starts_with("timeout-") || name.starts_with("oom-") ||
         name.starts_with("leak-");
}

// The number behind a word such as "cov:".
std::uint64_t number_after(const std::string& line, std::string_view word) {
  const std::size_t at = line.find(word);
  if (at == std::string::npos) return 0;
  const char* begin = line.data() + at + word.size();
  while (*begin == ' ') ++begin;
  std::uint64_t number = 0;
  std::from_chars(begin, line.data() + line.size(), number);
  return number;
}

}  // namespace

struct TargetEngine::Job {
  std::uint32_t number = 0;
  std::uint32_t starts = 0;
  std::unique_ptr<WorkerProcess> process;
  Clock::time_point started;
  // The last of what it wrote, and the line that is not complete yet.
  std::string output;
  std::string line;
  bool has_ended = false;
};

TargetEngine::TargetEngine(FuzzTarget target, TargetOptions options, std::string running, std::string corpus)
    : target_(std::move(target)), options_(options), running_(std::move(running)), corpus_(std::move(corpus)) {}

TargetEngine::~TargetEngine() = default;

std::string TargetEngine::name() const {
  return fmt::format("{} of commit {}", fs::path(target_.path).filename().string(), target_.commit);
}

void TargetEngine::start(StateCounts& /*counts*/, const std::string& counts_path) {
  counts_path_ = fs::absolute(counts_path).string();
  for (const std::string& folder : {inbox(running_), set_aside(running_)}) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) throw std::system_error(error, folder);
  }
  for (std::uint32_t i = 0; i < options_.jobs; ++i) {
    auto job = std::make_unique<Job>();
    job->number = i;
    start(*job);
    jobs_.push_back(std::move(job));
  }
}

void TargetEngine::start(Job& job) {
  const auto seconds = std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::seconds>(options_.timeout).count());
  // libFuzzer takes 0 for a seed of its own choice.
  const std::uint64_t starts = job.starts++;
  const std::uint64_t seed = 1 + (options_.seed * 1'000'003 + job.number + options_.jobs * starts) % 4'000'000'000;
  const std::vector<std::string> command{target_.path,
                                         fmt::format("-seed={}", seed),
                                         fmt::format("-max_len={}", options_.max_length),
                                         fmt::format("-timeout={}", seconds),
                                         "-rss_limit_mb=4096",
                                         "-entropic=0",
                                         "-handle_int=0",
                                         "-handle_term=0",
                                         "-reload=10",
                                         "-print_final_stats=0",
                                         fmt::format("-artifact_prefix={}/", running_),
                                         inbox(running_),
                                         corpus_};
  job.started = Clock::now();
  job.has_ended = false;
  job.output.clear();
  job.line.clear();
  job.process = std::make_unique<WorkerProcess>([&](int socket) {
    become_target(command, socket,
                  {{"CYCLECHECK_STATES", counts_path_}, {"CYCLECHECK_SET_ASIDE", set_aside(running_)}});
  });
}

void TargetEngine::read_output(Job& job) {
  std::array<char, 16384> bytes{};
  while (true) {
    const ssize_t got = recv(job.process->socket(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (got == 0) job.has_ended = true;
    if (got <= 0) return;
    const std::string_view text{bytes.data(), static_cast<std::size_t>(got)};
    job.output += text;
    if (job.output.size() > 2 * kKeptOutput) job.output.erase(0, job.output.size() - kKeptOutput);
    for (const char c : text) {
      if (c != '\n') {
        job.line += c;
        continue;
      }
      look_at(job.line);
      job.line.clear();
    }
  }
}

void TargetEngine::look_at(const std::string& line) {
  if (line.starts_with('#')) coverage_ = std::max(coverage_, number_after(line, "cov:"));
}

void TargetEngine::poll(std::chrono::milliseconds pause, EngineListener& listener) {
  std::vector<pollfd> sockets;
  for (const auto& job : jobs_) sockets.push_back({job->process->socket(), POLLIN, 0});
  (void)::poll(sockets.data(), sockets.size(), static_cast<int>(pause.count()));
  for (const auto& job : jobs_) {
    read_output(*job);
    if (!job->has_ended) continue;
    bury(*job, listener);
    start(*job);
  }
  if (Clock::now() < next_look_) return;
  next_look_ = Clock::now() + kBetweenLooks;
  collect_inputs(listener, false);
  collect_failures(listener);
}

void TargetEngine::bury(Job& job, EngineListener& listener) {
  const WorkerProcess::End end = job.process->wait(kLastWords);
  const bool early = Clock::now() - job.started < kEarly;
  early_deaths_ = early ? early_deaths_ + 1 : 0;
  const Verdict verdict = verdict_of_target(job.output, end.signal, end.status);
  bool has_input = false;
  for (const fs::path& path : files_in(running_)) {
    if (!is_artefact(path.filename().string())) continue;
    const auto content = read_file(path.string());
    const auto* input = std::get_if<std::string>(&content);
    if (input == nullptr) continue;
    has_input = true;
    if (known_.add(0, verdict.signature)) {
      listener.failed(*input, verdict);
    } else {
      listener.failed_again(1);
    }
    std::error_code ignored;
    fs::remove(path, ignored);
  }
  if ((has_input || !early) && early_deaths_ < kMostEarlyDeaths) return;
  const std::string tail = job.output.substr(job.output.size() - std::min<std::size_t>(job.output.size(), 2000));
  throw std::runtime_error(
      fmt::format("{}: ends as soon as it is started ({}):\n{}", target_.path, verdict.signature, tail));
}

// libFuzzer does not write its files at once: one that is not what its name says is not complete yet.
void TargetEngine::collect_inputs(EngineListener& listener, bool at_the_end) {
  for (const fs::path& path : files_in(inbox(running_))) {
    const std::string name = path.filename().string();
    if (seen_.contains(name)) continue;
    const auto content = read_file(path.string());
    const auto* input = std::get_if<std::string>(&content);
    if (input == nullptr || input->size() > kLongestInput) continue;
    if (input_name(*input) != name && !at_the_end) continue;
    seen_.insert(name);
    listener.interesting(*input);
  }
}

void TargetEngine::collect_failures(EngineListener& listener) {
  for (const fs::path& path : files_in(set_aside(running_))) {
    if (path.extension() != ".failure") continue;
    const auto content = read_file(path.string());
    const auto* text = std::get_if<std::string>(&content);
    if (text == nullptr) continue;
    const std::size_t end = text->find('\n');
    if (end == std::string::npos) continue;
    Verdict verdict;
    verdict.outcome = Outcome::divergence;
    verdict.signature = text->substr(0, end);
    if (known_.add(0, verdict.signature)) {
      listener.failed(text->substr(end + 1), verdict);
    } else {
      listener.failed_again(1);
    }
    std::error_code ignored;
    fs::remove(path, ignored);
  }
}

void TargetEngine::stop(EngineListener& listener) {
  for (const auto& job : jobs_) read_output(*job);
  // What they have found is in files.
  jobs_.clear();
  collect_inputs(listener, true);
  collect_failures(listener);
  discard(inbox(running_));
  discard(set_aside(running_));
}

std::vector<pid_t> TargetEngine::processes() const {
  std::vector<pid_t> processes;
  for (const auto& job : jobs_) processes.push_back(job->process->pid());
  return processes;
}

LeftByTarget left_by_target(const std::string& running) {
  LeftByTarget left;
  const auto take = [](const fs::path& path, std::vector<std::string>& inputs, bool has_signature) {
    const auto content = read_file(path.string());
    const auto* text = std::get_if<std::string>(&content);
    if (text == nullptr || text->size() > kLongestInput) return;
    const std::size_t begin = has_signature ? text->find('\n') : std::string::npos;
    inputs.push_back(begin == std::string::npos ? *text : text->substr(begin + 1));
  };
  for (const fs::path& path : files_in(inbox(running))) take(path, left.interesting, false);
  for (const fs::path& path : files_in(set_aside(running))) take(path, left.failed, true);
  for (const fs::path& path : files_in(running)) {
    if (is_artefact(path.filename().string())) take(path, left.failed, false);
  }
  return left;
}

}  // namespace cyclecheck
