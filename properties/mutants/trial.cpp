#include "properties/mutants/trial.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "harness/stored/stored.hpp"
#include "properties/mutants/program.hpp"

namespace cyclecheck {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

// How long random traces are looked for, how long every trace is, and how long a failing one is shrunk.
constexpr milliseconds kRandomTime{60'000};
constexpr milliseconds kExhaustTime{600'000};
constexpr milliseconds kShrinkTime{20'000};
// A mutant may loop for ever: that is found out faster than in a run that means it.
constexpr milliseconds kTraceTimeout{2000};
// What starting, replaying and storing may take on top.
constexpr milliseconds kSlack{60'000};

using Clock = fs::file_time_type::clock;

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

// The finding in a folder, and when the search met it.
struct Met {
  Kill kill;
  fs::file_time_type time;
  bool reproduced = false;
};

std::optional<Met> read_finding(const fs::path& folder) {
  const auto read = read_finding_file(folder.string());
  const auto* file = std::get_if<FindingFile>(&read);
  if (file == nullptr) return std::nullopt;
  Met met;
  met.kill.signature = file->signature;
  met.kill.operations = static_cast<std::uint32_t>(file->operations);
  met.kill.original_operations = static_cast<std::uint32_t>(file->original_operations);
  met.kill.path = folder.string();
  met.reproduced = file->reproduced.value_or(0) > 0;
  std::error_code error;
  // A search stores what it met before it is shrunk, and keeps that file.
  met.time = fs::last_write_time(folder / "original.cyct", error);
  if (error) return std::nullopt;
  return met;
}

// Runs a command that searches, and reads its finding; of several, one that was seen again when it was replayed.
std::variant<std::optional<Kill>, FileError> search(std::vector<std::string> command, const std::string& folder,
                                                    const std::vector<std::string>& options, milliseconds time) {
  for (const std::string& word :
       {std::string{"--max-findings"}, std::string{"1"}, std::string{"--shrink-time"}, duration(kShrinkTime),
        std::string{"--timeout"}, duration(kTraceTimeout), std::string{"--findings"}, folder}) {
    command.push_back(word);
  }
  command.insert(command.end(), options.begin(), options.end());
  std::error_code error;
  fs::remove_all(folder, error);
  const auto begin = Clock::now();
  const Ended ended = run_program(command, time + kShrinkTime + kSlack);
  if (ended.status == 0) return std::nullopt;
  if (ended.status != 1) return odd_end(command[0] + " " + command[1], ended);

  std::optional<Met> found;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    auto met = read_finding(entry.path());
    if (met && (!found || met->reproduced)) found = std::move(met);
  }
  if (!found) return FileError{folder + ": no finding was stored"};
  // Times of files are rounded down.
  found->kill.seconds = std::max(0.0, std::chrono::duration<double>(found->time - begin).count());
  found->kill.shrink_seconds = ended.seconds - found->kill.seconds;
  return std::move(found->kill);
}

}  // namespace

std::variant<std::optional<Kill>, FileError> try_random(const std::string& program, const std::string& folder,
                                                        std::uint64_t seed, const std::vector<std::string>& options) {
  // Another mutant runs on each of the other processors.
  auto found =
      search({program, "run", "--jobs", "1", "--seed", fmt::format("{}", seed), "--time", duration(kRandomTime)},
             folder, options, kRandomTime);
  auto* const killed = std::get_if<std::optional<Kill>>(&found);
  if (killed == nullptr || !*killed) return found;
  // From the lowest level up: the first at which it fails.
  Kill& kill = **killed;
  for (kill.level = Level::liveness; kill.level < Level::order;
       kill.level = static_cast<Level>(static_cast<int>(kill.level) + 1)) {
    const auto seen = try_stored(program, kill.path, kill.level);
    if (const auto* unread = std::get_if<FileError>(&seen)) return *unread;
    if (std::get<Replayed>(seen).failed) break;
  }
  return found;
}

std::variant<std::optional<Kill>, FileError> try_exhaustive(const std::string& program, const std::string& folder,
                                                            std::uint32_t operations,
                                                            const std::vector<std::string>& options) {
  return search({program, "exhaust", "--objects", "3", "--ops", fmt::format("{}", operations)}, folder, options,
                kExhaustTime);
}

}  // namespace cyclecheck
