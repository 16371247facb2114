/* More extension types with one fault each, and twins: what they do wrong shows when a program reads, compares, iterates
   or empties them, or when what they release looks at them. One source for 2.7 and for 3.6 to 3.15.

   docs/tables/faulty-types.md lists the faults, with the public reports that describe one of the kind. */
#include <Python.h>

#define PY3 (PY_MAJOR_VERSION > 2)

enum fault {
  NO_FAULT,
  RELEASES_FIRST,       /* the setter releases the old value, then forgets it */
  EMPTIES_LATE,         /* clear() releases the items, then forgets them */
  CLEARS_LATE,          /* tp_clear releases left, then forgets it */
  DELETION_LEAKS,       /* del a.left gives nothing back */
  FIRST_FOUR,           /* tp_traverse visits four items */
  KEY_OMITTED,          /* tp_traverse forgets the key of a[key] = value */
  POP_KEEPS,            /* pop() gives away a reference and keeps it */
  EQUAL_LEAKS,          /* == with another type takes a reference */
  REPR_LEAKS,           /* repr() takes a reference to left */
  SUM_BORROWS,          /* a + x keeps x and takes no reference */
  ITERATOR_HIDES,       /* an iterator's tp_traverse does not visit what it iterates */
  CACHE_BORROWED,       /* a list that is made when it is first read, is given away without a reference */
  EXTEND_LEAKS,         /* extend() does not give back its iterator */
  SELF_BORROWED,        /* with a: __enter__ answers itself without a reference */
  COUNT_CACHES,         /* count() goes on in the items that it began with, whatever == has done */
  FAULTS
};

static const char* const names[FAULTS] = {
    "Well",       "ReleasesFirst", "EmptiesLate", "ClearsLate", "DeletionLeaks", "FirstFour",     "KeyOmitted",  "PopKeeps",
    "EqualLeaks", "ReprLeaks",     "SumBorrows",  "IteratorHides", "CacheBorrowed", "ExtendLeaks", "SelfBorrowed",
    "CountCaches"};

typedef struct {
  PyObject_HEAD
  enum fault fault;
  PyObject *left, *key, *value, *cache;
  PyObject** items;
  Py_ssize_t size;
} Bag;

typedef struct {
  PyObject_HEAD
  Bag* bag;
  Py_ssize_t at;
} Iterator;

static PyTypeObject* types[FAULTS][2];

static int traverse(PyObject* object, visitproc visit, void* arg) {
  Bag* self = (Bag*)object;
  Py_ssize_t i;
  Py_VISIT(self->left);
  if (self->fault != KEY_OMITTED) Py_VISIT(self->key);
  Py_VISIT(self->value);
  Py_VISIT(self->cache);
  for (i = 0; i < self->size && (self->fault != FIRST_FOUR || i < 4); ++i) Py_VISIT(self->items[i]);
  return 0;
}

static void empty(Bag* self) {
  PyObject** items = self->items;
  Py_ssize_t size = self->size, i;
  if (self->fault == EMPTIES_LATE) {
    for (i = 0; i < size; ++i) Py_DECREF(items[i]);
    self->size = 0;
    return;
  }
  self->items = NULL;
  self->size = 0;
  for (i = 0; i < size; ++i) Py_DECREF(items[i]);
  PyMem_Free(items);
}

static int clear(PyObject* object) {
  Bag* self = (Bag*)object;
  if (self->fault == CLEARS_LATE) {
    Py_XDECREF(self->left);
    self->left = NULL;
  }
  Py_CLEAR(self->left);
  Py_CLEAR(self->key);
  Py_CLEAR(self->value);
  if (self->fault == CACHE_BORROWED) self->cache = NULL;
  Py_CLEAR(self->cache);
  empty(self);
  return 0;
}

static void dealloc(PyObject* object) {
  PyObject_GC_UnTrack(object);
  clear(object);
  Py_TYPE(object)->tp_free(object);
}

static PyObject* make(PyTypeObject* type, PyObject* arguments, PyObject* named) {
  Bag* self = (Bag*)type->tp_alloc(type, 0);
  int fault;
  (void)arguments;
  (void)named;
  for (fault = 1; self != NULL && fault < FAULTS; ++fault) {
    if (types[fault][0] != NULL && PyType_IsSubtype(type, types[fault][0])) self->fault = (enum fault)fault;
  }
  return (PyObject*)self;
}

static PyObject* own(PyObject* object) {
  Py_XINCREF(object);
  return object;
}

static void put(PyObject** place, PyObject* value) {
  PyObject* old = *place;
  *place = own(value);
  Py_XDECREF(old);
}

static PyObject* get_left(PyObject* object, void* nothing) {
  PyObject* left = ((Bag*)object)->left;
  (void)nothing;
  return own(left != NULL ? left : Py_None);
}

static int set_left(PyObject* object, PyObject* value, void* nothing) {
  Bag* self = (Bag*)object;
  (void)nothing;
  if (self->fault == RELEASES_FIRST) {
    Py_XDECREF(self->left);
    self->left = own(value);
  } else if (self->fault == DELETION_LEAKS && value == NULL) {
    self->left = NULL;
  } else {
    put(&self->left, value);
  }
  return 0;
}

static PyObject* get_cache(PyObject* object, void* nothing) {
  Bag* self = (Bag*)object;
  (void)nothing;
  if (self->cache == NULL) self->cache = PyList_New(0);
  return self->fault == CACHE_BORROWED ? self->cache : own(self->cache);
}

static PyObject* append(PyObject* object, PyObject* value) {
  Bag* self = (Bag*)object;
  PyObject** items = (PyObject**)PyMem_Realloc(self->items, (size_t)(self->size + 1) * sizeof *items);
  if (items == NULL) return PyErr_NoMemory();
  self->items = items;
  self->items[self->size++] = own(value);
  return own(Py_None);
}

static PyObject* extend(PyObject* object, PyObject* values) {
  PyObject *iterator = PyObject_GetIter(values), *value;
  if (iterator == NULL) return NULL;
  while ((value = PyIter_Next(iterator)) != NULL) {
    Py_XDECREF(append(object, value));
    Py_DECREF(value);
  }
  if (((Bag*)object)->fault != EXTEND_LEAKS) Py_DECREF(iterator);
  return PyErr_Occurred() ? NULL : own(Py_None);
}

static PyObject* pop(PyObject* object, PyObject* nothing) {
  Bag* self = (Bag*)object;
  (void)nothing;
  if (self->size == 0) {
    PyErr_SetString(PyExc_IndexError, "empty");
    return NULL;
  }
  return self->fault == POP_KEEPS ? self->items[self->size - 1] : self->items[--self->size];
}

static PyObject* count(PyObject* object, PyObject* value) {
  Bag* self = (Bag*)object;
  PyObject** items = self->items;
  Py_ssize_t size = self->size, i;
  long found = 0;
  for (i = 0; i < (self->fault == COUNT_CACHES ? size : self->size); ++i) {
    PyObject* item = own(self->fault == COUNT_CACHES ? items[i] : self->items[i]);
    int equal = PyObject_RichCompareBool(item, value, Py_EQ);
    Py_DECREF(item);
    if (equal < 0) return NULL;
    found += equal;
  }
  return PyLong_FromLong(found);
}

static PyObject* empty_it(PyObject* object, PyObject* nothing) {
  (void)nothing;
  empty((Bag*)object);
  return own(Py_None);
}

static PyObject* enter(PyObject* object, PyObject* nothing) {
  (void)nothing;
  return ((Bag*)object)->fault == SELF_BORROWED ? object : own(object);
}

static PyObject* leave(PyObject* object, PyObject* arguments) {
  (void)object;
  (void)arguments;
  return own(Py_None);
}

static PyObject* compare(PyObject* object, PyObject* other, int operation) {
  if (((Bag*)object)->fault == EQUAL_LEAKS && Py_TYPE(other) != Py_TYPE(object)) Py_INCREF(other);
  (void)operation;
  return own(Py_NotImplemented);
}

static PyObject* represent(PyObject* object) {
  if (((Bag*)object)->fault == REPR_LEAKS) own(((Bag*)object)->left);
#if PY3
  return PyUnicode_FromString("a bag");
#else
  return PyString_FromString("a bag");
#endif
}

static PyObject* sum(PyObject* object, PyObject* other) {
  Bag* result;
  if (Py_TYPE(object)->tp_repr != represent || Py_TYPE(other)->tp_repr == represent) return own(Py_NotImplemented);
  result = (Bag*)make(Py_TYPE(object), NULL, NULL);
  if (result != NULL) result->left = result->fault == SUM_BORROWS ? other : own(other);
  return (PyObject*)result;
}

static int assign(PyObject* object, PyObject* key, PyObject* value) {
  Bag* self = (Bag*)object;
  put(&self->key, value != NULL ? key : NULL);
  put(&self->value, value);
  return 0;
}

static PyObject* look_up(PyObject* object, PyObject* key) {
  Bag* self = (Bag*)object;
  if (self->key == key && self->value != NULL) return own(self->value);
  PyErr_SetObject(PyExc_KeyError, key);
  return NULL;
}

static int iterator_traverse(PyObject* object, visitproc visit, void* arg) {
  Bag* bag = ((Iterator*)object)->bag;
  if (bag != NULL && bag->fault != ITERATOR_HIDES) Py_VISIT(bag);
  return 0;
}

static void iterator_dealloc(PyObject* object) {
  PyObject_GC_UnTrack(object);
  Py_XDECREF(((Iterator*)object)->bag);
  PyObject_GC_Del(object);
}

static PyObject* iterator_next(PyObject* object) {
  Iterator* self = (Iterator*)object;
  return self->at < self->bag->size ? own(self->bag->items[self->at++]) : NULL;
}

static PyTypeObject iterator_type = {PyVarObject_HEAD_INIT(NULL, 0)};

static PyObject* iterate(PyObject* object) {
  Iterator* self = PyObject_GC_New(Iterator, &iterator_type);
  if (self == NULL) return NULL;
  self->bag = (Bag*)own(object);
  self->at = 0;
  PyObject_GC_Track((PyObject*)self);
  return (PyObject*)self;
}

static PyGetSetDef attributes[] = {{(char*)"left", get_left, set_left, NULL, NULL},
                                   {(char*)"cache", get_cache, NULL, NULL, NULL},
                                   {NULL, NULL, NULL, NULL, NULL}};
static PyMethodDef methods[] = {{"append", append, METH_O, NULL},        {"extend", extend, METH_O, NULL},
                                {"pop", pop, METH_NOARGS, NULL},         {"clear", empty_it, METH_NOARGS, NULL},
                                {"__enter__", enter, METH_NOARGS, NULL}, {"__exit__", leave, METH_VARARGS, NULL},
                                {"count", count, METH_O, NULL},
                                {NULL, NULL, 0, NULL}};
static PyMappingMethods mapping = {NULL, look_up, assign};
static PyNumberMethods number = {sum};

static PyTypeObject* make_type(const char* name) {
  static PyTypeObject none = {PyVarObject_HEAD_INIT(NULL, 0)};
  PyTypeObject* type = (PyTypeObject*)calloc(1, sizeof *type);
  *type = none;
  type->tp_name = name;
  type->tp_basicsize = sizeof(Bag);
  type->tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC;
#if !PY3
  type->tp_flags |= Py_TPFLAGS_CHECKTYPES;
#endif
  type->tp_traverse = traverse;
  type->tp_clear = clear;
  type->tp_dealloc = dealloc;
  type->tp_new = make;
  type->tp_getset = attributes;
  type->tp_methods = methods;
  type->tp_as_mapping = &mapping;
  type->tp_as_number = &number;
  type->tp_richcompare = compare;
  type->tp_hash = (hashfunc)_Py_HashPointer;
  type->tp_repr = represent;
  type->tp_iter = iterate;
  return PyType_Ready(type) < 0 ? NULL : type;
}

static int fill(PyObject* module) {
  int fault, twin;
  iterator_type.tp_name = "faulty_uses.Iterator";
  iterator_type.tp_basicsize = sizeof(Iterator);
  iterator_type.tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC;
  iterator_type.tp_traverse = iterator_traverse;
  iterator_type.tp_dealloc = iterator_dealloc;
  iterator_type.tp_iter = PyObject_SelfIter;
  iterator_type.tp_iternext = iterator_next;
  if (PyType_Ready(&iterator_type) < 0) return -1;
  for (fault = 1; fault < FAULTS; ++fault) {
    for (twin = 0; twin < 2; ++twin) {
      char* name = (char*)malloc(64); /* a type keeps its name */
      PyTypeObject* type;
      if (name == NULL) return -1;
      snprintf(name, 64, "faulty_uses.%s%s", names[fault], twin ? "Twin" : "");
      type = types[fault][twin] = make_type(name);
      if (type == NULL) return -1;
      Py_INCREF(type);
      if (PyModule_AddObject(module, name + strlen("faulty_uses."), (PyObject*)type) < 0) return -1;
    }
  }
  return 0;
}

#if PY3
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "faulty_uses", NULL, -1, NULL, NULL, NULL, NULL, NULL};
PyMODINIT_FUNC PyInit_faulty_uses(void) {
  PyObject* module = PyModule_Create(&definition);
  return module == NULL || fill(module) < 0 ? NULL : module;
}
#else
PyMODINIT_FUNC initfaulty_uses(void) {
  PyObject* module = Py_InitModule("faulty_uses", NULL);
  if (module != NULL) fill(module);
}
#endif
