/* Where the interpreter calls the scripts of a trace: finalizers and callbacks. */
#ifndef CYCLECHECK_HOOKS_H
#define CYCLECHECK_HOOKS_H

#include "version.h"

/* The callback of every weak reference that has one. */
extern PyObject* callback;

/* `run_script` runs the script of a record, once (N10), and answers 1 if it raised. */
void set_up_hooks(int (*run_script)(int record));
/* What a call answers whose script raised, or did not. */
PyObject* swallowed(int raised);
/* Instances of the class may be callbacks. From 3.8 on `calls` is where they have room for a pointer. */
void make_callable(PyTypeObject* cls, Py_ssize_t calls);
/* A new instance of such a class. */
void let_be_called(PyObject* object, Py_ssize_t calls);
/* The `__del__` of classes; a new reference, NULL if it could not be made. */
PyObject* make_finalizer(void);
/* Code of the trace that runs when an object comes to its end, but is no finalizer of a class. */
void finalize_in_place(int record);
/* Instances of the class call their script when they die, as `__del__` did up to 3.3. 2.7 needs no help for that. */
void give_legacy_finalizer(PyTypeObject* cls);

#endif
