/* Suspended generators (rule N23). */
#ifndef CYCLECHECK_GENERATOR_H
#define CYCLECHECK_GENERATOR_H

#include "version.h"

/* What the code of a generator does at its end: `-leaving`. */
PyObject* make_leaving(void);
/* What coroutines await. */
PyObject* make_awaited(void);
/* Functions with a local variable for each slot: one yields, the next one does so within `try`; from 3.x on two that
   await in the same way. */
void set_up_generators(PyObject* functions);
/* NO_RECORD: there is no memory. */
int create_generator(int awaits, int acts, int name, int script);
/* Whether its variables can be used. */
int is_suspended(int record);
/* REQUIRES: it is suspended, index < ATTRIBUTES. Borrowed; NULL: unset */
PyObject* generator_slot(PyObject* generator, int index);
/* NULL unsets. */
void set_generator_slot(PyObject* generator, int index, PyObject* value);
/* REQUIRES: the caller holds it */
void end_generator(int record, int resumes);

#endif
