/* Suspended generators (rule N23). */
#ifndef CYCLECHECK_GENERATOR_H
#define CYCLECHECK_GENERATOR_H

#include "version.h"

/* What the code of a generator does at its end: `-leaving`. */
PyObject* make_leaving(void);
/* Functions with a local variable for each slot: one yields, the other does so within `try`. */
void set_up_generators(PyObject* plain, PyObject* acting);
/* NO_RECORD: there is no memory. */
int create_generator(int acts, int name, int script);
/* Whether its variables can be used. */
int is_suspended(int record);
/* REQUIRES: it is suspended, index < ATTRIBUTES. Borrowed; NULL: unset */
PyObject* generator_slot(PyObject* generator, int index);
/* NULL unsets. */
void set_generator_slot(PyObject* generator, int index, PyObject* value);
/* REQUIRES: the caller holds it */
void close_generator(int record);

#endif
