// A trace being executed on the model's heap: rules N, X and S of docs/memory-model.md. machine.cpp has names, scopes,
// scripts and what is observed, operations.cpp what operations do, questions.cpp those that only answer.
//
// For the sources of model/, and for those who change what an operation does; machine.hpp is how others run a trace.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "model/heap.hpp"
#include "model/machine.hpp"

namespace cyclecheck::model {

// What `call` opened: N9.
struct Scope {
  std::array<Id, 2> arguments{kNone, kNone};
  // In the order of their first binding; kNone: unbound now.
  std::vector<std::pair<Name, Id>> locals;
};

// One run of one trace. Not thread-safe.
class Machine : public Run, protected Program {
 public:
  // All of them outlive the machine. There need be no observer.
  Machine(const Trace& trace, Observe observe, Log& log, Observer* observer)
      : trace_(trace),
        profile_(profile(trace.profile)),
        observe_(observe),
        log_(log),
        observer_(observer),
        heap_(profile_, trace.settings, *this, log, observer),
        globals_(name_count(trace), kNone),
        bound_once_(globals_.size(), false) {}

  void run();

  // --- Run ---
  [[nodiscard]] const Heap& heap() const override { return heap_; }
  [[nodiscard]] const Log& log() const override { return log_; }
  [[nodiscard]] std::vector<Root> roots() const override;
  [[nodiscard]] std::span<const Id> globals() const override { return globals_; }

 protected:
  // --- names: N1 to N4 ---
  [[nodiscard]] bool in_script() const { return self_ != kNone; }

  // The variable that a name looks up: N2. Null: it is not bound.
  Id* variable(Name name);

  // N3. kNone: nothing is found.
  Id find(const Operand& operand);

  [[nodiscard]] bool usable(Id id) const;

  void bind_global(Name name, Id id);

  // N2. Takes over the caller's reference.
  void bind(Name name, Id id);

  // The store comes first, then the old value is released.
  void replace(Id& variable, Id id);

  // --- operations ---
  virtual void execute(const Operation& operation);
  void perform(const Operation& operation);
  void change_slots(const Operation& operation);
  void query(const Operation& operation);
  void create(const Operation& operation);
  void make_tuple(const Operation& operation);
  void make_pair(const Operation& operation, Kind kind, Id first, Id second);
  void change_item(const Operation& operation);
  void make_traceback(const Operation& operation);
  [[nodiscard]] bool can_be_called(Id id) const;
  void add(const Operation& operation);
  void intern(const Operation& operation);
  void bulk(const Operation& operation);
  void make_weak(const Operation& operation, Kind kind);
  void make_weak_references(const Operation& operation);
  void hold(const Operation& operation);
  void unhold(const Operation& operation);
  void fill(const Operation& operation);
  void deref(const Operation& operation);
  void collect(std::int32_t generation);
  void leave_scope();
  void shut_down();

  void run_script(ScriptId script, Id self) override;
  void tell(Fact fact, Id id) const {
    if (observer_ != nullptr) observer_->happened(fact, id);
  }

  // --- what is observed: N12 ---
  void end_operation();
  void answer(EventKind kind, std::uint32_t value) { log_.add(Event::numbers(kind, value)); }
  void answer_object(EventKind kind, Id id) { log_.add(Event::of(kind, heap_.object(id).label)); }
  void answer_counts() {
    const auto& count = heap_.counts();
    log_.add(Event::numbers(EventKind::count, count[0], count[1], count[2]));
  }
  void list_generations();

  const Trace& trace_;
  const Profile& profile_;
  Observe observe_;
  Log& log_;
  Observer* observer_;
  Heap heap_;

  std::vector<Id> globals_;
  std::vector<bool> bound_once_;
  std::vector<Name> global_order_;
  std::vector<Scope> scopes_;
  // What `hold` took, in the order in which it took them first: N16.
  std::vector<std::pair<Id, std::uint32_t>> held_;
  Id self_ = kNone;
  bool raised_ = false;
  bool stopped_ = false;
  std::size_t logged_garbage_ = 0;
  std::array<std::uint32_t, 3> logged_count_{};
};

}  // namespace cyclecheck::model
