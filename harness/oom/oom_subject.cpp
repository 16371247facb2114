#include "harness/oom/oom_subject.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "harness/collector/collector.hpp"
#include "harness/oom/every_site.hpp"
#include "harness/oom/oom_check.hpp"
#include "harness/system/system.hpp"

namespace cyclecheck {
namespace {

// Shared by all processes of a search.
struct Totals {
  std::atomic<std::uint64_t> points{0};
  std::array<std::atomic<std::uint64_t>, cyclegc::kSites> sites{};

  void add(const OomCount& count) {
    points += count.points;
    for (std::size_t i = 0; i < sites.size(); ++i) sites[i] += count.sites[i];
  }
};

Verdict verdict_of(OomFailure failure) {
  Verdict verdict;
  verdict.outcome = failure.divergence ? Outcome::divergence : Outcome::exception;
  verdict.signature = "out of memory, " + failure.signature();
  verdict.output = "request " + std::to_string(failure.point) + " for memory failed";
  if (!failure.error.empty()) verdict.output += ": " + failure.error;
  verdict.divergence = std::move(failure.divergence);
  if (verdict.divergence) verdict.divergence->signature = verdict.signature;
  return verdict;
}

Coverage coverage_of(const Totals& totals, const std::vector<ProfileId>& profiles) {
  const bool has_callbacks =
      std::any_of(profiles.begin(), profiles.end(), [](ProfileId id) { return profile(id).has_callbacks; });
  constexpr std::size_t kColumn = 20;
  Coverage coverage;
  std::size_t missing = 0;
  std::size_t all = 0;
  const auto line = [&](std::string name, const std::string& number) {
    name.resize(std::max(name.size(), kColumn), ' ');
    coverage.text += name + number + "\n";
  };
  line("memory for", "failed");
  for (std::size_t i = 0; i < totals.sites.size(); ++i) {
    const auto site = static_cast<cyclegc::Site>(i);
    // Where no profile has gc.callbacks, they need no memory.
    if (site == cyclegc::Site::gc_callbacks && !has_callbacks) continue;
    const std::uint64_t count = totals.sites[i].load();
    ++all;
    if (count == 0) ++missing;
    line(std::string{to_string(site)}, std::to_string(count));
  }
  coverage.is_complete = missing == 0;
  coverage.text += std::to_string(totals.points.load()) + " requests failed; ";
  coverage.text +=
      missing == 0 ? "every one of the " + std::to_string(all) + " allocation sites was among them\n"
                   : std::to_string(missing) + " of " + std::to_string(all) + " allocation sites were never reached\n";
  return coverage;
}

}  // namespace

SubjectEntry out_of_memory_subject() {
  // A trace is run once for each of its requests.
  constexpr std::uint32_t kLongest = 60;
  constexpr std::chrono::seconds kGrace{20};
  const std::shared_ptr<Totals> totals{make_shared_value<Totals>(), free_shared_value<Totals>};
  SubjectEntry entry;
  entry.name = "impl-oom";
  entry.summary = "the collector; each request for memory that it makes in a trace fails once";
  entry.make = [] { return std::make_unique<ImplSubject>(ImplSubject::Checks::verify); };
  entry.missing = kFaults;
  entry.max_operations = kLongest;
  entry.grace = kGrace;
  entry.opening = trace_of_every_site;
  entry.special = [totals](Subject& /*subject*/) -> SpecialCheck {
    return [totals](const Trace& trace, Logs& logs) {
      OomCount count;
      const auto failure = check_out_of_memory(trace, count, logs.model, logs.subject);
      totals->add(count);
      return failure ? verdict_of(*failure) : Verdict{};
    };
  };
  entry.coverage = [totals](const std::vector<ProfileId>& profiles) { return coverage_of(*totals, profiles); };
  return entry;
}

SubjectEntry short_of_memory_subject() {
  constexpr std::size_t kLongest = 120;
  constexpr std::size_t kPoints = 3;
  SubjectEntry entry = out_of_memory_subject();
  entry.name = "impl-short";
  entry.summary = "the collector; a few requests for memory that it makes in a trace fail once";
  entry.coverage = {};
  entry.opening = {};
  entry.max_operations = kLongest;
  entry.special = [plain = entry](Subject& /*subject*/) -> SpecialCheck {
    return [plain](const Trace& trace, Logs& logs) {
      Verdict verdict;
      verdict.left_out = !plain.can_run(trace) || trace.operations.size() > kLongest;
      if (verdict.left_out) return verdict;
      OomCount count;
      const auto failure = check_some_out_of_memory(trace, kPoints, count, logs.model, logs.subject);
      return failure ? verdict_of(*failure) : verdict;
    };
  };
  return entry;
}

}  // namespace cyclecheck
