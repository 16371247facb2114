#include "harness/replay/check_recording.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "harness/isolate/isolate.hpp"
#include "harness/subjects/subjects.hpp"

namespace cyclecheck {
namespace {

// The interpreter that was recorded: answers what it did then. It looks for a trace behind the one before.
class RecordedSubject final : public Subject {
 public:
  RecordedSubject(const Recording& recording, std::size_t first) : recording_(recording), next_(first) {}

  [[nodiscard]] std::string name() const override { return recording_.interpreter; }
  [[nodiscard]] Level level() const override { return Level::order; }

  void run(const Trace& trace, Observe /*observe*/, Log& log) override {
    for (std::size_t tries = 0; tries < recording_.traces.size(); ++tries) {
      const RecordedTrace& recorded = recording_.traces[next_];
      next_ = (next_ + 1) % recording_.traces.size();
      if (recorded.trace == trace) return keep_recorded(recording_, recorded, log);
    }
    throw SubjectError(SubjectError::Kind::refused, "this trace was not recorded");
  }

 private:
  const Recording& recording_;
  std::size_t next_;
};

// A side, of whose logs is kept what can be compared with a recording.
class KeptSubject final : public Subject {
 public:
  KeptSubject(const Recording& recording, std::unique_ptr<Subject> side)
      : recording_(recording), side_(std::move(side)) {}

  [[nodiscard]] std::string name() const override { return side_->name(); }
  [[nodiscard]] Level level() const override { return side_->level(); }
  [[nodiscard]] bool orders_deaths() const override { return side_->orders_deaths(); }

  void run(const Trace& trace, Observe observe, Log& log) override {
    side_->run(trace, observe, whole_);
    keep_recorded(recording_, trace, whole_, log);
  }

 private:
  const Recording& recording_;
  std::unique_ptr<Subject> side_;
  Log whole_;
};

// `next` is the trace with which a worker will begin.
MakeContestants against_recording(const Recording& recording, const std::size_t& next, const SubjectEntry& side,
                                  Level level) {
  return [&recording, &next, &side, level] {
    Contestants contestants;
    contestants.model = std::make_unique<RecordedSubject>(recording, next);
    contestants.subject = std::make_unique<KeptSubject>(recording, side.make());
    contestants.any_order_of_deaths = level == Level::order && !contestants.subject->orders_deaths();
    contestants.level = contestants.any_order_of_deaths ? Level::order : std::min(level, contestants.subject->level());
    contestants.may_refuse = side.may_refuse;
    return contestants;
  };
}

}  // namespace

RecordingSummary check_recording(const Recording& recording, const SubjectEntry& side, const RecordingCheck& check) {
  RecordingSummary summary;
  std::size_t i = 0;
  Isolated worker(against_recording(recording, i, side, check.level), recording.observe, check.timeout + side.grace);
  for (; i < recording.traces.size(); ++i) {
    const RecordedTrace& recorded = recording.traces[i];
    if (check.stop && check.stop()) break;
    if (!side.can_run(recorded.trace)) {
      ++summary.left_out;
      continue;
    }
    const Examination examination = worker.examine(recorded.trace);
    if (examination.verdict.left_out) {
      ++summary.left_out;
      continue;
    }
    ++summary.traces;
    if (examination.model) {
      count_agreement(*examination.model, examination.subject.value_or(Log{}), summary.agreement);
    }
    if (examination.verdict.outcome == Outcome::agree) {
      ++summary.agree;
    } else {
      check.on_disagreement(recorded, examination.verdict);
    }
  }
  return summary;
}

}  // namespace cyclecheck
