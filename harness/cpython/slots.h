/* Slots of objects (N7). The caller holds the object whose slots it changes. */
#ifndef CYCLECHECK_SLOTS_H
#define CYCLECHECK_SLOTS_H

#include "version.h"

/* How many slots in a row it has; -1: its kind has none in a row. */
int items_of(int record);
PyObject* get_slot(int record, int index); /* borrowed; NULL: unset */
void append_slot(int record, PyObject* value);
void remove_slot(int record, PyObject* value);
void store_slot(int record, int index, PyObject* value);
void erase_slot(int record, int index);
void clear_slots(int record);

#endif
