// Covers: traces of a drawing that are examined side by side: each is told once, in order, with both logs, whatever the
// number of workers, and however some of them end.
// Does not cover: who asks for it (properties/replay/).
#include "harness/search/examine_all.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "harness/subjects/model_subject.hpp"
#include "properties/support/toy_subjects.hpp"

namespace cyclecheck {
namespace {

GeneratedTraces some_traces(std::uint64_t traces) {
  GeneratedTraces::Options options;
  options.profiles = {ProfileId::python3_11};
  options.traces = traces;
  options.max_operations = 60;
  return GeneratedTraces(std::move(options));
}

// Every second trace is observed after each operation.
class Alternating final : public CountedTogether {
 public:
  [[nodiscard]] std::uint64_t size() const override { return 40; }
  void draw(std::uint64_t position, const Mark& mark, Trace& trace) const override {
    some_traces(40).draw(position, mark, trace);
  }
  [[nodiscard]] std::optional<Observe> observe(std::uint64_t position) const override {
    return position % 2 == 0 ? Observe::digest : Observe::every;
  }
};

TEST(ExamineAll, TellsEachTraceOnceInOrderWithAnyNumberOfWorkers) {
  for (const Fault fault : {Fault::none, Fault::lies, Fault::crashes, Fault::throws}) {
    const GeneratedTraces traces = some_traces(150);
    std::vector<std::string> first;
    for (const std::uint32_t jobs : {1U, 2U, 5U}) {
      WorkersOptions options;
      options.jobs = jobs;
      std::vector<std::string> told;
      std::size_t failed = 0;
      examine_all(
          against_model(toy_subject("toy", fault, OpCode::clear, 2), Level::order), traces, options,
          [] { return true; },
          [&](std::uint64_t position, const Examination& examination) {
            EXPECT_EQ(position, told.size());
            const Verdict& verdict = examination.verdict;
            told.push_back(verdict.signature);
            const bool is_over = verdict.outcome == Outcome::agree || verdict.outcome == Outcome::divergence;
            EXPECT_EQ(examination.model.has_value(), is_over);
            EXPECT_EQ(examination.subject.has_value(), is_over);
            failed += verdict.outcome == Outcome::agree ? 0U : 1U;
            if (verdict.outcome == Outcome::agree && examination.subject) {
              EXPECT_EQ(examination.model->all().size(), examination.subject->all().size());
            }
            return true;
          });
      EXPECT_EQ(told.size(), 150U);
      EXPECT_EQ(failed > 0, fault != Fault::none);
      if (jobs == 1) first = told;
      EXPECT_EQ(told, first);
    }
  }
}

TEST(ExamineAll, EndsWhereItIsTold) {
  std::uint64_t last = 0;
  WorkersOptions options;
  options.jobs = 2;
  examine_all(
      against_model(toy_subject("toy", Fault::none), Level::order), some_traces(UINT64_MAX), options,
      [] { return true; },
      [&](std::uint64_t position, const Examination& /*examination*/) {
        last = position;
        return position < 40;
      });
  EXPECT_EQ(last, 40U);
}

TEST(ExamineAll, ATraceIsObservedAsTheDrawingSays) {
  const Alternating traces;
  examine_all(
      against_model(toy_subject("toy", Fault::none), Level::order), traces, {}, [] { return true; },
      [&](std::uint64_t position, const Examination& examination) {
        Trace trace;
        traces.draw(position, {}, trace);
        Log log;
        ModelSubject().run(trace, *traces.observe(position), log);
        EXPECT_EQ(examination.model->all().size(), log.all().size()) << position;
        return true;
      });
}

}  // namespace
}  // namespace cyclecheck
