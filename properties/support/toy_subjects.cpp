#include "properties/support/toy_subjects.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include "harness/subjects/model_subject.hpp"
#include "harness/system/shared_memory.hpp"

namespace cyclecheck {
namespace {

std::size_t count_of(const Trace& trace, OpCode code) {
  return static_cast<std::size_t>(std::count_if(trace.operations.begin(), trace.operations.end(),
                                                [&](const Operation& operation) { return operation.code == code; }));
}

class Toy final : public Subject {
 public:
  // `runs` counts for all processes.
  Toy(std::string name, Fault fault, OpCode code, std::size_t triggers, std::atomic<std::size_t>& runs)
      : name_(std::move(name)), fault_(fault), code_(code), triggers_(triggers), runs_(runs) {}

  [[nodiscard]] std::string name() const override { return name_; }
  [[nodiscard]] Level level() const override { return Level::order; }

  void run(const Trace& trace, Observe observe, Log& log) override {
    model_.run(trace, observe, log);
    const std::size_t triggers = count_of(trace, code_);
    if (triggers >= triggers_) misbehave(trace, log, triggers >= 2 * triggers_);
    ran_ = true;
  }

 private:
  void misbehave(const Trace& trace, Log& log, bool is_twice) {
    switch (fault_) {
      case Fault::none:
        return;
      case Fault::lies:
        lose_a_death(log);
        return;
      case Fault::crashes:
        std::fputs("the toy is about to crash\n", stderr);
        std::fflush(stderr);
        std::signal(SIGSEGV, SIG_DFL);
        std::raise(SIGSEGV);
        return;
      case Fault::aborts:
        std::abort();
      case Fault::hangs:
        while (true) pause();
      case Fault::throws:
        throw std::runtime_error("the toy gives up");
      case Fault::exits:
        _exit(3);
      case Fault::exits_well:
        _exit(0);
      case Fault::flaky:
        // Neither one nor two runs for each replay always meet the same third.
        if (++runs_ % 3 == 1) lose_a_death(log);
        return;
      case Fault::greedy:
        take_all_memory();
        return;
      case Fault::leaks:
        for (const Operation& operation : trace.operations) leak(operation);
        return;
      case Fault::stale:
        if (ran_ || is_twice) lose_a_death(log);
        return;
    }
  }

  // NOLINTNEXTLINE(cppcoreguidelines-no-malloc,clang-analyzer-unix.Malloc)
  static void leak(const Operation& operation) { *static_cast<volatile OpCode*>(std::malloc(64)) = operation.code; }

  [[noreturn]] static void take_all_memory() {
    constexpr std::size_t kPiece = std::size_t{1} << 20;
    std::vector<std::unique_ptr<std::vector<char>>> pieces;
    // Without a limit of memory it ends all the same.
    while (pieces.size() < 4096) pieces.push_back(std::make_unique<std::vector<char>>(kPiece));
    throw std::runtime_error("there is no limit");
  }

  static void lose_a_death(Log& log) {
    Log poorer;
    bool lost = false;
    for (std::size_t i = 0; i < log.operations(); ++i) {
      for (const Event& event : log.of(i)) {
        const bool skip = !lost && event.kind == EventKind::died;
        lost = lost || skip;
        if (!skip) poorer.add(event);
      }
      poorer.end_operation();
    }
    log = poorer;
  }

  std::string name_;
  Fault fault_;
  OpCode code_;
  std::size_t triggers_;
  std::atomic<std::size_t>& runs_;
  bool ran_ = false;
  ModelSubject model_;
};

}  // namespace

void Spoilt::run(const Trace& trace, Observe observe, Log& log) {
  model_.run(trace, observe, log);
  if (threw_) log.clear();
  if (count_of(trace, code_) < triggers_) return;
  threw_ = true;
  throw std::runtime_error("spoilt");
}

SubjectEntry toy_subject(std::string name, Fault fault, OpCode code, std::size_t triggers) {
  SubjectEntry entry;
  entry.name = name;
  entry.summary = "a toy with a known fault";
  const std::shared_ptr<std::atomic<std::size_t>> runs(make_shared_value<std::atomic<std::size_t>>(),
                                                       free_shared_value<std::atomic<std::size_t>>);
  entry.make = [name = std::move(name), fault, code, triggers, runs] {
    return std::make_unique<Toy>(name, fault, code, triggers, *runs);
  };
  return entry;
}

Registry toy_registry() {
  const std::pair<const char*, Fault> faults[] = {
      {"sound", Fault::none},      {"lies", Fault::lies},
      {"crashes", Fault::crashes}, {"aborts", Fault::aborts},
      {"hangs", Fault::hangs},     {"throws", Fault::throws},
      {"exits", Fault::exits},     {"exits_well", Fault::exits_well},
      {"flaky", Fault::flaky},     {"greedy", Fault::greedy},
  };
  Registry registry;
  for (const auto& [name, fault] : faults) registry.push_back(toy_subject(name, fault, OpCode::clear, 2));
  registry.push_back(toy_subject("leaks", Fault::leaks, OpCode::clear, 0));
  for (const bool hangs : {false, true}) {
    SubjectEntry checks = toy_subject(hangs ? "checks_for_ever" : "checks", Fault::none);
    checks.special = [hangs](Subject& /*subject*/) -> SpecialCheck {
      return [hangs](const Trace& trace, Logs& /*logs*/) {
        Verdict verdict;
        const auto is_clear = [](const Operation& operation) { return operation.code == OpCode::clear; };
        if (std::count_if(trace.operations.begin(), trace.operations.end(), is_clear) < 2) return verdict;
        while (hangs) pause();
        verdict.outcome = Outcome::exception;
        verdict.signature = "checked";
        return verdict;
      };
    };
    registry.push_back(std::move(checks));
  }
  return registry;
}

}  // namespace cyclecheck
