#include "attributes.h"

#include "faults.h"
#include "log.h"

PyObject *attribute_names[ATTRIBUTES], *token_name;

void set_up_attributes(PyObject* names) {
  int i;
  token_name = PyTuple_GET_ITEM(names, 0);
  Py_INCREF(token_name);
  for (i = 0; i < ATTRIBUTES; ++i) {
    attribute_names[i] = PyTuple_GET_ITEM(names, i + 1);
    Py_INCREF(attribute_names[i]);
  }
}

PyObject* dictionary_of(PyObject* object) {
#if PY_MAJOR_VERSION == 2
  if (PyInstance_Check(object)) return ((PyInstanceObject*)object)->in_dict;
#endif
#if HAS_OWN_DICTIONARY
  {
    PyObject** dictionary = _PyObject_GetDictPtr(object);
    return dictionary == NULL ? NULL : *dictionary;
  }
#else
  (void)object;
  return NULL;
#endif
}

int unset_attributes(PyObject* object) {
  int i;
  for (i = 0; i < 16; ++i) {
    int is_set;
    if (i == 0 && HAS_OWN_DICTIONARY) await_allocation(DICTIONARY_SIZE);
    is_set = PyObject_SetAttr(object, attribute_names[i], Py_None) == 0;
    if (!got_memory(is_set)) return 0;
  }
  return 1;
}

PyObject* get_attribute(PyObject* object, int index) {
  PyObject* value = NULL;
#if HAS_OWN_DICTIONARY
  PyObject* dictionary = dictionary_of(object);
  if (dictionary != NULL) value = PyDict_GetItem(dictionary, attribute_names[index]);
#elif PY_VERSION_HEX >= 0x030D0000
  PyObject_GetOptionalAttr(object, attribute_names[index], &value);
  Py_XDECREF(value);
#else
  _PyObject_LookupAttr(object, attribute_names[index], &value);
  Py_XDECREF(value);
#endif
  return value == Py_None ? NULL : value;
}

void set_attribute(PyObject* object, int index, PyObject* value) {
#if HAS_OWN_DICTIONARY
  /* tp_clear emptied the dictionary: the attributes keep their order. */
  PyObject* dictionary = dictionary_of(object);
  if (dictionary != NULL && PyDict_Size(dictionary) < 16) (void)unset_attributes(object);
#endif
#if PY_MAJOR_VERSION == 2
  /* Setting an attribute would hold the dictionary meanwhile, in this version only. */
  if (PyDict_SetItem(dictionary, attribute_names[index], value) < 0) fail("an attribute could not be set", "");
#else
  if (PyObject_SetAttr(object, attribute_names[index], value) < 0) fail("an attribute could not be set", "");
#endif
}
