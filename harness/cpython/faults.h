/* Allocations that fail (rules M): the n-th of a container, wherever it is made. 2.7 has no hook in its allocator. */
#ifndef CYCLECHECK_FAULTS_H
#define CYCLECHECK_FAULTS_H

#include "version.h"

#define ANY_SIZE ((size_t)-1)
#if HAS_FAULTS
/* The n-th allocation of a container from here on fails, once (M1); 0: none. */
void begin_faults(int n);
void begin_faults(int n);
void end_faults(void);
/* The next block of this size, or of any, is a container of the trace's. */
void await_allocation(size_t size);
/* To be called after that: whether there is one. A MemoryError is forgotten, anything else ends the process. */
int got_memory(int succeeded);
#else
#include "log.h"
#define begin_faults(n)
#define end_faults()
#define await_allocation(size)
#define got_memory(succeeded) ((succeeded) ? 1 : (fail("an object could not be made", ""), 0))
#endif

#endif
