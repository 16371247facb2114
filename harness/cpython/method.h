/* Bound methods (rule N20). */
#ifndef CYCLECHECK_METHOD_H
#define CYCLECHECK_METHOD_H

#include "version.h"

void set_up_methods(void);
/* NO_RECORD: there is no memory. REQUIRES: the caller holds both */
int create_method(PyObject* function, PyObject* self, int name);
PyObject* method_part(PyObject* method, int index);

#endif
