#include "model/trashcan.hpp"

namespace cyclecheck::model {

using Rule = Profile::Trashcan;

bool Trashcan::enter(Who who, Id id) {
  bool too_deep = false;
  switch (rule_) {
    case Rule::one_level:
      too_deep = level_ >= kUnwindLevel;
      break;  // T2
    case Rule::two_levels:
      too_deep = level_ + (who == Who::subtype ? 1 : 0) >= kUnwindLevel;
      break;  // T3
    case Rule::headroom:
      too_deep = level_ >= kHeadroomLevel;
      break;  // T4
  }
  if (too_deep) {
    deposited_.push_back(id);
    return false;
  }
  ++level_;
  return true;
}

bool Trashcan::leave(Who who) {
  --level_;
  // T3: a subtype leaves what is deposited to somebody else.
  if (rule_ == Rule::two_levels && who == Who::subtype) return false;
  return due();
}

void Trashcan::enter_items() {
  if (rule_ != Rule::one_level) ++level_;
}

bool Trashcan::leave_items() {
  if (rule_ == Rule::one_level) return false;
  --level_;
  return rule_ == Rule::headroom && due();
}

Id Trashcan::take() {
  const Id id = deposited_.back();
  deposited_.pop_back();
  return id;
}

bool Trashcan::due() const {
  if (deposited_.empty()) return false;
  return rule_ == Rule::headroom ? level_ < kHeadroomDrain : level_ <= 0;
}

}  // namespace cyclecheck::model
