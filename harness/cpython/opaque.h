/* Objects whose references the collector does not see. They are no containers, so they are their own tokens. */
#ifndef CYCLECHECK_OPAQUE_H
#define CYCLECHECK_OPAQUE_H

#include "version.h"

typedef struct {
  PyObject_HEAD int record, size, capacity;
  PyObject** items;
} Opaque;

void set_up_opaque(void);
/* A new object; the caller owns the reference. The answer is its record. */
int create_opaque(int name);
void append_opaque(Opaque* opaque, PyObject* value);
/* REQUIRES: index < opaque->size. */
void store_opaque(Opaque* opaque, int index, PyObject* value);
void erase_opaque(Opaque* opaque, int index);
void clear_opaque(Opaque* opaque);

#endif
