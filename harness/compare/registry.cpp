#include "harness/compare/registry.hpp"

#include <algorithm>
#include <utility>

#include "harness/judge/judge.hpp"
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

std::optional<OpCode> find_missing(const Trace& trace, const OperationSet& missing) {
  if (missing.none()) return std::nullopt;
  auto found = find_missing(trace.operations, missing);
  for (const Script& script : trace.scripts) {
    if (!found) found = find_missing(script, missing);
  }
  return found;
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

JudgeLog judge_by(const Contract& contract) {
  return [judge = std::make_shared<Judge>(contract)](const Trace& trace, const Log& log) -> std::optional<Divergence> {
    std::optional<Breach> breach = judge->judge(trace, log);
    if (!breach) return std::nullopt;
    Divergence divergence;
    divergence.operation = breach->operation;
    const auto events = log.of(breach->operation);
    divergence.actual.assign(events.begin(), events.end());
    divergence.at = breach->event;
    divergence.signature = info(breach->rule).signature;
    divergence.broken = std::move(breach->what);
    return divergence;
  };
}

}  // namespace

bool SubjectEntry::follows(ProfileId profile) const {
  return contract || profiles.empty() || std::find(profiles.begin(), profiles.end(), profile) != profiles.end();
}

std::optional<OpCode> SubjectEntry::missing_operation(const Trace& trace) const { return find_missing(trace, missing); }

bool SubjectEntry::can_run(const Trace& trace) const {
  return follows(trace.profile) && !missing_operation(trace) && !uses(trace, lacks);
}

void take_contract(const Contract& contract, const FeatureSet& lacks, SubjectEntry& entry) {
  entry.contract = contract;
  entry.lacks = lacks;
  if (contract.finalizers == Contract::Finalizers::never) {
    entry.lacks.set(static_cast<std::size_t>(Feature::finalizers));
  }
  if (contract.callbacks == Contract::Callbacks::never) entry.lacks.set(static_cast<std::size_t>(Feature::callbacks));
  if (contract.ephemerons == Contract::Ephemerons::never) entry.lacks.set(static_cast<std::size_t>(Feature::weakmaps));
  entry.lacks.set(static_cast<std::size_t>(Feature::legacy));
  entry.lacks.set(static_cast<std::size_t>(Feature::callables));
  entry.lacks.set(static_cast<std::size_t>(Feature::custom));
  entry.lacks.set(static_cast<std::size_t>(Feature::cells));
  entry.lacks.set(static_cast<std::size_t>(Feature::methods));
  entry.lacks.set(static_cast<std::size_t>(Feature::frames));
  entry.lacks.set(static_cast<std::size_t>(Feature::generators));
  entry.lacks.set(static_cast<std::size_t>(Feature::sets));
  entry.lacks.set(static_cast<std::size_t>(Feature::keys));
  // A trace is written in some profile, and means the same in each.
  entry.profiles = {ProfileId::python3_11};
  for (std::size_t code = 0; code < kOpCodes; ++code) {
    if (!is_judged(static_cast<OpCode>(code))) entry.missing.set(code);
  }
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
          may_refuse = entry.may_refuse, contract = entry.contract, lacks = entry.lacks, missing = entry.missing,
          profiles = entry.profiles, share = entry.share] {
    Contestants contestants;
    auto model = std::make_unique<ModelSubject>();
    const ModelSubject& view = *model;
    contestants.model = std::move(model);
    contestants.subject = make();
    if (special) contestants.special = special(*contestants.subject);
    if (contract) {
      contestants.runs_model = false;
      contestants.judge = judge_by(*contract);
      contestants.lacks = [lacks, missing](const Trace& trace) {
        return uses(trace, lacks) || find_missing(trace, missing).has_value();
      };
      return contestants;
    }
    // Traces of a search that subjects take turns in are not made for one of them.
    if (share > 0 && (missing.any() || !profiles.empty())) {
      contestants.lacks = [missing, profiles](const Trace& trace) {
        const bool follows =
            profiles.empty() || std::find(profiles.begin(), profiles.end(), trace.profile) != profiles.end();
        return !follows || find_missing(trace, missing).has_value();
      };
    }
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
