// The trashcan: how deeply deallocations nest before the next one is put off (rules T1 to T6).
#pragma once

#include <vector>

#include "model/liveness.hpp"
#include "trace/profile.hpp"

namespace cyclecheck::model {

class Trashcan {
 public:
  // What is being deallocated: T1.
  enum class Who { subtype, built_in };

  explicit Trashcan(Profile::Trashcan rule) : scheme_(rule) {}

  // Enters a deallocation. False: it is nested too deeply; the object was deposited and must not be deallocated now.
  bool enter(Who who, Id id);
  // Leaves it. True: what is deposited has to be deallocated now, between start_emptying and stop_emptying.
  bool leave(Who who);
  // A node releases its items one level deeper, except where subtypes are counted once.
  void enter_items();
  // True: as for leave.
  bool leave_items();

  [[nodiscard]] bool empty() const { return deposited_.empty(); }
  void start_emptying() { ++level_; }
  void stop_emptying() { --level_; }
  // The object deposited last, which is no longer deposited. REQUIRES: !empty().
  Id take();
  // T5: whether the rule leaves deposited objects to the end of an operation.
  [[nodiscard]] bool waits_for_the_end() const { return scheme_ == Profile::Trashcan::two_levels; }

 private:
  static constexpr int kUnwindLevel = 50;
  static constexpr int kHeadroomLevel = 9947;
  static constexpr int kHeadroomDrain = 9897;

  [[nodiscard]] bool due() const;

  Profile::Trashcan scheme_;
  int level_ = 0;
  std::vector<Id> deposited_;
};

}  // namespace cyclecheck::model
