#include "harness/cli/oom_run.hpp"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "harness/cli/exit_status.hpp"
#include "harness/cli/report.hpp"
#include "harness/generate/generate.hpp"
#include "harness/oom/oom.hpp"
#include "harness/shrink/shrink.hpp"
#include "harness/system/system.hpp"
#include "trace/file.hpp"

namespace cyclecheck::cli {
namespace {

using Clock = std::chrono::steady_clock;

// What the worker leaves for the program that watches it. A worker may die at any point.
struct Progress {
  OomCount count;
  // The trace that is being checked, and its failure point.
  std::uint64_t position = 0;
  std::uint64_t point = 0;
  bool failed = false;
};

class OomRun {
 public:
  explicit OomRun(const OomOptions& options) : options_(options), progress_(make_shared_value<Progress>()) {}
  OomRun(const OomRun&) = delete;
  OomRun& operator=(const OomRun&) = delete;
  ~OomRun() { free_shared_value(progress_); }

  int run() {
    std::fflush(stdout);
    const pid_t worker = fork();
    if (worker < 0) {
      fmt::print(stderr, "cyclecheck: cannot start a worker\n");
      return kBadInput;
    }
    if (worker == 0) {
      on_large_stack([this] { work(); });
      std::fflush(stdout);
      std::_Exit(progress_->failed ? kFailed : kAgree);
    }
    int status = 0;
    while (waitpid(worker, &status, 0) < 0) {
    }
    if (!WIFEXITED(status)) return report_crash(WTERMSIG(status));
    if (WEXITSTATUS(status) != kAgree && !progress_->failed) return report_crash(0);
    return summary();
  }

 private:
  [[nodiscard]] Trace trace_at(std::uint64_t position) const {
    const std::uint64_t profiles = options_.profiles.size();
    // Whatever the seed, and however short the run: every site comes up in the first trace of a profile.
    if (position < profiles) return trace_of_every_site(options_.profiles[position]);
    position -= profiles;
    return generate(options_.seed, options_.first + position / profiles,
                    {.profile = options_.profiles[position % profiles],
                     .max_operations = options_.max_operations,
                     .without = kFaults});
  }

  [[nodiscard]] bool has_callbacks() const {
    return std::any_of(options_.profiles.begin(), options_.profiles.end(),
                       [](ProfileId id) { return profile(id).has_callbacks; });
  }

  [[nodiscard]] bool is_over() const {
    if (was_interrupted()) return true;
    return options_.time.count() != 0 && Clock::now() - begin_ >= options_.time;
  }

  void work() {
    const std::uint64_t limit = (options_.traces == 0 ? 0 : options_.traces + 1) * options_.profiles.size();
    for (std::uint64_t position = 0; !is_over() && (limit == 0 || position < limit); ++position) {
      progress_->position = position;
      const Trace trace = trace_at(position);
      OomCount count;
      const auto failure = check_out_of_memory(trace, count, [this](std::uint64_t point) {
        progress_->point = point;
        return is_over();
      });
      progress_->count.add(count);
      if (!failure) continue;
      progress_->failed = true;
      report(trace, *failure);
      return;
    }
  }

  void announce(const Trace& trace, const std::string& signature) const {
    fmt::print("{}: trace {} of {} operations: {}; shrinking\n", profile(trace.profile).name, progress_->position,
               trace.operations.size(), signature);
    std::fflush(stdout);
    tell(keep_original(trace));
  }

  [[nodiscard]] std::string folder() const {
    return fmt::format("{}/out-of-memory-seed{}-{}", options_.findings, options_.seed, progress_->position);
  }

  static void tell(const std::variant<std::monostate, FileError>& written) {
    if (const auto* error = std::get_if<FileError>(&written)) fmt::print(stderr, "cyclecheck: {}\n", error->message);
  }

  // Before it is shrunk: so it is not lost whatever ends the run. The file's time says when the failure was met.
  [[nodiscard]] std::variant<std::monostate, FileError> keep_original(const Trace& trace) const {
    std::error_code ignored;
    std::filesystem::create_directories(folder(), ignored);
    return save_trace(trace, folder() + "/original.cyct", TraceFormat::binary);
  }

  [[nodiscard]] ShrinkOptions shrinking() const {
    ShrinkOptions shrinking;
    shrinking.budget = options_.shrink_time;
    shrinking.stop = [] { return was_interrupted(); };
    return shrinking;
  }

  void report(const Trace& trace, const OomFailure& failure) const {
    const std::string signature = failure.signature();
    announce(trace, signature);
    const auto check = [](const Trace& candidate) {
      OomCount ignored;
      return check_out_of_memory(candidate, ignored, [](std::uint64_t) { return false; });
    };
    const ShrinkResult shrunk = shrink(
        trace,
        [&](const Trace& candidate) {
          const auto found = check(candidate);
          return found && found->signature() == signature;
        },
        shrinking());
    const auto again = check(shrunk.trace);
    const OomFailure& shown = again ? *again : failure;
    print_heading(signature, shrunk, trace, shown.point);
    if (shown.divergence) {
      fmt::print("{}\n{}", name_operation(shrunk.trace, shown.divergence->operation),
                 side_by_side(*shown.divergence, shrunk.trace, "impl"));
    } else {
      fmt::print("  {}\n", shown.error);
    }
    store(signature, shrunk.trace, trace, shown.point);
  }

  static void print_heading(const std::string& signature, const ShrinkResult& shrunk, const Trace& trace,
                            std::uint64_t point) {
    fmt::print("FINDING out of memory: {}\n  {} operations, shrunk from {}: {}\n  request {} failed\n", signature,
               shrunk.trace.operations.size(), trace.operations.size(), verdict_of(shrunk), point);
  }

  // A folder as those of other findings, but `cyclecheck replay` does not know which request has to fail.
  void store(const std::string& signature, const Trace& trace, const Trace& original, std::uint64_t point) const {
    const nlohmann::ordered_json about{{"signature", signature},
                                       {"profile", profile(trace.profile).name},
                                       {"subject", "impl"},
                                       {"seed", options_.seed},
                                       {"request", point},
                                       {"operations", trace.operations.size()},
                                       {"original_operations", original.operations.size()}};
    auto saved = save_trace(trace, folder() + "/trace.txt", TraceFormat::text);
    if (!std::holds_alternative<FileError>(saved)) saved = write_file(folder() + "/finding.json", about.dump(2) + "\n");
    tell(saved);
    if (!std::holds_alternative<FileError>(saved)) fmt::print("  stored: {}\n", folder());
  }

  // How a process ends that checks this trace: killed by a signal, or ended by the collector itself.
  static bool kills_its_process(const Trace& trace, Progress& progress) {
    const pid_t checker = fork();
    if (checker == 0) {
      on_large_stack([&] {
        OomCount ignored;
        static_cast<void>(check_out_of_memory(trace, ignored, [&](std::uint64_t point) {
          progress.point = point;
          return false;
        }));
      });
      std::_Exit(kAgree);
    }
    int status = 0;
    while (checker > 0 && waitpid(checker, &status, 0) < 0) {
    }
    return checker > 0 && (!WIFEXITED(status) || WEXITSTATUS(status) != kAgree);
  }

  [[nodiscard]] int report_crash(int signal) {
    const std::string signature =
        signal != 0 ? fmt::format("the collector died of signal {}", signal) : "the collector ended the process";
    const Trace trace = trace_at(progress_->position);
    announce(trace, signature);
    std::uint64_t point = progress_->point;
    const ShrinkResult shrunk = shrink(
        trace,
        [&](const Trace& candidate) {
          const bool dies = kills_its_process(candidate, *progress_);
          if (dies) point = progress_->point;
          return dies;
        },
        shrinking());
    print_heading(signature, shrunk, trace, point);
    store(signature, shrunk.trace, trace, point);
    return kFailed;
  }

  [[nodiscard]] int summary() const {
    const OomCount& count = progress_->count;
    fmt::print("{} traces, {} failure points, {} divergences\n\n{:<20}{:>12}\n", grouped(count.traces),
               grouped(count.points), progress_->failed ? 1 : 0, "memory for", "failed");
    std::size_t missing = 0;
    for (std::size_t i = 0; i < count.sites.size(); ++i) {
      // Where no profile has gc.callbacks, they need no memory.
      if (count.sites[i] == 0 && (static_cast<cyclegc::Site>(i) != cyclegc::Site::gc_callbacks || has_callbacks()))
        ++missing;
      fmt::print("{:<20}{:>12}\n", to_string(static_cast<cyclegc::Site>(i)), grouped(count.sites[i]));
    }
    if (missing == 0) {
      fmt::print("\nevery one of the {} allocation sites was among them\n",
                 count.sites.size() - (has_callbacks() ? 0 : 1));
    } else {
      fmt::print("\n{} of {} allocation sites were never reached\n", missing, count.sites.size());
    }
    if (was_interrupted()) return kInterrupted;
    return progress_->failed || missing != 0 ? kFailed : kAgree;
  }

  const OomOptions& options_;
  Progress* progress_;
  Clock::time_point begin_ = Clock::now();
};

}  // namespace

int run_out_of_memory(const OomOptions& options) { return OomRun(options).run(); }

}  // namespace cyclecheck::cli
