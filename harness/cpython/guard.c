#include "guard.h"

#include <limits.h>

#include "log.h"
#include "state.h"

int faults_are_paused;

int pause_faults(int on) {
  const int before = faults_are_paused;
  faults_are_paused = on;
  return before;
}

struct guard take_guard(void) {
  struct guard guard;
  guard.threshold = generations[0].threshold;
  guard.count = generations[0].count;
  generations[0].threshold = INT_MAX;
  guard.trashcan = set_trashcan_aside();
  guard.faults = pause_faults(1);
  return guard;
}

void release_guard(struct guard guard) {
  generations[0].threshold = guard.threshold;
  generations[0].count = guard.count;
  restore_trashcan(guard.trashcan);
  (void)pause_faults(guard.faults);
}

PyObject* untracked_tuple(int size) {
  PyObject* tuple = PyTuple_New(size);
  if (tuple == NULL) fail("out of memory", "");
  if (size > 0) PyObject_GC_UnTrack(tuple);
  return tuple;
}

void dispose_tuple(PyObject* tuple) {
  Py_ssize_t i;
  PyObject_GC_UnTrack(tuple);
  for (i = 0; i < PyTuple_GET_SIZE(tuple); ++i) {
    Py_DECREF(PyTuple_GET_ITEM(tuple, i));
    PyTuple_SET_ITEM(tuple, i, NULL);
  }
  PyObject_GC_Del(tuple);
}

void dispose_list(PyObject* list) {
  PyList_SetSlice(list, 0, PyList_GET_SIZE(list), NULL);
  PyObject_GC_UnTrack(list);
  PyObject_GC_Del(list);
}

void dispose_dictionary(PyObject* dictionary) {
  PyDict_Clear(dictionary);
  PyObject_GC_UnTrack(dictionary);
  PyObject_GC_Del(dictionary);
}
