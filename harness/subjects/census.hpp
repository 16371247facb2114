// Counts what a run of the model went through: which rules acted, and which states were reached.
#pragma once

#include <cstddef>
#include <vector>

#include "harness/subjects/reached.hpp"
#include "model/observer.hpp"
#include "trace/trace.hpp"

namespace cyclecheck {

// Adds to a Reach what it sees of runs, one after the other. Not thread-safe.
//
// The model tells facts; which rule a fact belongs to is known here alone: by the object's kind and state, by the
// operation, by the collection's phase, or by the events that were logged. Where two rules leave the same fact the
// census counts the one that is sure; so a rule that it counts did act.
class Census final : public model::Observer {
 public:
  // `next` is told of collections and of every phase but `scan`, when these are counted. All of them outlive the runs.
  Census(const Trace& trace, Reach& reach, model::Observer* next);

  // What the events of a run tell, when it is over.
  void count_log(const Log& log);

  void run_begins() override;
  void operation_begins(const Operation& operation) override;
  void operation_ends(const Operation& operation) override;
  void happened(model::Fact fact, model::Id id) override;
  void collection_begins(std::size_t generation, model::CollectionCause cause) override;
  void phase_ended(model::CollectionPhase phase, const model::List& first, const model::List& second,
                   model::Id scanned) override;

 private:
  // An operation that runs.
  struct Doing {
    OpCode code = OpCode::safepoint;
    // Objects from this one on are made in it, or meanwhile.
    model::Id first_new = 0;
    // Objects that its operands found, and the first of them.
    std::size_t found = 0;
    model::Id first = model::kNone;
  };
  // A collection that runs.
  struct Collecting {
    std::size_t generation = 0;
    // The one that ended last.
    model::CollectionPhase phase = model::CollectionPhase::merge;
    bool second_look = false;  // C9
    const model::List* unreachable = nullptr;
    const model::List* set_aside = nullptr;
    const model::List* queued = nullptr;
    std::size_t moved = 0;
    // What is watched until the phase is over: weak references whose callbacks run, objects that are cleared.
    std::vector<model::Id> watched;
    std::size_t garbage = 0;
  };

  void found(model::Id id);
  void bound(model::Id id);
  void made(model::Id id);
  void counted();
  void untracked(model::Id id);
  void dying(model::Id id);
  void count_trashcan();
  void deposited();
  void called(model::Id id);
  void freed(model::Id id);
  void cleared(model::Id weak);
  void count_begin(std::size_t generation, model::CollectionCause cause);
  void count_event(const Event& event);
  void look_for_damage(const model::List& base);
  void count_phase(model::CollectionPhase phase, const model::List& first, const model::List& second);
  void scanned(const model::List& unreachable);
  void uncollectable(const Collecting& collecting);
  void answered();
  void look_for_resurrected(const model::List& unreachable);
  [[nodiscard]] const model::Object& object(model::Id id) const;
  [[nodiscard]] bool doing(OpCode code) const { return !doing_.empty() && doing_.back().code == code; }

  const Profile& profile_;
  Reach& reach_;
  model::Observer* next_;
  std::vector<Doing> doing_;
  std::vector<Collecting> collecting_;
  // The weak reference that is cleared next, if it is by the end of D2 and D3.
  model::Id silent_ = model::kNone;
  // What all collections answered, in sum.
  std::uint64_t answers_ = 0;
  // Which objects callbacks brought back to life.
  std::vector<bool> came_back_;
  // Which objects were in gc.garbage before.
  std::vector<bool> was_garbage_;
};

// Runs the model as model::run does, and adds to `reach` what it went through. `next`: as for Census.
void run_counted(const Trace& trace, Observe observe, Log& log, Reach& reach, model::Observer* next = nullptr);

}  // namespace cyclecheck
