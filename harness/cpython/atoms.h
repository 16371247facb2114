/* Integers and strings: rules I on the interpreter's own. A constant is made with the functions that the compiler uses;
   whether the compiler interns it was asked when the trace was read. */
#ifndef CYCLECHECK_ATOMS_H
#define CYCLECHECK_ATOMS_H

#include "version.h"

void set_up_atoms(void);
void begin_atoms(void);
int is_atom(int kind);
/* New references. `name`: the variable under which the object is recorded, if the trace has not seen it yet. */
PyObject* make_integer(long value, int name);
PyObject* make_constant(const char* text, int is_interned, int name);
PyObject* add_atoms(int a, int b, int name); /* NULL: the result would be too large */
PyObject* intern_string(int record);

#endif
