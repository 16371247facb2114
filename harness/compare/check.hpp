// The two sides of a comparison, and what came of it.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/compare/divergence.hpp"
#include "harness/subjects/subjects.hpp"

namespace cyclecheck {

enum class Outcome : std::uint8_t {
  agree,
  divergence,
  crash,      // the process died: a signal, a sanitizer's report, an exit
  hang,       // no answer within the time limit
  exception,  // an exception left the subject
};

// What a check is doing; shared with the process that watches, which names the guilty side by it.
enum class Phase : std::uint8_t { idle, model, subject, compare };

// What came of one trace.
struct Verdict {
  Outcome outcome = Outcome::agree;
  // Empty if the logs agree. See harness/compare/signature.hpp.
  std::string signature;
  std::optional<Divergence> divergence;
  // The subject was spared the trace: nothing was compared.
  bool left_out = false;
  // What the subject wrote to its error output before it died, or what the exception said.
  std::string output;
  // What else is wrong, if the check tells several failures of one trace apart.
  std::vector<Verdict> also = {};

  // It, or one of the others, if that is the same failure (harness/compare/signature.hpp); null: none is.
  [[nodiscard]] const Verdict* find(std::string_view failure) const;
};

// The logs of a check; their memory is used again.
struct Logs {
  Log model;
  Log subject;
};

// Another check than one run of both sides: what it says of a trace, and the logs behind that.
using SpecialCheck = std::function<Verdict(const Trace&, Logs&)>;

// Says which promise of its contract a subject's log breaks.
using JudgeLog = std::function<std::optional<Divergence>(const Trace&, const Log&)>;

// Model and subject. They live in the process that runs them.
struct Contestants {
  std::unique_ptr<Subject> model;
  // Whether a check runs the model; where `judge` is set nothing is compared with it.
  bool runs_model = true;
  std::unique_ptr<Subject> subject;
  // Instead of running both; may be empty.
  SpecialCheck special;
  // For a subject that has a contract; may be empty.
  JudgeLog judge;
  // Whether the subject is spared a trace that asks for what it lacks; may be empty.
  std::function<bool(const Trace&)> lacks;
  // What is compared: never more than the subject promises.
  Level level = Level::order;
  // At level `order`: the deaths of an operation come in any order.
  bool any_order_of_deaths = false;
  // Adds what states the model's last run went through, and which rules acted, to the counters; may be empty.
  std::function<void(std::span<std::atomic<std::uint64_t>> reach, std::span<std::atomic<std::uint64_t>> rules)>
      add_reach;
  // Adds the heap states of the model's last run to the set; may be empty.
  std::function<void(StateSet&)> add_states;
  // Whether the subject is spared the trace that the model just ran; may be empty.
  std::function<bool()> is_left_out;
  // A trace that the subject refuses is left out, too.
  bool may_refuse = false;
  // The heap states of the model's last run; null if nobody looks at them.
  const HeapStates* heap_states = nullptr;
};

// Makes the two sides. Called in every process that runs traces, again after an exception.
using MakeContestants = std::function<Contestants()>;

// A check in this process, in three steps between which a subject elsewhere works. Each step answers the verdict if
// that is certain already. An exception becomes a verdict, and so does what a subject in another process did wrong
// (SubjectError); a crash in this process takes it along. `phase` is kept up to date.
// 1. The model runs: its exception, or the subject is spared the trace.
[[nodiscard]] std::optional<Verdict> check_model(Contestants& contestants, const Trace& trace, Observe observe,
                                                 Logs& logs, std::atomic<Phase>& phase);
// 2. The subject begins: it cannot. REQUIRES: check_model answered nothing
[[nodiscard]] std::optional<Verdict> begin_subject(Contestants& contestants, const Trace& trace, Observe observe,
                                                   Logs& logs, std::atomic<Phase>& phase);
// 3. The subject ends, and both logs are compared. REQUIRES: begin_subject answered nothing
[[nodiscard]] Verdict end_subject(Contestants& contestants, const Trace& trace, Observe observe, Logs& logs,
                                  std::atomic<Phase>& phase);

// All three steps.
[[nodiscard]] Verdict check(Contestants& contestants, const Trace& trace, Observe observe, Logs& logs,
                            std::atomic<Phase>& phase);

// "crash SIGSEGV" with the model at fault is "crash SIGSEGV in the model".
[[nodiscard]] std::string blame(std::string signature, Phase phase);

}  // namespace cyclecheck
