/* The 16 attributes of an instance, and the token's, which comes first where a class has no slot for it. */
#ifndef CYCLECHECK_ATTRIBUTES_H
#define CYCLECHECK_ATTRIBUTES_H

#include "state.h"

enum { ATTRIBUTES = 16, DICTIONARY_SIZE = sizeof(PyDictObject) + sizeof(GcHead) };
extern PyObject *attribute_names[ATTRIBUTES], *token_name;

/* `names`: a tuple of the token's name and the attributes' names. */
void set_up_attributes(PyObject* names);
/* The dictionary that holds the attributes, NULL if there is none. */
PyObject* dictionary_of(PyObject* object);
/* 0: there is no memory for the dictionary, which the first attribute allocates. */
int unset_attributes(PyObject* object);
PyObject* get_attribute(PyObject* object, int index); /* borrowed; NULL: unset */
void set_attribute(PyObject* object, int index, PyObject* value);

#endif
