/* The interpreter's trashcan: which objects wait in it, and how deep deallocation is nested. */
#ifndef CYCLECHECK_TRASHCAN_H
#define CYCLECHECK_TRASHCAN_H

#include "version.h"

struct trashcan {
  PyObject* later;
#if !TRASHCAN_BY_STACK
  int level;
#endif
};
/* The trashcan is empty, and deallocation is not nested, until the trashcan that was set aside is restored. */
struct trashcan set_trashcan_aside(void);
void restore_trashcan(struct trashcan trashcan);

#if PY_MAJOR_VERSION > 2
/* Whether the object waits in the trashcan. */
int is_deposited(PyObject* object);
#endif
/* Ends the process if the trashcan takes an object of a long chain although it looks at the stack, which has no limit.
 */
void check_that_trashcan_is_unused(void);

/* Levels of the C stack that calls into the driver use up (3.13, rule T4). */
void adjust_recursion(int levels);
void normalise_recursion(void);

#endif
