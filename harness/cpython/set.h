/* Sets, whose order the driver knows, since it decides the hashes of their elements (rule N24). */
#ifndef CYCLECHECK_SET_H
#define CYCLECHECK_SET_H

#include "version.h"

/* Instances of the class have a hash of their own. */
void make_hashable(PyTypeObject* cls);
/* NO_RECORD: there is no memory. */
int create_set(int name);
void add_to_set(PyObject* set, PyObject* element);
/* Whether an object can be in a set, or a key. */
int is_hashed(PyObject* object);
/* What is left goes into an empty table, in its order. */
void take_from_set(PyObject* set, PyObject* element);
void empty_set(PyObject* set);

#endif
