/* The collector's lists and counts in the interpreter's memory, and what the driver does now. */
#ifndef CYCLECHECK_STATE_H
#define CYCLECHECK_STATE_H

#include "version.h"

#if PY_VERSION_HEX < 0x03080000
typedef PyGC_Head GcHead;
#define GC_NEXT(head) ((head)->gc.gc_next)
#else
/* The fields of PyGC_Head; the lowest bits of both words are flags. Releases from 3.13.5 on declare it with an
   alignment of 4 (gh-127545), and do have generations at such addresses. */
typedef struct {
  uintptr_t next, prev;
} __attribute__((aligned(4), packed)) GcHead;
#define GC_NEXT(head) ((GcHead*)((head)->next & ~(uintptr_t)1))
#endif
typedef struct {
  GcHead head;
  int threshold, count;
} Generation;
#define GC_OBJECT(gc_head) ((PyObject*)((GcHead*)(gc_head) + 1))

/* The three generations, and from 3.7 on the list that gc.freeze fills. */
extern Generation* generations;
extern GcHead* permanent;
/* The driver cleans up: it logs nothing and runs no script. */
extern int quiet;
/* The interpreter may make the dict of rule X10. */
extern int knows_gc_info;
/* The driver makes the interpreter allocate what it allocates once: foreign objects in the lists are no error yet. */
extern int is_warming_up;

#endif
