// What a shrinker tries, pass by pass. Each goes through the best trace once, and makes it simpler where it can.
#pragma once

#include "harness/shrink/shrink_search.hpp"

namespace cyclecheck {

// Settings, kinds, operands, numbers and texts become simpler ones.
void simplify_settings(ShrinkSearch& search);
void simplify_operations(ShrinkSearch& search);

// The end of the program drops all variables and collects, and it stands for operations that do so one by one.
void end_with_shutdown(ShrinkSearch& search);

// A link of a chain is two operations, and the names of those that follow.
void drop_links(ShrinkSearch& search);

// One `bulk` makes many objects that are then linked: all that can be made so, those of one kind, or those made one
// after the other.
void make_at_once(ShrinkSearch& search);

// Neighbours among the objects that a `bulk` makes become one.
void contract_bulks(ShrinkSearch& search);

// Operations whose use is to allocate, or to keep what was allocated: one `bulk` allocates as many nodes into a node
// that is there already.
void allocate_at_once(ShrinkSearch& search);

// Fewer operations, and each `bulk` makes more objects instead.
void drop_for_more_objects(ShrinkSearch& search);

}  // namespace cyclecheck
