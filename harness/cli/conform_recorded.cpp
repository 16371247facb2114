#include "harness/cli/conform_recorded.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <variant>

#include "harness/cli/exit_status.hpp"
#include "harness/cli/report.hpp"
#include "harness/compare/compare.hpp"
#include "harness/stored/stored.hpp"
#include "harness/subjects/subjects.hpp"
#include "harness/system/system.hpp"

namespace cyclecheck::cli {
namespace {

void add(const ConformanceSummary& more, ConformanceSummary& sum) {
  sum.traces += more.traces;
  sum.agree += more.agree;
  for (std::size_t kind = 0; kind < kEventKinds; ++kind) {
    sum.recorded[kind] += more.recorded[kind];
    sum.agreed[kind] += more.agreed[kind];
  }
}

// The model, which counts what it does for each profile.
class CountedModel final : public Subject {
 public:
  [[nodiscard]] std::string name() const override { return model_.name(); }
  [[nodiscard]] Level level() const override { return model_.level(); }
  void run(const Trace& trace, Observe observe, Log& log) override {
    model_.run(trace, observe, log);
    reach_[static_cast<std::size_t>(trace.profile)].add(model_.reach());
    seen_[static_cast<std::size_t>(trace.profile)] = true;
  }

  // A row for each profile that a trace had.
  [[nodiscard]] std::vector<ProfileRules> rules() const {
    std::vector<ProfileRules> rows;
    for (const Profile& profile : all_profiles()) {
      const auto index = static_cast<std::size_t>(profile.id);
      if (seen_[index]) rows.push_back({profile.id, reach_[index].rules});
    }
    return rows;
  }

 private:
  ModelSubject model_;
  std::array<Reach, kProfiles> reach_;
  std::array<bool, kProfiles> seen_{};
};

// What a recording holds: a conformance file, or a trace beside which an interpreter's log stands.
std::variant<Conformance, FileError> read_recording(const StoredCase& item) {
  if (is_conformance_file(item.path)) return read_conformance(item.path);
  auto trace = load_case(item);
  if (auto* error = std::get_if<FileError>(&trace)) return std::move(*error);
  auto log = load_log(item, std::get<Trace>(trace));
  if (auto* error = std::get_if<FileError>(&log)) return std::move(*error);
  Conformance conformance;
  conformance.observe = observation_of(std::get<Log>(log));
  conformance.recorded = all_recorded_kinds();
  conformance.cases.push_back({item.path, 0, std::move(std::get<Trace>(trace)), std::move(std::get<Log>(log))});
  return conformance;
}

// Checks one recording with the model and says so if it is a file of many traces.
ConformanceSummary check(const Conformance& conformance, const StoredCase& item, CountedModel& model) {
  ConformanceSummary summary;
  on_large_stack([&] {
    summary = check_conformance(conformance, model, [&](const ConformanceCase& one, const ConformanceDifference& d) {
      fmt::print("{}:{}: {}, operation {}: recorded {}; the model: {}\n", item.log.value_or(item.path), one.line,
                 one.name, d.operation, d.expected, d.found);
    });
  });
  if (!item.log) {
    fmt::print("{}: {}: {} traces, {} agree\n", item.path, conformance.interpreter, summary.traces, summary.agree);
  }
  return summary;
}

}  // namespace

int check_recorded(const std::vector<std::string>& paths) {
  const auto cases = find_cases(paths);
  if (const auto* error = std::get_if<FileError>(&cases)) {
    fmt::print(stderr, "{}\n", error->message);
    return kBadInput;
  }
  ConformanceSummary sum;
  CountedModel model;
  bool bad = false;
  std::size_t files = 0;
  for (const StoredCase& item : std::get<std::vector<StoredCase>>(cases)) {
    if (!is_conformance_file(item.path) && !(item.log && item.profile)) continue;
    ++files;
    const auto recording = read_recording(item);
    if (const auto* error = std::get_if<FileError>(&recording)) {
      fmt::print(stderr, "{}\n", error->message);
      bad = true;
    } else {
      add(check(std::get<Conformance>(recording), item, model), sum);
    }
  }
  if (files == 0) {
    fmt::print(stderr,
               "cyclecheck: there is no recording: no conformance file (x.conformance, x.conformance.gz), and no trace "
               "with an interpreter's log (x.trace, x.python3.11.log)\n");
    return kBadInput;
  }
  fmt::print("\n{:<20}  {:>11}  {:>11}\n", "event", "recorded", "agree");
  for (std::size_t kind = 0; kind < kEventKinds; ++kind) {
    if (sum.recorded[kind] == 0) continue;
    fmt::print("{:<20}  {:>11}  {:>9.1f} %\n", info(static_cast<EventKind>(kind)).word, grouped(sum.recorded[kind]),
               100.0 * static_cast<double>(sum.agreed[kind]) / static_cast<double>(sum.recorded[kind]));
  }
  fmt::print("\n{}", rule_table(model.rules()));
  for (const std::string& rule : not_exercised(model.rules())) fmt::print("never acted: {}\n", rule);
  fmt::print("\n{} traces, {} agree\n", sum.traces, sum.agree);
  if (bad) return kBadInput;
  return sum.traces == sum.agree ? kAgree : kFailed;
}

}  // namespace cyclecheck::cli
