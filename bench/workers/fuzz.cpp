// Executions of the fuzz targets under libFuzzer: `harness` with part=NAME_OF_A_TARGET. Unit: an execution.
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include "bench/workload.hpp"
#include "harness/system/system.hpp"

namespace cyclecheck::bench {
namespace {

namespace fs = std::filesystem;

// Processor time of the children that have ended. Nanoseconds.
double time_of_children() {
  rusage usage{};
  ::getrusage(RUSAGE_CHILDREN, &usage);
  const auto nanoseconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_usec) * 1e3;
  };
  return nanoseconds(usage.ru_utime) + nanoseconds(usage.ru_stime);
}

class FuzzTarget : public Workload {
 public:
  FuzzTarget(fs::path target, fs::path seeds, std::string runs)
      : target_(std::move(target)), seeds_(std::move(seeds)), runs_(std::move(runs)) {}

  // The same inputs at every run, from the seeds and an empty corpus.
  double run() override {
    const fs::path work = fs::temp_directory_path() / ("cyclecheck-bench-" + std::to_string(::getpid()));
    fs::create_directories(work / "corpus");
    const double before = time_of_children();
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(2);
    std::string end;
    {
      ChildProcess process({target_.string(), "-runs=" + runs_, "-seed=1", "-max_len=256", "-entropic=0",
                            "-artifact_prefix=" + work.string() + "/", (work / "corpus").string(), seeds_.string()});
      end = process.wait_for_end(deadline);
    }
    fs::remove_all(work);
    if (!end.empty()) throw std::runtime_error(target_.string() + ": " + end);
    return (time_of_children() - before) / std::stod(runs_);
  }

 private:
  fs::path target_;
  fs::path seeds_;
  std::string runs_;
};

}  // namespace

std::unique_ptr<Workload> make_workload(const Spec& spec) {
  if (spec.workload != "harness") return nullptr;
  const fs::path builds = fs::read_symlink("/proc/self/exe").parent_path().parent_path();
  const fs::path target = builds / "fuzz-plain" / spec.part;
  if (!fs::exists(target)) throw Unavailable("not built: ci/build fuzz-plain");
  return std::make_unique<FuzzTarget>(target, builds / "fuzz-plain" / "fuzz-seeds" / spec.part, "20000");
}

std::string version() { return "libFuzzer"; }

}  // namespace cyclecheck::bench
