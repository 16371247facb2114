/* Objects that traces make: nodes, instances, lists, dicts, tuples, opaque objects. */
#ifndef CYCLECHECK_OBJECTS_H
#define CYCLECHECK_OBJECTS_H

#include "version.h"

/* `classes`: as main.py has them; those of nodes and instances come first. */
void set_up_objects(PyObject* classes);
/* A new object; the caller owns the reference. The answer is its record; NO_RECORD: there is no memory. */
int create_object(int kind, int finalizer, int name, int script);
/* N15: a tuple of these items, whose references it takes over. NO_RECORD: there is no memory, and it takes none. */
int create_tuple(PyObject** items, int size, int name);

#endif
