#include "harness/campaign/built_in_engine.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <system_error>

#include "harness/compare/compare.hpp"
#include "harness/isolate/isolate.hpp"

namespace cyclecheck {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kStopSeconds{5};

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

}  // namespace

struct BuiltInEngine::Job {
  std::uint32_t number = 0;
  // How often it was started: each time with other random numbers.
  std::uint32_t starts = 0;
  std::string path;
  JobState* state = nullptr;
  std::unique_ptr<WorkerProcess> worker;
  // Of `found_`, how much it knows.
  std::size_t synced = 0;
  HangGuard guard;

  Job() = default;
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;
  ~Job() {
    worker.reset();
    if (state == nullptr) return;
    munmap(state, sizeof(JobState));
    unlink(path.c_str());
  }
};

BuiltInEngine::BuiltInEngine(std::string name, MakeContestants make, BuiltInOptions options, std::string running,
                             const std::vector<std::string>& corpus, KnownFailures known)
    : name_(std::move(name)),
      make_(std::move(make)),
      options_(std::move(options)),
      running_(std::move(running)),
      known_(std::move(known)) {
  for (const std::string& input : corpus) guidance_.add_unmeasured(input);
}

BuiltInEngine::~BuiltInEngine() = default;

void BuiltInEngine::start(StateCounts& counts, const std::string& /*counts_path*/) {
  counts_ = &counts;
  for (std::uint32_t i = 0; i < options_.jobs; ++i) {
    auto job = std::make_unique<Job>();
    job->number = i;
    job->path = fmt::format("{}/job-{}", running_, i);
    job->state = map_state(job->path);
    start(*job);
    jobs_.push_back(std::move(job));
  }
}

void BuiltInEngine::start(Job& job) {
  job.state->stop.store(false);
  job.state->phase.store(Phase::idle);
  job.synced = found_.size();
  job.guard.begin(job.state->heartbeat.load(), {});
  // Never the same numbers twice, however often a job has to be started.
  const std::uint32_t stream = job.number + options_.jobs * job.starts++;
  job.worker = std::make_unique<WorkerProcess>([&, stream](int socket) {
    BuiltInJob(make_, options_, stream, std::move(guidance_), known_, *job.state, *counts_, socket).run();
  });
}

void BuiltInEngine::poll(std::chrono::milliseconds pause, EngineListener& listener) {
  std::vector<pollfd> sockets;
  for (const auto& job : jobs_) sockets.push_back({job->worker->socket(), POLLIN, 0});
  const int ready = ::poll(sockets.data(), sockets.size(), static_cast<int>(pause.count()));
  for (std::size_t i = 0; i < jobs_.size(); ++i) {
    Job& job = *jobs_[i];
    if (ready > 0 && sockets[i].revents != 0) {
      handle(job, listener);
      continue;
    }
    const std::uint64_t beat = job.state->heartbeat.load();
    const bool waits = job.state->phase.load() == Phase::idle;
    const std::chrono::microseconds delayed = job.worker->delayed();
    if (waits) job.guard.begin(beat, delayed);
    if (job.guard.hangs(beat, delayed, options_.timeout)) bury(job, true, listener);
  }
}

// Everything that the job has said.
void BuiltInEngine::handle(Job& job, EngineListener& listener) {
  while (true) {
    const Receive received = receive_message(job.worker->socket(), std::chrono::milliseconds{0}, received_);
    if (received == Receive::closed) return bury(job, false, listener);
    if (received != Receive::message) return;
    job.guard.begin(job.state->heartbeat.load(), job.worker->delayed());
    MessageReader reader{received_};
    switch (reader.get<JobMessage>()) {
      case JobMessage::interesting: {
        std::string input = reader.get_string();
        Features features = reader.get_values<std::uint32_t>();
        // Two jobs may find the same thing.
        if (!guidance_.is_news(features)) break;
        guidance_.add(input, features);
        listener.interesting(input);
        found_.emplace_back(std::move(input), std::move(features));
        break;
      }
      case JobMessage::measured: {
        const auto number = reader.get<std::uint32_t>();
        guidance_.measured(number, reader.get_values<std::uint32_t>());
        break;
      }
      case JobMessage::failed: {
        const std::string input = reader.get_string();
        note_failure(input, reader.get_verdict(), listener);
        break;
      }
      case JobMessage::failed_again:
        listener.failed_again(reader.get<std::uint64_t>());
        break;
      case JobMessage::sync:
        answer_sync(job);
        break;
    }
  }
}

void BuiltInEngine::answer_sync(Job& job) {
  MessageWriter message;
  message.put(std::uint64_t{found_.size() - job.synced});
  for (; job.synced < found_.size(); ++job.synced) {
    const auto& [input, features] = found_[job.synced];
    message.put(input);
    message.put_values(std::span<const std::uint32_t>{features});
  }
  // A job that is gone is noticed at the next look.
  (void)send_message(job.worker->socket(), message);
}

void BuiltInEngine::note_failure(const std::string& input, const Verdict& verdict, EngineListener& listener) {
  if (!known_.add(0, verdict.signature)) return listener.failed_again(1);
  listener.failed(input, verdict);
}

void BuiltInEngine::bury(Job& job, bool hung, EngineListener& listener) {
  const Death death = death_of(*job.worker, hung, job.state->phase.load(std::memory_order_acquire));
  job.worker.reset();
  const std::string input{job.state->input.begin(), job.state->input.begin() + job.state->size.load()};
  // It may be one of the corpus: it is not to be tried again.
  for (auto number = guidance_.next_unmeasured(); number && guidance_.input(*number) == input;) {
    guidance_.measured(*number, {});
    number = guidance_.next_unmeasured();
  }
  // A job that was told to stop ends well.
  const bool was_told = job.state->stop.load();
  const bool ended_well = was_told && !hung && death.end.signal == 0 && death.end.status == 0;
  if (!ended_well) note_failure(input, death.verdict, listener);
  if (!was_told) start(job);
}

void BuiltInEngine::stop(EngineListener& listener) {
  for (const auto& job : jobs_) job->state->stop.store(true);
  const auto deadline = Clock::now() + std::min<Clock::duration>(kStopSeconds, options_.timeout);
  std::vector<std::unique_ptr<Job>> jobs = std::move(jobs_);
  jobs_.clear();
  for (const auto& job : jobs) {
    // Its last words; an input that takes longer than this is left alone.
    while (job->worker && Clock::now() < deadline) {
      pollfd socket{job->worker->socket(), POLLIN, 0};
      if (::poll(&socket, 1, 20) > 0) handle(*job, listener);
    }
  }
}

std::vector<pid_t> BuiltInEngine::processes() const {
  std::vector<pid_t> processes;
  for (const auto& job : jobs_) processes.push_back(job->worker->pid());
  return processes;
}

}  // namespace cyclecheck
