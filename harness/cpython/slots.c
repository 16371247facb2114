#include "slots.h"

#include "attributes.h"
#include "custom.h"
#include "frame.h"
#include "generator.h"
#include "log.h"
#include "method.h"
#include "opaque.h"
#include "records.h"
#include "set.h"
#include "tokens.h"
#include "window.h"

/* Where the slots of a list begin: behind its token, unless tp_clear has taken that. */
static int first_item(PyObject* list) {
  return Py_TYPE(list) == &PyList_Type && PyList_GET_SIZE(list) > 0 && is_token(PyList_GET_ITEM(list, 0));
}

static int is_list(const struct record* record) { return record->kind == KIND_NODE || record->kind == KIND_LIST; }

int items_of(int record) {
  PyObject* object = records[record].object;
  if (is_list(&records[record])) return (int)PyList_GET_SIZE(object) - first_item(object);
  if (records[record].kind == KIND_TUPLE) return (int)PyTuple_GET_SIZE(object) - 1;
  if (records[record].kind == KIND_OPAQUE) return ((Opaque*)object)->size;
  if (records[record].kind == KIND_CUSTOM) return ((Custom*)object)->size;
  if (records[record].kind == KIND_CELL) return PyCell_GET(object) != NULL;
  return -1;
}

PyObject* get_slot(int record, int index) {
  PyObject* object = records[record].object;
  const int items = items_of(record);
  if (items >= 0 && index >= items) return NULL;
  if (records[record].kind == KIND_SET) return NULL;
  if (records[record].kind == KIND_METHOD) return method_part(object, index);
  if (records[record].kind == KIND_TRACEBACK) return traceback_part(object, index);
  if (records[record].kind == KIND_FRAME) return index < ATTRIBUTES ? frame_slot(object, index) : NULL;
  if (records[record].kind == KIND_GENERATOR) {
    return index < ATTRIBUTES && is_suspended(record) ? generator_slot(object, index) : NULL;
  }
  if (is_list(&records[record])) return PyList_GET_ITEM(object, first_item(object) + index);
  if (records[record].kind == KIND_TUPLE) return PyTuple_GET_ITEM(object, index + 1);
  if (records[record].kind == KIND_OPAQUE) return ((Opaque*)object)->items[index];
  if (records[record].kind == KIND_CUSTOM) return ((Custom*)object)->items[index];
  if (records[record].kind == KIND_CELL) return PyCell_GET(object);
  if (records[record].kind == KIND_DICT) return index < 16 ? PyDict_GetItem(object, attribute_names[index]) : NULL;
  return records[record].is_ready && index < 16 ? get_attribute(object, index) : NULL;
}

void append_slot(int record, PyObject* value) {
  PyObject* object = records[record].object;
  if (is_list(&records[record])) {
    if (PyList_Append(object, value) < 0) fail("out of memory", "");
  } else if (records[record].kind == KIND_OPAQUE) {
    append_opaque((Opaque*)object, value);
  } else if (records[record].kind == KIND_CUSTOM) {
    append_custom((Custom*)object, value);
  } else if (records[record].kind == KIND_CELL) {
    if (PyCell_GET(object) == NULL) PyCell_Set(object, value);
  } else if (records[record].kind == KIND_SET) {
    add_to_set(object, value);
  } else {
    int i = 0;
    while (i < ATTRIBUTES && get_slot(record, i) != NULL) ++i;
    store_slot(record, i, value);
  }
}

void store_slot(int record, int index, PyObject* value) {
  PyObject* object = records[record].object;
  const int items = items_of(record);
  if (index >= (items >= 0 ? items : ATTRIBUTES) || records[record].kind == KIND_SET) return;
  if (is_list(&records[record])) {
    Py_INCREF(value);
    PyList_SetItem(object, first_item(object) + index, value);
  } else if (records[record].kind == KIND_OPAQUE) {
    store_opaque((Opaque*)object, index, value);
  } else if (records[record].kind == KIND_CUSTOM) {
    store_custom((Custom*)object, index, value);
  } else if (records[record].kind == KIND_CELL) {
    PyCell_Set(object, value);
  } else if (records[record].kind == KIND_FRAME) {
    set_frame_slot(object, index, value);
  } else if (records[record].kind == KIND_GENERATOR) {
    if (is_suspended(record)) set_generator_slot(object, index, value);
  } else if (records[record].kind == KIND_DICT) {
    if (PyDict_SetItem(object, attribute_names[index], value) < 0) fail("out of memory", "");
  } else if (records[record].is_ready) {
    set_attribute(object, index, value);
  }
  ENTER();
}

void erase_slot(int record, int index) {
  PyObject* object = records[record].object;
  if (get_slot(record, index) == NULL) return;
  if (is_list(&records[record])) {
    index += first_item(object);
    PyList_SetSlice(object, index, index + 1, NULL);
  } else if (records[record].kind == KIND_OPAQUE) {
    erase_opaque((Opaque*)object, index);
  } else if (records[record].kind == KIND_CUSTOM) {
    erase_custom((Custom*)object, index);
  } else if (records[record].kind == KIND_CELL) {
    PyCell_Set(object, NULL);
  } else if (records[record].kind == KIND_FRAME) {
    set_frame_slot(object, index, NULL);
  } else if (records[record].kind == KIND_GENERATOR) {
    set_generator_slot(object, index, NULL);
  } else if (records[record].kind == KIND_DICT) {
    PyDict_DelItem(object, attribute_names[index]);
  } else {
    set_attribute(object, index, Py_None);
  }
  ENTER();
}

void remove_slot(int record, PyObject* value) {
  const int items = items_of(record), size = items >= 0 ? items : 16;
  int i = 0;
  if (records[record].kind == KIND_SET) {
    take_from_set(records[record].object, value);
    ENTER();
    return;
  }
  while (i < size && get_slot(record, i) != value) ++i;
  if (i < size) erase_slot(record, i);
}

static void delete_object_keys(PyObject* dict) {
  Py_ssize_t place = 0;
  PyObject *key, *value;
  while (PyDict_Next(dict, &place, &key, &value)) {
    if (record_of(key) < 0) continue;
    PyDict_DelItem(dict, key);
    ENTER();
    place = 0;
  }
}

void clear_slots(int record) {
  PyObject* object = records[record].object;
  if (is_list(&records[record])) {
    PyList_SetSlice(object, first_item(object), PyList_GET_SIZE(object), NULL);
  } else if (records[record].kind == KIND_OPAQUE) {
    clear_opaque((Opaque*)object);
  } else if (records[record].kind == KIND_CUSTOM) {
    clear_custom((Custom*)object);
  } else if (records[record].kind == KIND_CELL) {
    PyCell_Set(object, NULL);
  } else if (records[record].kind == KIND_SET) {
    empty_set(object);
  } else {
    int i;
    for (i = 0; i < ATTRIBUTES; ++i) erase_slot(record, i);
    if (records[record].kind == KIND_DICT) delete_object_keys(object);
  }
  ENTER();
}
