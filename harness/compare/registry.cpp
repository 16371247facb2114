#include "harness/compare/registry.hpp"

#include <algorithm>
#include <utility>

#include "harness/subjects/subjects.hpp"

namespace cyclecheck {

namespace {

std::optional<OpCode> find_missing(const std::vector<Operation>& operations, const OperationSet& missing) {
  const auto found = std::find_if(operations.begin(), operations.end(), [&](const Operation& operation) {
    return missing.test(static_cast<std::size_t>(operation.code));
  });
  if (found == operations.end()) return std::nullopt;
  return found->code;
}

// The row for a name: the subject itself, or its family.
const SubjectEntry* find_row(const Registry& registry, std::string_view name) {
  const auto found = std::find_if(registry.begin(), registry.end(), [&](const SubjectEntry& row) {
    return row.open ? name.starts_with(row.name) : name == row.name;
  });
  return found == registry.end() ? nullptr : &*found;
}

// One process alone raises the counters.
void add_counts(std::span<std::atomic<std::uint64_t>> counters, std::span<const std::uint64_t> counts) {
  for (std::size_t i = 0; i < counters.size(); ++i) {
    if (counts[i] != 0) {
      counters[i].store(counters[i].load(std::memory_order_relaxed) + counts[i], std::memory_order_relaxed);
    }
  }
}

}  // namespace

bool SubjectEntry::follows(ProfileId profile) const {
  return profiles.empty() || std::find(profiles.begin(), profiles.end(), profile) != profiles.end();
}

std::optional<OpCode> SubjectEntry::missing_operation(const Trace& trace) const {
  if (missing.none()) return std::nullopt;
  auto found = find_missing(trace.operations, missing);
  for (const Script& script : trace.scripts) {
    if (!found) found = find_missing(script, missing);
  }
  return found;
}

bool SubjectEntry::can_run(const Trace& trace) const {
  return follows(trace.profile) && !missing_operation(trace) && !uses(trace, lacks);
}

std::optional<SubjectEntry> find_subject(const Registry& registry, std::string_view name,
                                         std::chrono::milliseconds timeout) {
  const SubjectEntry* const row = find_row(registry, name);
  if (row == nullptr) return std::nullopt;
  return row->open ? row->open(std::string(name.substr(row->name.size())), timeout) : *row;
}

bool names_subject(const Registry& registry, std::string_view name) { return find_row(registry, name) != nullptr; }

MakeContestants against_model(const SubjectEntry& entry, Level level) {
  return [make = entry.make, special = entry.special, level, spared = entry.spared_undefined,
          may_refuse = entry.may_refuse] {
    Contestants contestants;
    auto model = std::make_unique<ModelSubject>();
    const ModelSubject& view = *model;
    contestants.model = std::move(model);
    contestants.subject = make();
    if (special) contestants.special = special();
    contestants.any_order_of_deaths = level == Level::order && !contestants.subject->orders_deaths();
    contestants.level = contestants.any_order_of_deaths ? Level::order : std::min(level, contestants.subject->level());
    contestants.add_reach = [&view](std::span<std::atomic<std::uint64_t>> reach,
                                    std::span<std::atomic<std::uint64_t>> rules) {
      add_counts(reach, view.reach().count);
      add_counts(rules, view.reach().rules);
    };
    contestants.add_states = [&view](StateSet& states) {
      for (const HeapState& state : view.heap_states().states()) states.insert(state.packed());
    };
    contestants.may_refuse = may_refuse;
    if (spared) contestants.is_left_out = [&view] { return view.reach().is_undefined(); };
    contestants.heap_states = &view.heap_states();
    return contestants;
  };
}

}  // namespace cyclecheck
