#include "objects.h"

#include <structmember.h>

#include "attributes.h"
#include "cell.h"
#include "faults.h"
#include "frame.h"
#include "free_lists.h"
#include "generator.h"
#include "hooks.h"
#include "log.h"
#include "opaque.h"
#include "records.h"
#include "set.h"
#include "tokens.h"
#include "window.h"

/* By kind; those of objects of an extension's type come last. */
enum { CUSTOM_CLASS = CLASS_KINDS, CLASSES };
static PyObject* classes[CLASSES][FINALIZERS];
static Py_ssize_t token_offset[CLASSES][FINALIZERS];

static int class_of(int kind) { return kind == KIND_CUSTOM ? CUSTOM_CLASS : kind; }
/* Where nodes have a pointer to what is called if they are callbacks; 0: nowhere. */
static Py_ssize_t call_offset[FINALIZERS];

/* The slot holds no object: the interpreter is told that it is a number. */
static void set_up_calls(PyObject* cls, int finalizer) {
  PyObject* member = PyObject_GetAttrString(cls, "calls");
  if (member == NULL) {
    PyErr_Clear();
  } else {
    PyMemberDef* const slot = ((PyMemberDescrObject*)member)->d_member;
    slot->type = T_PYSSIZET;
    call_offset[finalizer] = slot->offset;
    Py_DECREF(member);
  }
  make_callable((PyTypeObject*)cls, call_offset[finalizer]);
}

void set_up_objects(PyObject* all_classes) {
  int kind, finalizer;
  for (kind = 0; kind < CLASSES; ++kind) {
    for (finalizer = 0; finalizer < FINALIZERS; ++finalizer) {
      PyObject* cls = PyTuple_GET_ITEM(all_classes, kind * FINALIZERS + finalizer);
      PyObject* member = PyObject_GetAttrString(cls, "token");
      Py_INCREF(cls);
      classes[kind][finalizer] = cls;
      if (member == NULL) {
        PyErr_Clear(); /* the token is the first attribute */
      } else {
        token_offset[kind][finalizer] = ((PyMemberDescrObject*)member)->d_member->offset;
        Py_DECREF(member);
      }
      if (kind == KIND_NODE) set_up_calls(cls, finalizer);
      if (PyType_Check(cls)) make_hashable((PyTypeObject*)cls);
      if (finalizer >= FINALIZER_LEGACY) give_legacy_finalizer((PyTypeObject*)cls);
    }
  }
}

/* A classic instance's dictionary comes first (N6). The driver makes it itself, to have control between the two
   allocations: if the first one collects, the second may do so too. */
static PyObject* instance_of(int kind, int finalizer) {
#if PY_MAJOR_VERSION == 2
  if (kind == KIND_CLASSIC) {
    PyObject *object, *dictionary = PyDict_New();
    ENTER();
    if (dictionary == NULL) return NULL;
    object = PyInstance_NewRaw(classes[kind][finalizer], dictionary);
    Py_DECREF(dictionary);
    return object;
  }
#endif
  await_allocation(ANY_SIZE);
  return PyObject_CallObject(classes[class_of(kind)][finalizer], NULL);
}

/* The token of a list or tuple is its first item (N13, N15), that of a dict its first value (N14). */
static int create_list(int name) {
  PyObject* list;
  int record;
  await_allocation(ANY_SIZE);
  list = PyList_New(1);
  ENTER();
  if (!got_memory(list != NULL)) return NO_RECORD;
  record = new_record(list, name, KIND_LIST, NO_SCRIPT);
  PyList_SET_ITEM(list, 0, new_token(record));
  return record;
}

static int create_dict(int name) {
  PyObject *dict, *token;
  int record;
  await_allocation(DICTIONARY_SIZE);
  dict = PyDict_New();
  ENTER();
  if (!got_memory(dict != NULL)) return NO_RECORD;
  record = new_record(dict, name, KIND_DICT, NO_SCRIPT);
  token = new_token(record);
  if (PyDict_SetItem(dict, token_name, token) < 0) fail("out of memory", "");
  Py_DECREF(token);
#if PY_MAJOR_VERSION == 2
  {
    /* A table of 32 places, so that every key has a place of its own. */
    int i;
    for (i = 0; i < ATTRIBUTES; ++i) PyDict_SetItem(dict, attribute_names[i], Py_None);
    for (i = 0; i < ATTRIBUTES; ++i) PyDict_DelItem(dict, attribute_names[i]);
  }
#endif
  return record;
}

int create_tuple(PyObject** items, int size, int name) {
  PyObject* tuple;
  int record, i;
  refill_free_lists(size + 1);
  await_allocation(ANY_SIZE);
  tuple = PyTuple_New(size + 1);
  ENTER();
  if (!got_memory(tuple != NULL)) return NO_RECORD;
  for (i = 0; i < size; ++i) PyTuple_SET_ITEM(tuple, i + 1, items[i]);
  record = new_record(tuple, name, KIND_TUPLE, NO_SCRIPT);
  PyTuple_SET_ITEM(tuple, 0, new_token(record));
  return record;
}

int create_object(int kind, int finalizer, int name, int script) {
  PyObject *object, *dictionary;
  int record;
  if (kind == KIND_OPAQUE) return create_opaque(name);
  if (kind != KIND_NODE) refill_free_lists(0);
  if (kind == KIND_LIST) return create_list(name);
  if (kind == KIND_DICT) return create_dict(name);
  if (kind == KIND_CELL) return create_cell(name);
  if (kind == KIND_FRAME) return create_frame(name);
  if (kind == KIND_SET) return create_set(name);
  if (kind == KIND_GENERATOR || kind == KIND_COROUTINE) {
    return create_generator(kind == KIND_COROUTINE, finalizer != FINALIZER_NONE, name, script);
  }
  object = instance_of(kind, finalizer);
  ENTER();
  if (!got_memory(object != NULL)) return NO_RECORD;
  record = new_record(object, name, kind, script);
  if (token_offset[class_of(kind)][finalizer] != 0) {
    *(PyObject**)((char*)object + token_offset[class_of(kind)][finalizer]) = new_token(record);
  } else {
    PyObject* token = new_token(record);
    if (PyObject_SetAttr(object, token_name, token) < 0) fail("a token could not be set", "");
    Py_DECREF(token);
  }
  if (kind == KIND_CUSTOM) return record;
  if (kind == KIND_NODE) {
    let_be_called(object, call_offset[finalizer]);
    return record;
  }
  /* What a constructor does. */
  if (!unset_attributes(object)) {
    Py_DECREF(object);
    ENTER();
    return NO_RECORD;
  }
  ENTER();
  dictionary = dictionary_of(object);
  if (dictionary != NULL) record_attributes(dictionary, record);
  records[record].is_ready = 1;
  return record;
}
