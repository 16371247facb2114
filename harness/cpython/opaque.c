#include "opaque.h"

#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "records.h"
#include "window.h"

static void opaque_dealloc(PyObject* self) {
  Opaque* opaque = (Opaque*)self;
  ENTER();
  say_died(opaque->record);
  while (opaque->size > 0) {
    /* The macro may evaluate its argument twice. */
    PyObject* item = opaque->items[--opaque->size];
    Py_DECREF(item);
  }
  ENTER();
  free(opaque->items);
  PyObject_Free(self);
}

static PyTypeObject opaque_type = {PyVarObject_HEAD_INIT(NULL, 0)};

void set_up_opaque(void) {
  opaque_type.tp_name = "cyclecheck.opaque";
  opaque_type.tp_basicsize = sizeof(Opaque);
  opaque_type.tp_dealloc = opaque_dealloc;
  opaque_type.tp_flags = Py_TPFLAGS_DEFAULT;
  if (PyType_Ready(&opaque_type) < 0) fail("the type of opaque objects could not be made", "");
}

int create_opaque(int name) {
  Opaque* opaque = PyObject_New(Opaque, &opaque_type);
  if (opaque == NULL) fail("out of memory", "");
  opaque->size = opaque->capacity = 0;
  opaque->items = NULL;
  opaque->record = new_record((PyObject*)opaque, name, KIND_OPAQUE, NO_SCRIPT);
  return opaque->record;
}

void append_opaque(Opaque* opaque, PyObject* value) {
  opaque->items = grown(opaque->items, opaque->size, &opaque->capacity, sizeof *opaque->items);
  Py_INCREF(value);
  opaque->items[opaque->size++] = value;
}

void store_opaque(Opaque* opaque, int index, PyObject* value) {
  PyObject* old = opaque->items[index];
  Py_INCREF(value);
  opaque->items[index] = value;
  Py_DECREF(old);
}

void erase_opaque(Opaque* opaque, int index) {
  PyObject* old = opaque->items[index];
  memmove(opaque->items + index, opaque->items + index + 1, (size_t)(opaque->size - index - 1) * sizeof *opaque->items);
  --opaque->size;
  Py_DECREF(old);
}

void clear_opaque(Opaque* opaque) {
  /* It is emptied first, so that no script sees it half cleared. */
  PyObject** items = opaque->items;
  int size = opaque->size;
  opaque->items = NULL;
  opaque->size = opaque->capacity = 0;
  while (size > 0) {
    PyObject* item = items[--size];
    Py_DECREF(item);
  }
  free(items);
}
