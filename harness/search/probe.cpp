#include "harness/search/probe.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "harness/generate/generate.hpp"
#include "harness/judge/judge.hpp"
#include "harness/shrink/shrink.hpp"
#include "harness/subjects/subjects.hpp"

namespace cyclecheck {
namespace {

constexpr std::chrono::milliseconds kShrinkTime{2'000};

// A value that is not excluded yet, and what excludes it: a breach of one of its parameter's rules.
struct Candidate {
  ProbedValue* value;
  Judge judge;
  std::vector<ContractRule> rules;

  [[nodiscard]] bool owns(ContractRule rule) const {
    return std::find(rules.begin(), rules.end(), rule) != rules.end();
  }
};

// Its rules are those of a parameter; the others hold for everybody.
bool depends_on_contract(ContractRule rule) {
  using enum ContractRule;
  return rule == J5 || rule == J8 || rule == J11 || rule == J12 || rule == J13 || rule == J14 || rule == J15;
}

// The place of that parameter.
constexpr std::size_t kCollections = 1;

class Prober {
 public:
  Prober(const SubjectEntry& entry, const ProbeOptions& options)
      : entry_(entry), options_(options), subject_(entry.make()), loosest_(*entry.contract) {
    // What the subject has decides what the traces are; what it promises does not.
    loosest_.counts = Contract::Counts::lazy;
    loosest_.collections = 0;
    loosest_.weak_references = Contract::WeakReferences::unreachable;
    loosest_.left = Contract::Left::any;
    if (loosest_.finalizers != Contract::Finalizers::never) loosest_.finalizers = Contract::Finalizers::always;
    if (loosest_.ephemerons != Contract::Ephemerons::never) loosest_.ephemerons = Contract::Ephemerons::leaky;
  }

  Probe run() {
    using enum ContractRule;
    Probe result;
    std::vector<std::vector<std::string>> texts{{"counts=lazy", "counts=prompt"}, {"collections=none"}};
    for (std::uint32_t n = kMostCollections; n > 0; --n) texts[1].push_back("collections=" + std::to_string(n));
    texts.push_back({"weakrefs=unreachable", "weakrefs=death"});
    texts.push_back({"left=any", "left=cycles", "left=opaque", "left=none"});
    std::vector<std::vector<ContractRule>> rules{{J13}, {J14}, {J8}, {J15}};
    if (loosest_.finalizers != Contract::Finalizers::never) {
      texts.push_back({"finalizers=always", "finalizers=once"});
      rules.push_back({J5});
    } else {
      texts.push_back({"finalizers=never"});
      rules.emplace_back();
    }
    if (loosest_.callbacks != Contract::Callbacks::never) {
      texts.push_back({"callbacks=before", "callbacks=after"});
      rules.push_back({J11, J12});
    } else {
      texts.push_back({"callbacks=never"});
      rules.emplace_back();
    }
    if (loosest_.ephemerons != Contract::Ephemerons::never) {
      texts.push_back({"ephemerons=leaky", "ephemerons=collected"});
      rules.push_back({J14});
    } else {
      texts.push_back({"ephemerons=never"});
      rules.emplace_back();
    }
    for (const auto& values : texts) {
      auto& row = result.parameters.emplace_back();
      for (const std::string& text : values) row.push_back({text, {}, {}});
    }
    std::vector<Candidate> candidates;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      for (ProbedValue& value : result.parameters[i]) {
        Contract contract = loosest_;
        (void)set_parameter(contract, value.text);
        // What is not collected shows where collections are promised, and what opaque objects hold is excused.
        if (value.text == "ephemerons=collected") contract.collections = entry_.contract->collections;
        if (i == kCollections || value.text == "ephemerons=collected") contract.left = entry_.contract->left;
        candidates.push_back({&value, Judge(contract), rules[i]});
      }
    }
    Trace trace;
    Log log;
    for (; result.traces < options_.traces && !(options_.stop && options_.stop()); ++result.traces) {
      draw(result.traces, trace);
      try {
        subject_->run(trace, Observe::digest, log);
      } catch (const SubjectError& error) {
        if (!result.broken) result.broken = ProbedValue{std::string(to_string(error.kind())), trace, error.what()};
        subject_ = entry_.make();
        continue;
      }
      for (Candidate& candidate : candidates) {
        if (candidate.value->excluded_by) continue;
        const auto breach = candidate.judge.judge(trace, log);
        if (!breach) continue;
        if (candidate.owns(breach->rule)) {
          exclude(candidate, trace, *breach, *candidate.value);
        } else if (!result.broken && !depends_on_contract(breach->rule)) {
          exclude(candidate, trace, *breach, result.broken.emplace());
          result.broken->text = info(breach->rule).signature;
          // Its memory may be damaged.
          subject_ = entry_.make();
        }
      }
    }
    return result;
  }

 private:
  void draw(std::uint64_t index, Trace& trace) const {
    generate(options_.seed, index,
             {.profile = entry_.profiles.front(), .max_operations = options_.max_operations, .without = entry_.missing},
             trace);
    leave_out(entry_.lacks, trace);
  }

  // The shortest trace that breaks the rule. A subject that dies meanwhile breaks something else.
  void exclude(Candidate& candidate, const Trace& trace, const Breach& seen, ProbedValue& value) {
    Log log;
    const auto judged = [&](const Trace& tried) -> std::optional<Breach> {
      try {
        if (!entry_.can_run(tried)) return std::nullopt;
        subject_->run(tried, Observe::digest, log);
        return candidate.judge.judge(tried, log);
      } catch (const SubjectError&) {
        subject_ = entry_.make();
        return std::nullopt;
      }
    };
    ShrinkOptions options;
    options.budget = kShrinkTime;
    const auto breaks = [&](const Trace& tried) {
      const auto breach = judged(tried);
      return breach && breach->rule == seen.rule;
    };
    Trace shortest = shrink(trace, breaks, options).trace;
    const auto breach = judged(shortest);
    value.why = breach ? breach->what : seen.what;
    value.excluded_by = std::move(shortest);
  }

  const SubjectEntry& entry_;
  const ProbeOptions& options_;
  std::unique_ptr<Subject> subject_;
  Contract loosest_;
};

}  // namespace

std::string Probe::contract() const {
  std::string text;
  for (const auto& values : parameters) {
    const auto best =
        std::find_if(values.rbegin(), values.rend(), [](const auto& value) { return !value.excluded_by; });
    if (best == values.rend()) continue;
    text += (text.empty() ? "" : " ") + best->text;
  }
  return text;
}

Probe probe(const SubjectEntry& entry, const ProbeOptions& options) { return Prober(entry, options).run(); }

}  // namespace cyclecheck
