/* What the driver allocates for itself: a guard keeps it from being seen by the trace. */
#ifndef CYCLECHECK_GUARD_H
#define CYCLECHECK_GUARD_H

#include "trashcan.h"

/* While a guard is held no allocation triggers a collection, and afterwards none has counted. What is freed meanwhile
   neither empties the trashcan nor is put into it, however deep in a death this happens. No allocation fails. */
struct guard {
  int threshold, count;
  struct trashcan trashcan;
  int faults;
};
struct guard take_guard(void);
void release_guard(struct guard guard);

/* While faults are paused, no allocation is one of a container of the trace's: none fails (faults.h). */
extern int faults_are_paused;
/* Answers whether they were paused before. */
int pause_faults(int on);

/* A tuple that the collector does not know. */
PyObject* untracked_tuple(int size);
/* Results of the gc module are given back to the memory allocator at once: in a free list a later full collection
   would count them. */
void dispose_tuple(PyObject* tuple);
void dispose_list(PyObject* list);
void dispose_dictionary(PyObject* dictionary);

#endif
