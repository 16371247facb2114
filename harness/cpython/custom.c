#include "custom.h"

#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "window.h"

static int visit_custom(PyObject* self, visitproc visit, void* arg) {
  static const int members[] = {0, 2, 1, 3};
  const Custom* custom = (const Custom*)self;
  size_t i;
  for (i = 0; i < sizeof members / sizeof *members; ++i) {
    if (members[i] < custom->size) Py_VISIT(custom->items[members[i]]);
  }
  return 0;
}

void clear_custom(Custom* custom) {
  /* It is emptied first, so that no script sees it half cleared. */
  PyObject** items = custom->items;
  const int size = custom->size;
  int i;
  custom->items = NULL;
  custom->size = custom->capacity = 0;
  for (i = 0; i < size; ++i) {
    PyObject* item = items[i];
    Py_DECREF(item);
  }
  free(items);
}

static int tp_clear_custom(PyObject* self) {
  ENTER();
  clear_custom((Custom*)self);
  ENTER();
  return 0;
}

/* The class's own dealloc has done the rest before. */
static void custom_dealloc(PyObject* self) {
  PyObject_GC_UnTrack(self);
  ENTER();
  clear_custom((Custom*)self);
  ENTER();
  Py_TYPE(self)->tp_free(self);
}

static PyTypeObject custom_type = {PyVarObject_HEAD_INIT(NULL, 0)};

PyObject* make_custom_type(void) {
  custom_type.tp_name = "cyclecheck.custom";
  custom_type.tp_basicsize = sizeof(Custom);
  custom_type.tp_dealloc = custom_dealloc;
  custom_type.tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC;
  custom_type.tp_traverse = visit_custom;
  custom_type.tp_clear = tp_clear_custom;
  custom_type.tp_new = PyType_GenericNew;
  custom_type.tp_free = PyObject_GC_Del;
  if (PyType_Ready(&custom_type) < 0) return NULL;
  Py_INCREF(&custom_type);
  return (PyObject*)&custom_type;
}

void append_custom(Custom* custom, PyObject* value) {
  custom->items = grown(custom->items, custom->size, &custom->capacity, sizeof *custom->items);
  Py_INCREF(value);
  custom->items[custom->size++] = value;
}

void store_custom(Custom* custom, int index, PyObject* value) {
  PyObject* old = custom->items[index];
  Py_INCREF(value);
  custom->items[index] = value;
  Py_DECREF(old);
}

void erase_custom(Custom* custom, int index) {
  PyObject* old = custom->items[index];
  memmove(custom->items + index, custom->items + index + 1, (size_t)(custom->size - index - 1) * sizeof *custom->items);
  --custom->size;
  Py_DECREF(old);
}
