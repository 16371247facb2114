/* Weak references and proxies. */
#ifndef CYCLECHECK_WEAK_H
#define CYCLECHECK_WEAK_H

#include "version.h"

/* `subref`: a subclass of weakref.ref. */
void set_up_weak(PyTypeObject* subref);
/* W2, W3, W9. `called`: the object that is its callback; NULL: none of the trace's is. The reference is new; record_of
   tells whether the weak reference is. NULL: there is no memory. */
PyObject* make_weak(int code, int name, PyObject* referent, int script, PyObject* called);
PyObject* weak_referent(PyObject* weak); /* borrowed; NULL: dead */
/* An attribute of a proxy's referent, a new reference; NULL: the referent is dead. */
PyObject* read_through_proxy(PyObject* proxy);

#endif
