#include "properties/mutants/trial.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "properties/mutants/program.hpp"

namespace cyclecheck {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

// A mutant may loop for ever: that is found out faster than in a run that means it.
constexpr milliseconds kTraceTimeout{2000};
// What starting, replaying and storing may take on top.
constexpr milliseconds kSlack{60'000};

std::string duration(milliseconds time) { return fmt::format("{}ms", time.count()); }

FileError odd_end(const std::string& what, const Ended& ended) {
  return FileError{fmt::format("{}: exit status {}\n{}{}", what, ended.status, ended.output, ended.errors)};
}

}  // namespace

std::variant<Replayed, FileError> try_stored(const std::string& program, const std::string& path, Level level,
                                             const std::vector<std::string>& options) {
  std::vector<std::string> command{
      program, "replay", path, "--level", std::string{to_string(level)}, "--timeout", duration(kTraceTimeout)};
  command.insert(command.end(), options.begin(), options.end());
  const Ended ended = run_program(command, 4 * kSlack);
  if (ended.status != 0 && ended.status != 1) return odd_end(program + " replay " + path, ended);
  return Replayed{ended.status == 1, ended.processor_seconds};
}

namespace {

// Runs a command that searches, and reads its finding; of several, one that was seen again when it was replayed.
std::variant<std::optional<Kill>, FileError> search(const std::vector<std::string>& command, const std::string& folder,
                                                    milliseconds limit) {
  std::error_code error;
  fs::remove_all(folder, error);
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  std::optional<double> failed_after;
  const Ended ended = run_program(command, limit, [&](std::string_view line) {
    // The failure is announced before it is shrunk.
    if (!failed_after && line.ends_with("; shrinking")) {
      failed_after = std::chrono::duration<double>(Clock::now() - begin).count();
    }
  });
  if (ended.status == 0) return std::nullopt;
  if (ended.status != 1 || !failed_after) return odd_end(command[0] + " " + command[1], ended);

  std::optional<Kill> found;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const auto text = read_file(entry.path().string() + "/finding.json");
    if (std::holds_alternative<FileError>(text)) continue;
    const auto json = nlohmann::json::parse(std::get<std::string>(text), nullptr, false);
    if (json.is_discarded()) continue;
    if (found && json.value("reproduced", 0) == 0) continue;
    Kill kill;
    kill.seconds = *failed_after;
    kill.shrink_seconds = ended.seconds - kill.seconds;
    kill.signature = json.value("signature", "");
    kill.profile = json.value("profile", "");
    kill.operations = json.value("operations", 0U);
    kill.original_operations = json.value("original_operations", 0U);
    auto bytes = read_file(entry.path().string() + "/trace.txt");
    if (auto* unread = std::get_if<FileError>(&bytes)) return std::move(*unread);
    kill.trace = std::get<std::string>(std::move(bytes));
    kill.path = entry.path().string() + "/trace.txt";
    found = std::move(kill);
    if (json.value("reproduced", 0) > 0) break;
  }
  if (found) return found;
  return FileError{folder + ": no finding was stored"};
}

}  // namespace

std::variant<std::optional<Kill>, FileError> try_random(const std::string& program, const std::string& folder,
                                                        const TrialOptions& options) {
  std::vector<std::string> command{
      program,          "run", "--seed",        fmt::format("{}", options.seed), "--time",    duration(options.time),
      "--max-findings", "1",   "--shrink-time", duration(options.shrink_time),   "--timeout", duration(kTraceTimeout),
      "--findings",     folder};
  command.insert(command.end(), options.options.begin(), options.options.end());
  auto found = search(command, folder, options.time + options.shrink_time + kSlack);
  auto* const killed = std::get_if<std::optional<Kill>>(&found);
  if (killed == nullptr || !*killed) return found;
  // From the lowest level up: the first at which it fails. What fails only without memory cannot be replayed.
  Kill& kill = **killed;
  if (std::find(options.options.begin(), options.options.end(), "--oom") != options.options.end()) return found;
  for (kill.level = Level::liveness; kill.level < Level::order;
       kill.level = static_cast<Level>(static_cast<int>(kill.level) + 1)) {
    const auto seen = try_stored(program, kill.path, kill.level);
    if (const auto* unread = std::get_if<FileError>(&seen)) return *unread;
    if (std::get<Replayed>(seen).failed) break;
  }
  return found;
}

std::variant<std::optional<Kill>, FileError> try_exhaustive(const std::string& program, const std::string& folder,
                                                            std::uint32_t operations, const TrialOptions& options) {
  std::vector<std::string> command{program,          "exhaust",
                                   "--objects",      "3",
                                   "--ops",          fmt::format("{}", operations),
                                   "--max-findings", "1",
                                   "--shrink-time",  duration(options.shrink_time),
                                   "--timeout",      duration(kTraceTimeout),
                                   "--findings",     folder};
  command.insert(command.end(), options.options.begin(), options.options.end());
  return search(command, folder, options.time + options.shrink_time + kSlack);
}

}  // namespace cyclecheck
