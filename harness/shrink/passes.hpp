// What a shrinker tries, pass by pass. Each goes through the best trace once, and makes it simpler where it can.
#pragma once

#include "harness/shrink/shrink_search.hpp"

namespace cyclecheck {

// Settings, kinds, operands, numbers and texts become simpler ones.
void simplify_settings(ShrinkSearch& search);
void simplify_operations(ShrinkSearch& search);

// `shutdown` drops all variables and collects. It takes the place of operations that do so one by one.
void end_with_shutdown(ShrinkSearch& search);

// Takes links out of a chain: two operations each, and then the operations that follow name another object.
void drop_links(ShrinkSearch& search);

// One `bulk` makes many objects, which are linked afterwards. Tried with all objects that `bulk` can make, with those
// of one kind, and with those that are made one after the other.
void make_at_once(ShrinkSearch& search);

// Two objects that a `bulk` makes one after the other become one.
void contract_bulks(ShrinkSearch& search);

// Some operations only allocate, or keep what was allocated. One `bulk` allocates as many nodes instead, or more, into
// a node that is there already.
void allocate_at_once(ShrinkSearch& search);

// Fewer operations, and each `bulk` makes more objects instead.
void drop_for_more_objects(ShrinkSearch& search);

}  // namespace cyclecheck
