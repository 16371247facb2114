#include "model/trashcan.hpp"

namespace cyclecheck::model {

using Scheme = Profile::Trashcan;

bool Trashcan::enter(Who who, Id id) {
  bool too_deep = false;
  switch (scheme_) {
    case Scheme::one_level:
      too_deep = level_ >= kUnwindLevel;
      break;  // T2
    case Scheme::two_levels:
      too_deep = level_ + (who == Who::subtype ? 1 : 0) >= kUnwindLevel;
      break;  // T3
    case Scheme::headroom:
      too_deep = level_ >= kHeadroomLevel;
      break;  // T4
    case Scheme::none:
      break;  // T6
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
  // T3: a subtype never empties the trashcan itself.
  if (scheme_ == Scheme::two_levels && who == Who::subtype) return false;
  return due();
}

void Trashcan::enter_items() {
  if (scheme_ != Scheme::one_level) ++level_;
}

bool Trashcan::leave_items() {
  if (scheme_ == Scheme::one_level) return false;
  --level_;
  return scheme_ == Scheme::headroom && due();
}

Id Trashcan::take() {
  const Id id = deposited_.back();
  deposited_.pop_back();
  return id;
}

bool Trashcan::due() const {
  if (deposited_.empty()) return false;
  return scheme_ == Scheme::headroom ? level_ < kHeadroomDrain : level_ <= 0;
}

}  // namespace cyclecheck::model
