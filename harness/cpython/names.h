/* Variables, scopes and what operands find: rules N1 to N4. */
#ifndef CYCLECHECK_NAMES_H
#define CYCLECHECK_NAMES_H

#include "program.h"

/* The record whose script runs; NO_RECORD: none does. */
extern int script_owner;
int in_script(void);

void begin_names(int names);
void leave_all_scopes(void);
/* S2: in the order in which they were bound first. */
void unbind_globals_in_order(void);
void unbind_globals(void);

/* Gives a reference back. */
void release(PyObject* object);
/* A new reference to an object of the trace's. */
PyObject* held(int record);
/* Whether an object of the trace's can be referred to: it lives, and is not about to die. */
int usable(int record);
/* The record of what an operand finds, NO_RECORD for nothing. */
int find(const struct operand* operand);
/* These take over the reference; NULL unbinds. */
void bind_global(int name, PyObject* object);
void bind_name(int name, PyObject* object);
void drop_name(int name);
void enter_scope(const struct operation* operation);
void leave_scope(void);

#endif
