/* The interpreter's free lists of lists, dictionaries, tuples and methods: what comes from them does not count. */
#ifndef CYCLECHECK_FREE_LISTS_H
#define CYCLECHECK_FREE_LISTS_H

#include "guard.h"

/* The trace wants the lists of rule W8 filled. */
extern int lists_filled;
/* Says whether it does; if so, fills them. */
void set_free_lists(int filled);
void fill_free_lists(void);
/* The free lists of lists and dictionaries are not emptied by a full collection in every version. */
void drain_free_lists(void);
/* Makes sure that the next dictionary, list, method and tuple of a size do not count (lists_filled). */
void refill_free_lists(int tuple_size);
/* A new method of these. NULL: there is no memory. */
PyObject* new_method(PyObject* function, PyObject* self);
/* To be called when an object dies that may leave a dictionary or a list (lists_filled). */
void trim_free_lists(void);

/* Functions of the gc module and exceptions take lists from the free list, and leave lists and tuples of one item
   there. Between these two calls the trace's own lists are not there, and afterwards they alone. */
struct guard begin_question(void);
void end_question(struct guard guard);

#endif
