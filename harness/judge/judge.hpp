// The judge: does a log keep the contract of a collector? docs/contracts.md is its specification.
//
// The door of the room: other rooms include this header alone.
//
// It does not predict. It applies the trace's operations to a plain object graph, runs a script when the log says that
// it ran, and checks each event of the log against what the contract promises at that moment.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/judge/breach.hpp"
#include "harness/judge/object_graph.hpp"
#include "harness/subjects/subjects.hpp"

namespace cyclecheck {

// Whether the judge knows what the operation does. What it does not know is left out for subjects with a contract: the
// debug flags and gc.garbage, freezing, failing allocations, integers and strings, many references at once.
[[nodiscard]] bool is_judged(OpCode code);

// Not thread-safe; its memory is used again from trace to trace.
class Judge {
 public:
  explicit Judge(const Contract& contract) : contract_(contract) {}

  // The first breach, or nothing. O(events), and O(objects + references) for each operation in which something dies
  // that is referred to, each operation of a script and each explicit full collection.
  // REQUIRES: is_judged for every operation of the trace, which makes no custom object; the log has a group for each
  // operation
  [[nodiscard]] std::optional<Breach> judge(const Trace& trace, const Log& log);

 private:
  struct Stop {
    Breach breach;
  };

  // Following the log.
  void follow(std::size_t operation);
  [[nodiscard]] bool is_at_end() const { return at_ == events_.size(); }
  // The events up to the next one that an operation itself answers, or up to `step`.
  void consume();
  void consume_until_made(Name name);
  void step();
  [[nodiscard]] const Event& answer(EventKind kind);
  void end_of_operation(const Operation& operation);

  // Events.
  void died(const Event& event);
  void finalizer(const Event& event);
  void callback(const Event& event);
  void run_script(ObjectIndex self);

  // Operations.
  void perform(const Operation& operation);
  void make(const Operation& operation, GraphNode::Kind kind);
  void bulk(const Operation& operation);
  void make_tuple(const Operation& operation);
  void make_weak(const Operation& operation);
  [[nodiscard]] ObjectIndex shared_weak(ObjectIndex referent);
  void mutate(const Operation& operation);
  void ask(const Operation& operation);
  void map_to(const Operation& operation);
  void ask_map(const Operation& operation);
  void ask_tracked(const Operation& operation);
  void leave();
  void shut_down();
  [[nodiscard]] bool has_step_ahead() const;
  void release_globals();
  // What `make` and its like made is bound; CPython's machine comes to a safepoint before (rule N11).
  void bind_made(Name name, ObjectIndex made);
  [[nodiscard]] ObjectIndex find(const Operand& operand);

  // Promises.
  void check_counts();
  void check_callbacks(const Operation& operation);
  [[nodiscard]] static bool is_full_collection(const Operation& operation) {
    return operation.code == OpCode::collect && operation.number[0] == 2;
  }
  void begin_collection();
  void end_collection();
  void check_left();
  // By object: whether it belongs to a piece of the garbage that a script laid hands on.
  [[nodiscard]] std::vector<bool> touched_pieces() const;
  // What may be there for ever: what opaque objects that are there hold.
  [[nodiscard]] std::vector<bool> excused() const;

  [[noreturn]] void stop(ContractRule rule, std::string what) const;
  [[nodiscard]] std::string name(ObjectIndex index) const { return to_string(graph_[index].label, *trace_); }
  [[nodiscard]] ObjectIndex object_of(const Event& event) const;
  [[nodiscard]] bool in_script() const { return scripts_ > 0; }
  [[nodiscard]] bool was_unreachable(ObjectIndex index) {
    return !graph_.is_reachable(index) || graph_[index].unreachable_at == moment_;
  }

  Contract contract_;
  ObjectGraph graph_;
  const Trace* trace_ = nullptr;
  std::size_t operation_ = 0;
  std::span<const Event> events_;
  std::size_t at_ = 0;
  // One for each operation of the trace.
  std::uint64_t moment_ = 0;
  std::uint32_t scripts_ = 0;
  ObjectIndex self_ = kNoObject;
  bool is_over_ = false;
  // Objects that died, whose weak references are still to be asked whether their callbacks ran.
  std::vector<ObjectIndex> deaths_;

  // The explicit full collection that runs: what was unreachable when it began, and what scripts laid hands on since.
  std::vector<ObjectIndex> garbage_;
  std::vector<std::vector<ObjectIndex>> garbage_slots_;
  // Then: a map or a key, and a value that it keeps.
  std::vector<std::pair<ObjectIndex, ObjectIndex>> entries_;
  std::vector<ObjectIndex> touched_;
  std::vector<bool> excused_before_;
};

}  // namespace cyclecheck
