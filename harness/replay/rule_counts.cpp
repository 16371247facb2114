#include "harness/replay/rule_counts.hpp"

#include <string>
#include <utility>

#include "harness/subjects/subjects.hpp"
#include "harness/system/system.hpp"

namespace cyclecheck {

class RuleCounts::Model final : public Subject {
 public:
  explicit Model(std::shared_ptr<Counts> counts) : counts_(std::move(counts)) {}

  [[nodiscard]] std::string name() const override { return model_.name(); }
  [[nodiscard]] Level level() const override { return model_.level(); }

  void run(const Trace& trace, Observe observe, Log& log) override {
    model_.run(trace, observe, log);
    const auto profile = static_cast<std::size_t>(trace.profile);
    counts_->seen[profile].store(true, std::memory_order_relaxed);
    for (std::size_t i = 0; i < kRules; ++i) {
      const std::uint64_t acted = model_.reach().rules[i];
      if (acted > 0) counts_->rules[profile][i].fetch_add(acted, std::memory_order_relaxed);
    }
  }

 private:
  ModelSubject model_;
  std::shared_ptr<Counts> counts_;
};

RuleCounts::RuleCounts() : counts_(make_shared_value<Counts>(), free_shared_value<Counts>) {}

SubjectEntry RuleCounts::counted_model() const {
  SubjectEntry entry;
  entry.name = "model";
  entry.make = [counts = counts_] { return std::make_unique<Model>(counts); };
  return entry;
}

std::vector<ProfileRules> RuleCounts::rows() const {
  std::vector<ProfileRules> rows;
  for (const Profile& profile : all_profiles()) {
    const auto index = static_cast<std::size_t>(profile.id);
    if (!counts_->seen[index]) continue;
    ProfileRules& row = rows.emplace_back();
    row.profile = profile.id;
    for (std::size_t i = 0; i < kRules; ++i) row.count[i] = counts_->rules[index][i].load();
  }
  return rows;
}

}  // namespace cyclecheck
