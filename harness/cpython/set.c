#include "set.h"

#include <stdlib.h>

#include "faults.h"
#include "log.h"
#include "records.h"
#include "tokens.h"
#include "window.h"

#if PY_MAJOR_VERSION == 2
typedef long Hash;
#else
typedef Py_hash_t Hash;
#endif

/* That of a token is 0, so that it is always the first one of its set. */
static Hash hash_of(PyObject* object) { return records[record_of(object)].hash; }

void make_hashable(PyTypeObject* cls) { cls->tp_hash = hash_of; }

static void add(PyObject* set, PyObject* element) {
  if (PySet_Add(set, element) < 0) fail("an element could not be added", "");
}

int create_set(int name) {
  PyObject *set, *token;
  int record;
  await_allocation(ANY_SIZE);
  set = PySet_New(NULL);
  ENTER();
  if (!got_memory(set != NULL)) return NO_RECORD;
  record = new_record(set, name, KIND_SET, NO_SCRIPT);
  token = new_token(record);
  add(set, token);
  Py_DECREF(token);
  return record;
}

int is_hashed(PyObject* object) {
  const int record = record_of(object);
  if (record < 0 || PY_MAJOR_VERSION > 2) {
    return record >= 0 && (records[record].kind < CLASS_KINDS || records[record].kind == KIND_CUSTOM);
  }
  return records[record].kind < KIND_CLASSIC || records[record].kind == KIND_CUSTOM;
}

void add_to_set(PyObject* set, PyObject* element) {
  if (is_hashed(element)) add(set, element);
}

/* The elements in their order, each held; the token is among them. */
static PyObject** elements_of(PyObject* set, Py_ssize_t* size) {
  PyObject** elements = malloc((size_t)(PySet_GET_SIZE(set) + 1) * sizeof *elements);
  PySetObject* table = (PySetObject*)set;
  Py_ssize_t i;
  if (elements == NULL) fail("out of memory", "");
  *size = 0;
  for (i = 0; i <= table->mask; ++i) {
    PyObject* element = table->table[i].key;
    if (element == NULL) continue;
    Py_INCREF(element);
    elements[(*size)++] = element;
  }
  return elements;
}

void take_from_set(PyObject* set, PyObject* element) {
  Py_ssize_t size, i;
  PyObject** elements;
  if (!is_hashed(element) || PySet_Contains(set, element) != 1) return;
  elements = elements_of(set, &size);
  PySet_Clear(set);
  for (i = 0; i < size; ++i) {
    if (elements[i] == element) continue;
    add(set, elements[i]);
    Py_DECREF(elements[i]);
  }
  free(elements);
  Py_DECREF(element);
}

void empty_set(PyObject* set) {
  Py_ssize_t size, i;
  PyObject** elements = elements_of(set, &size);
  PySet_Clear(set);
  for (i = 0; i < size; ++i) {
    if (is_token(elements[i])) add(set, elements[i]);
    Py_DECREF(elements[i]);
  }
  free(elements);
}
