/* Objects of a type made with the C API (N18): members, which the collector sees, and a payload, which it does not. */
#ifndef CYCLECHECK_CUSTOM_H
#define CYCLECHECK_CUSTOM_H

#include "version.h"

typedef struct {
  PyObject_HEAD int size, capacity;
  PyObject** items; /* the first ones are members */
} Custom;

/* The base of the classes; a new reference, NULL if it could not be made. */
PyObject* make_custom_type(void);
void append_custom(Custom* custom, PyObject* value);
/* REQUIRES: index < custom->size. */
void store_custom(Custom* custom, int index, PyObject* value);
void erase_custom(Custom* custom, int index);
void clear_custom(Custom* custom);

#endif
