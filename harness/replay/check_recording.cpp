#include "harness/replay/check_recording.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "harness/search/search.hpp"
#include "harness/subjects/subjects.hpp"

namespace cyclecheck {
namespace {

// A side, of whose logs is kept what can be compared with a recording.
class KeptSubject final : public Subject {
 public:
  KeptSubject(const Recording& recording, std::unique_ptr<Subject> side)
      : recording_(recording), side_(std::move(side)) {}

  [[nodiscard]] std::string name() const override { return side_->name(); }
  [[nodiscard]] Level level() const override { return side_->level(); }
  [[nodiscard]] bool orders_deaths() const override { return side_->orders_deaths(); }
  [[nodiscard]] bool renew() override { return side_->renew(); }

  void run(const Trace& trace, Observe observe, Log& log) override {
    side_->run(trace, observe, whole_);
    keep_recorded(recording_, trace, whole_, log);
  }

 private:
  const Recording& recording_;
  std::unique_ptr<Subject> side_;
  Log whole_;
};

// The traces of a recording that a side can run.
class RecordedTraces final : public CountedTogether {
 public:
  RecordedTraces(const Recording& recording, const SubjectEntry& side) {
    for (const RecordedTrace& recorded : recording.traces) {
      if (side.can_run(recorded.trace)) traces_.push_back(&recorded);
    }
  }

  [[nodiscard]] const RecordedTrace& at(std::uint64_t position) const { return *traces_[position]; }
  // What was drawn last, in this process.
  [[nodiscard]] const RecordedTrace& drawn() const { return at(drawn_); }
  [[nodiscard]] std::uint64_t size() const override { return traces_.size(); }
  void draw(std::uint64_t position, const Mark& /*mark*/, Trace& trace) const override {
    drawn_ = position;
    trace = at(position).trace;
  }

 private:
  std::vector<const RecordedTrace*> traces_;
  mutable std::uint64_t drawn_ = 0;
};

// The interpreter that was recorded: answers what it did in the trace that was drawn.
class RecordedSubject final : public Subject {
 public:
  RecordedSubject(const Recording& recording, const RecordedTraces& traces) : recording_(recording), traces_(traces) {}

  [[nodiscard]] std::string name() const override { return recording_.interpreter; }
  [[nodiscard]] Level level() const override { return Level::order; }
  void run(const Trace& /*trace*/, Observe /*observe*/, Log& log) override {
    keep_recorded(recording_, traces_.drawn(), log);
  }

 private:
  const Recording& recording_;
  const RecordedTraces& traces_;
};

}  // namespace

RecordingSummary check_recording(const Recording& recording, const SubjectEntry& side, const RecordingCheck& check) {
  RecordingSummary summary;
  const RecordedTraces drawing(recording, side);
  summary.left_out = recording.traces.size() - drawing.size();
  const MakeContestants make = [&] {
    Contestants contestants;
    contestants.model = std::make_unique<RecordedSubject>(recording, drawing);
    contestants.subject = std::make_unique<KeptSubject>(recording, side.make());
    contestants.any_order_of_deaths = check.level == Level::order && !contestants.subject->orders_deaths();
    contestants.level =
        contestants.any_order_of_deaths ? Level::order : std::min(check.level, contestants.subject->level());
    contestants.may_refuse = side.may_refuse;
    return contestants;
  };
  WorkersOptions options;
  options.jobs = check.jobs;
  options.observe = recording.observe;
  options.timeout = check.timeout + side.grace;
  const auto goes_on = [&] { return !check.stop || !check.stop(); };
  const auto told = [&](std::uint64_t position, Examination& examination) {
    const RecordedTrace& recorded = drawing.at(position);
    const Verdict& verdict = examination.verdict;
    if (verdict.left_out) {
      ++summary.left_out;
      return goes_on();
    }
    ++summary.traces;
    // Of a side that died there is nothing.
    Log expected = examination.model.value_or(Log{});
    if (!examination.model) keep_recorded(recording, recorded, expected);
    count_agreement(expected, examination.subject.value_or(Log{}), summary.agreement);
    if (verdict.outcome == Outcome::agree) {
      ++summary.agree;
    } else {
      check.on_disagreement(recorded, verdict);
    }
    return goes_on();
  };
  if (drawing.size() > 0 && goes_on()) examine_all(make, drawing, options, goes_on, told);
  return summary;
}

}  // namespace cyclecheck
