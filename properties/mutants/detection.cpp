#include "properties/mutants/detection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include "properties/mutants/results.hpp"

namespace cyclecheck {
namespace {

constexpr std::string_view kChecked = "-DCYCLEGC_CHECKED=1";

template <class Get>
double median_of(const std::vector<Kill>& kills, Get get) {
  std::vector<double> values;
  values.reserve(kills.size());
  for (const Kill& kill : kills) values.push_back(static_cast<double>(get(kill)));
  return median(std::move(values));
}

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
    if (!options_.stored.empty()) {
      try_way("test_gc", options_.stored, workshop_, &Detection::stored,
              [&](const std::string& program) { return try_stored_alone(program, found_.mutant, options_.stored); });
    }
    if (options_.exhaustive != 0) {
      try_way("exhaust", fmt::format("operations {}", options_.exhaustive), workshop_, &Detection::exhaustive,
              [&](const std::string& program) { return try_every_trace(program, found_.mutant, options_.exhaustive); });
    }
    const BaselineOptions& baseline = options_.baseline;
    const std::string settings = fmt::format("seeds {} time {}s", baseline.seeds, baseline.time.count());
    if (options_.fuzzing != nullptr) {
      try_way("fuzz", settings, *options_.fuzzing, &Detection::fuzzing,
              [&](const std::string& program) { return try_fuzzing(program, baseline); });
    }
    if (options_.rapidcheck != nullptr) {
      try_way("rc", settings, *options_.rapidcheck, &Detection::rapidcheck,
              [&](const std::string& program) { return try_rapidcheck(program, found_.mutant, baseline); });
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
        fmt::format("seeds {} time {}ms shrink {}ms levels {} level {} bound {} options {}", options_.seeds,
                    options_.time.count(), options_.shrink_time.count(), options_.proves_level,
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

  // `tries` is given the program of that workshop with the mutant in it.
  template <class Try>
  void try_way(const std::string& way, const std::string& settings, const Workshop& workshop,
               std::optional<Baseline> Detection::*result, Try tries) {
    if (!found_.error.empty() || stopped()) return;
    const auto wanted =
        key(way, fmt::format("{} options {}", settings, fmt::join(found_.mutant.options, " ")), workshop);
    if (!wanted) return;
    if (options_.results != nullptr) {
      found_.*result = options_.results->baseline(*wanted);
      if (found_.*result) return;
    }
    const auto program = workshop.build(found_.mutant);
    if (const auto* error = std::get_if<FileError>(&program)) {
      found_.error = error->message;
      return;
    }
    const auto tried = tries(std::get<std::string>(program));
    if (const auto* error = std::get_if<FileError>(&tried)) {
      found_.error = fmt::format("{}: {}: {}", found_.mutant.id, way, error->message);
      return;
    }
    found_.*result = std::get<Baseline>(tried);
    if (options_.results == nullptr) return;
    if (const auto error = options_.results->keep(*wanted, *(found_.*result))) found_.error = error->message;
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
    TrialOptions trial;
    trial.seed = seed;
    trial.time = options_.time;
    trial.shrink_time = options_.shrink_time;
    trial.options = found_.mutant.options;
    trial.options.insert(trial.options.end(), more.begin(), more.end());
    const std::string folder = std::filesystem::path(program).parent_path().string() + "/findings";
    auto tried = try_random(program, folder, trial);
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

// Another way of testing: a column of the table.
struct Way {
  std::string_view heading;
  std::optional<Baseline> Detection::*result;
};
constexpr std::array<Way, 4> kWays{{{"test_gc alone", &Detection::stored},
                                    {"every trace", &Detection::exhaustive},
                                    {"fuzzing", &Detection::fuzzing},
                                    {"rc::state", &Detection::rapidcheck}}};

bool was_tried(const Way& way, const std::vector<Detection>& detections) {
  return std::any_of(detections.begin(), detections.end(),
                     [&](const Detection& detection) { return (detection.*way.result).has_value(); });
}

std::string cell(const Way& way, const Detection& detection) {
  const std::optional<Baseline>& baseline = detection.*way.result;
  if (!baseline) return "";
  if (!baseline->killed) return "survives";
  if (way.result == &Detection::stored) return "killed";
  if (baseline->operations == 0) return fmt::format("{:.2f} s", baseline->seconds);
  return fmt::format("{:.2f} s, {:g} ops in {:.2f} s", baseline->seconds, baseline->operations,
                     baseline->shrink_seconds);
}

}  // namespace

double Detection::seconds() const {
  return median_of(kills, [](const Kill& kill) { return kill.seconds; });
}
double Detection::shrink_seconds() const {
  return median_of(kills, [](const Kill& kill) { return kill.shrink_seconds; });
}
double Detection::operations() const {
  return median_of(kills, [](const Kill& kill) { return kill.operations; });
}
double Detection::original_operations() const {
  return median_of(kills, [](const Kill& kill) { return kill.original_operations; });
}
std::string Detection::complaint() const {
  if (!error.empty()) return error;
  if (!killed()) return fmt::format("{}: survived {} of {} seeds", mutant.id, seeds - kills.size(), seeds);
  if (operations() > mutant.operations) {
    return fmt::format("{}: shrunk to {:g} operations, but {} are enough", mutant.id, operations(), mutant.operations);
  }
  if (!level_proved) return fmt::format("{}: not seen at level {}", mutant.id, to_string(mutant.level));
  return {};
}

Detection detect(const Workshop& workshop, const Mutant& mutant, const DetectOptions& options) {
  return Detective(workshop, mutant, options).run();
}

std::string heading() {
  return fmt::format("{:<50}{:<11}{:<8}{:>9}{:>16}{:>9}  {}\n", "mutant", "level", "suite", "time", "operations",
                     "shrink", "signature");
}

std::string row(const Detection& detection) {
  if (detection.kills.empty()) {
    return fmt::format("{:<50}{:<11}{}\n", detection.mutant.id, to_string(detection.mutant.level),
                       detection.error.empty() ? "SURVIVED" : "ERROR");
  }
  std::string line = fmt::format("{:<50}{:<11}{:<8}{:>7.2f} s{:>16}{:>7.2f} s  {}", detection.mutant.id,
                                 to_string(detection.mutant.level), detection.suite, detection.seconds(),
                                 fmt::format("{:g} -> {:g}", detection.original_operations(), detection.operations()),
                                 detection.shrink_seconds(), detection.kills.front().signature);
  for (const Way& way : kWays) {
    if (detection.*way.result) line += fmt::format("  {}: {}", way.heading, cell(way, detection));
  }
  return line + "\n";
}

std::string summary(const std::vector<Detection>& detections) {
  std::vector<double> seconds;
  std::vector<double> operations;
  std::vector<double> shrink_seconds;
  std::string complaints;
  std::size_t killed = 0;
  for (const Detection& detection : detections) {
    if (detection.killed()) {
      ++killed;
      seconds.push_back(detection.seconds());
      operations.push_back(detection.operations());
      shrink_seconds.push_back(detection.shrink_seconds());
    }
    if (const std::string complaint = detection.complaint(); !complaint.empty()) complaints += complaint + "\n";
  }
  return fmt::format(
             "{} of {} mutants killed; median time to kill {:.2f} s, median shrunk trace {:g} operations, median time "
             "to shrink {:.2f} s\n",
             killed, detections.size(), median(seconds), median(operations), median(shrink_seconds)) +
         complaints;
}

std::string markdown(const std::vector<Detection>& detections) {
  std::string text =
      "| mutant | the real bug | rule | level | killed by | time to kill | operations | shrunk to | shrinking |";
  std::string line = "|---|---|---|---|---|---|---|---|---|";
  for (const Way& way : kWays) {
    if (!was_tried(way, detections)) continue;
    text += fmt::format(" {} |", way.heading);
    line += "---|";
  }
  text += "\n" + line + "\n";
  for (const Detection& detection : detections) {
    const Mutant& mutant = detection.mutant;
    text += fmt::format("| `{}` | {} | {} | {} |", mutant.id, mutant.bug, fmt::join(mutant.rules, ", "),
                        to_string(mutant.level));
    if (detection.killed()) {
      text += fmt::format(" {}: {} | {:.2f} s | {:g} | {:g} | {:.2f} s |", detection.suite,
                          detection.kills.front().signature, detection.seconds(), detection.original_operations(),
                          detection.operations(), detection.shrink_seconds());
    } else {
      text += " **survives** | | | | |";
    }
    for (const Way& way : kWays) {
      if (was_tried(way, detections)) text += fmt::format(" {} |", cell(way, detection));
    }
    text += "\n";
  }
  return text;
}

std::string compare_ways(const std::vector<Detection>& detections) {
  std::string text =
      "| way of testing | killed | median time to kill | median shrunk trace | median time to shrink |\n"
      "|---|---|---|---|---|\n";
  // What a way killed: seconds, operations of the shrunk trace, seconds of shrinking.
  struct Medians {
    std::vector<double> seconds;
    std::vector<double> operations;
    std::vector<double> shrink_seconds;
  };
  const auto line = [&](std::string_view name, const Medians& killed, bool shrinks) {
    text += fmt::format("| {} | {} of {} | {:.2f} s |", name, killed.seconds.size(), detections.size(),
                        median(killed.seconds));
    text += shrinks ? fmt::format(" {:g} operations | {:.2f} s |\n", median(killed.operations),
                                  median(killed.shrink_seconds))
                    : " | |\n";
  };
  Medians run;
  for (const Detection& detection : detections) {
    if (!detection.killed() || detection.suite != "random") continue;
    run.seconds.push_back(detection.seconds());
    run.operations.push_back(detection.operations());
    run.shrink_seconds.push_back(detection.shrink_seconds());
  }
  line("cyclecheck run", run, true);
  for (const Way& way : kWays) {
    if (!was_tried(way, detections)) continue;
    Medians killed;
    for (const Detection& detection : detections) {
      const std::optional<Baseline>& result = detection.*way.result;
      if (!result || !result->killed) continue;
      killed.seconds.push_back(result->seconds);
      if (result->operations == 0) continue;
      killed.operations.push_back(result->operations);
      killed.shrink_seconds.push_back(result->shrink_seconds);
    }
    line(way.heading, killed, !killed.operations.empty());
  }
  return text;
}

std::optional<std::string> replace_section(std::string_view text, std::string_view name, std::string_view section) {
  const std::string begin = fmt::format("<!-- {} -->\n", name);
  const std::string end = fmt::format("<!-- end {} -->\n", name);
  const std::size_t from = text.find(begin);
  const std::size_t to = text.find(end);
  if (from == std::string_view::npos || to == std::string_view::npos || to < from) return std::nullopt;
  return std::string{text.substr(0, from)} + begin + std::string{section} + std::string{text.substr(to)};
}

}  // namespace cyclecheck
