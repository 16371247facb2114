// The model as a subject that is looked at before the last operation of a trace, its shutdown.
#pragma once

#include <cstdint>
#include <string>

#include "harness/exhaust/heap_outline.hpp"
#include "harness/subjects/subjects.hpp"
#include "model/machine.hpp"

namespace cyclecheck {

// Not thread-safe. REQUIRES: as for ModelSubject.
class SeenModel final : public Subject, private model::Observer {
 public:
  [[nodiscard]] std::string name() const override { return "model"; }
  [[nodiscard]] Level level() const override { return Level::order; }
  void run(const Trace& trace, Observe observe, Log& log) override;

  // Whether runs from now on leave a view; the key they leave always.
  void look(bool looks) { looks_ = looks; }
  // Of the heap before the last operation; what an empty heap has if there is no other one.
  [[nodiscard]] const HeapOutline& view() const { return view_; }
  [[nodiscard]] std::uint64_t key() const { return key_; }

 private:
  void step_ended(std::size_t operation) override;

  std::size_t last_ = 0;
  bool looks_ = false;
  HeapOutline view_;
  std::uint64_t key_ = 0;
};

}  // namespace cyclecheck
