#include "properties/mutants/detect.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "properties/mutants/results.hpp"
#include "properties/mutants/trial.hpp"

namespace cyclecheck {
namespace {

constexpr std::string_view kChecked = "-DCYCLEGC_CHECKED=1";

constexpr std::uint32_t kSeedsForABound = 3;

// The runs of one mutant.
class Detective {
 public:
  Detective(const Workshop& workshop, const Mutant& mutant, const DetectOptions& options)
      : workshop_(workshop), options_(options) {
    found_.mutant = mutant;
    found_.seeds = options.seeds;
  }

  Detection run() {
    if (const auto known = known_runs()) {
      take(*known);
    } else {
      try_random_traces();
      if (!stopped() && found_.error.empty()) keep_runs();
    }
    for (const Way way : kWays) {
      if (const Workshop* const workshop = options_.ways[static_cast<std::size_t>(way)]) try_other(way, *workshop);
    }
    return std::move(found_);
  }

 private:
  [[nodiscard]] bool stopped() const { return options_.stops && options_.stops(); }

  // What decides a result of this mutant; nothing, and an error, if its patch does not apply.
  std::optional<Results::Key> key(std::string way, std::string settings, const Workshop& workshop) {
    auto identity = workshop.identity(found_.mutant);
    if (auto* error = std::get_if<FileError>(&identity)) {
      found_.error = error->message;
      return std::nullopt;
    }
    return Results::Key{found_.mutant.id, std::move(way), std::get<std::string>(std::move(identity)),
                        std::move(settings)};
  }

  std::optional<Results::Key> runs_key() {
    return key(
        "run",
        fmt::format("seeds {} levels {} level {} bound {} options {}", options_.seeds, options_.proves_level,
                    to_string(found_.mutant.level), found_.mutant.operations, fmt::join(found_.mutant.options, " ")),
        workshop_);
  }

  std::optional<Detection> known_runs() {
    if (options_.results == nullptr) return std::nullopt;
    const auto key = runs_key();
    return key ? options_.results->runs(*key) : std::nullopt;
  }

  void take(const Detection& runs) {
    found_.suite = runs.suite;
    found_.seeds = runs.seeds;
    found_.kills = runs.kills;
    found_.level_proved = runs.level_proved;
  }

  void keep_runs() {
    if (options_.results == nullptr) return;
    if (const auto key = runs_key()) {
      if (const auto error = options_.results->keep(*key, found_)) found_.error = error->message;
    }
  }

  void try_other(Way way, const Workshop& workshop) {
    if (!found_.error.empty() || stopped()) return;
    const auto wanted =
        key(std::string{to_string(way)},
            fmt::format("{} options {}", settings_of(way), fmt::join(found_.mutant.options, " ")), workshop);
    if (!wanted) return;
    std::optional<Baseline>& result = found_.ways[static_cast<std::size_t>(way)];
    if (options_.results != nullptr) {
      result = options_.results->baseline(*wanted);
      if (result) return;
    }
    const auto program = workshop.build(found_.mutant);
    if (const auto* error = std::get_if<FileError>(&program)) {
      found_.error = error->message;
      return;
    }
    const auto tried = try_way(way, std::get<std::string>(program), found_.mutant, workshop.sources());
    if (const auto* error = std::get_if<FileError>(&tried)) {
      found_.error = fmt::format("{}: {}: {}", found_.mutant.id, to_string(way), error->message);
      return;
    }
    result = std::get<Baseline>(tried);
    if (options_.results == nullptr) return;
    if (const auto error = options_.results->keep(*wanted, *result)) found_.error = error->message;
  }

  void try_random_traces() {
    const auto program = workshop_.build(found_.mutant);
    if (const auto* error = std::get_if<FileError>(&program)) {
      found_.error = error->message;
      return;
    }
    const std::string& plain = std::get<std::string>(program);
    found_.suite = "random";
    try_seeds(plain, {});
    // A bound is one for the middle of several seeds.
    if (found_.killed() && found_.seeds < kSeedsForABound && found_.operations() > found_.mutant.operations) {
      found_.seeds = kSeedsForABound;
      try_seeds(plain, {});
    }
    if (found_.kills.empty() && found_.error.empty() && !names_its_way()) {
      const auto checked = workshop_.build(found_.mutant, std::string{kChecked});
      if (const auto* error = std::get_if<FileError>(&checked)) {
        found_.error = error->message;
      } else {
        found_.suite = "verify";
        try_seeds(std::get<std::string>(checked), {"--subject", "impl-verify"});
      }
    } else if (options_.proves_level && found_.killed()) {
      prove_level(plain);
    }
  }

  // The mutant says itself what it has to be compared with.
  [[nodiscard]] bool names_its_way() const {
    return std::any_of(found_.mutant.options.begin(), found_.mutant.options.end(),
                       [](const std::string& option) { return option == "--oom" || option == "--subject"; });
  }

  [[nodiscard]] std::optional<Kill> attempt(const std::string& program, std::uint64_t seed,
                                            const std::vector<std::string>& more) {
    std::vector<std::string> options = found_.mutant.options;
    options.insert(options.end(), more.begin(), more.end());
    const std::string folder = std::filesystem::path(program).parent_path().string() + "/findings";
    auto tried = try_random(program, folder, seed, options);
    if (const auto* error = std::get_if<FileError>(&tried)) {
      found_.error = error->message;
      return std::nullopt;
    }
    return std::get<std::optional<Kill>>(std::move(tried));
  }

  void try_seeds(const std::string& program, const std::vector<std::string>& more) {
    for (std::uint64_t seed = found_.kills.size() + 1; seed <= found_.seeds && found_.error.empty() && !stopped();
         ++seed) {
      auto kill = attempt(program, seed, more);
      // One survivor is enough.
      if (!kill) return;
      found_.kills.push_back(*std::move(kill));
    }
  }

  // Proved by a shrunk trace that fails there, or by a run that compares no more than that level.
  void prove_level(const std::string& program) {
    const Level claimed = found_.mutant.level;
    const bool seen =
        std::any_of(found_.kills.begin(), found_.kills.end(), [&](const Kill& kill) { return kill.level <= claimed; });
    if (!seen) found_.level_proved = attempt(program, 1, {"--level", std::string{to_string(claimed)}}).has_value();
  }

  const Workshop& workshop_;
  const DetectOptions& options_;
  Detection found_;
};

}  // namespace

Detection detect(const Workshop& workshop, const Mutant& mutant, const DetectOptions& options) {
  return Detective(workshop, mutant, options).run();
}

}  // namespace cyclecheck
