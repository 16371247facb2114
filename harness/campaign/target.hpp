// Fuzz targets with libFuzzer in them: programs that this campaign runs. Not thread-safe.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "harness/isolate/isolate.hpp"
#include "trace/file.hpp"

namespace cyclecheck {

// A program that was examined.
struct FuzzTarget {
  std::string path;
  // From which commit it was built.
  std::string commit;
};

// Examines a program. Errors: it cannot be read or run; it has no libFuzzer in it; its inputs are no traces: its name
// is neither fuzz_differential nor fuzz_collector, nor begins so.
[[nodiscard]] std::variant<FuzzTarget, FileError> examine_target(const std::string& path);

// The target fuzz_differential that was built from the same commit as this program, in a build folder beside that of
// this program; nothing if there is none. `why`: if there is one that cannot be used, a sentence.
[[nodiscard]] std::optional<FuzzTarget> find_target(std::string& why);

// What a target that failed has written tells: a divergence with its signature, a crash, a hang. `signal` and `status`:
// how it ended.
[[nodiscard]] Verdict verdict_of_target(const std::string& output, int signal, int status);

// Becomes the target. To be called in a process that was forked for it; does not return.
[[noreturn]] void become_target(const std::vector<std::string>& command, int output,
                                const std::vector<std::pair<std::string, std::string>>& environment);

// Runs traces in a target, each in a process of its own.
class TargetChecker final : public TraceChecker {
 public:
  // `folder`: for the input that runs.
  TargetChecker(std::string target, std::string folder, std::chrono::milliseconds timeout)
      : target_(std::move(target)), input_(std::move(folder) + "/checked"), timeout_(timeout) {}
  ~TargetChecker() override;

  [[nodiscard]] Verdict check(const Trace& trace) override;
  [[nodiscard]] Examination examine(const Trace& trace) override;
  void set_timeout(std::chrono::milliseconds timeout) override { timeout_ = timeout; }

 private:
  std::string target_;
  std::string input_;
  std::chrono::milliseconds timeout_;
};

}  // namespace cyclecheck
