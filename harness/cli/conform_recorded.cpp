#include "harness/cli/conform_recorded.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <variant>

#include "harness/cli/exit_status.hpp"
#include "harness/cli/report.hpp"
#include "harness/conformance.hpp"
#include "harness/large_stack.hpp"
#include "harness/model_subject.hpp"
#include "harness/reach.hpp"
#include "harness/suite.hpp"

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
  std::array<model::Reach, kProfiles> reach_;
  std::array<bool, kProfiles> seen_{};
};

// Checks one file with the model. An error is that of reading it.
std::variant<ConformanceSummary, FileError> check_file(const std::string& path, CountedModel& model) {
  auto read = read_conformance(path);
  if (auto* error = std::get_if<FileError>(&read)) return std::move(*error);
  const Conformance& conformance = std::get<Conformance>(read);
  ConformanceSummary summary;
  on_large_stack([&] {
    summary = check_conformance(conformance, model, [&](const ConformanceCase& item, const ConformanceDifference& d) {
      fmt::print("{}:{}: {}, operation {}: recorded {}; the model: {}\n", path, item.line, item.name, d.operation,
                 d.expected, d.found);
    });
  });
  fmt::print("{}: {}: {} traces, {} agree\n", path, conformance.interpreter, summary.traces, summary.agree);
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
  for (const SuiteCase& item : std::get<std::vector<SuiteCase>>(cases)) {
    if (!is_conformance_file(item.path)) continue;
    ++files;
    const auto checked = check_file(item.path, model);
    if (const auto* error = std::get_if<FileError>(&checked)) {
      fmt::print(stderr, "{}\n", error->message);
      bad = true;
    } else {
      add(std::get<ConformanceSummary>(checked), sum);
    }
  }
  if (files == 0) {
    fmt::print(stderr, "cyclecheck: there is no conformance file (x.conformance, x.conformance.gz)\n");
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
