/* Extension types with one fault each, and twins of the same layout without it: Omits and OmitsTwin. The fault is a
   field of the object, so that subclasses have it, too. One source for 2.7 and for 3.6 to 3.15.

   docs/tables/faulty-types.md lists the faults, with the public reports that describe one of the kind. */
#include <Python.h>
#include <structmember.h>

#define PY3 (PY_MAJOR_VERSION > 2)

enum fault {
  NO_FAULT,
  OMITS,              /* tp_traverse forgets left */
  OMITS_SECOND,       /* ... forgets right if there is a left */
  OMITS_LIST,         /* ... forgets a list that add() fills */
  VISITS_TWICE,       /* ... visits left twice */
  VISITS_BORROWED,    /* left is borrowed, and visited */
  GOES_ON,            /* ... does not return what visit returns */
  TRAVERSE_TAKES,     /* ... takes a reference */
  VISITS_NULL,        /* ... visits NULL */
  NO_CLEAR,           /* no tp_clear */
  CLEARS_HALF,        /* tp_clear forgets right */
  CLEARS_NOTHING,     /* tp_clear does nothing */
  CLEARS_AND_SHOWS,   /* tp_clear decrements and keeps the pointer */
  CLEAR_RESURRECTS,   /* tp_clear stores the object itself */
  CLEAR_BREAKS,       /* after tp_clear reading left crashes */
  BORROWS,            /* left is borrowed, and not visited */
  SETTER_LEAKS,       /* the setter does not give back the old value */
  SETTER_TAKES_TWO,   /* the setter takes two references */
  GETTER_BORROWS,     /* the getter gives away a reference that is not its own */
  DEALLOC_LEAKS,      /* tp_dealloc forgets left */
  DEALLOC_TWICE,      /* tp_dealloc gives back right twice */
  INIT_LEAKS,         /* a second __init__ leaks what the first stored */
  REFUSAL_LEAKS,      /* __init__ that raises keeps a reference */
  MEMORY_LEAKS,       /* __init__ whose allocation fails keeps a reference */
  METHOD_LEAKS,       /* add() takes one reference too many */
  TRACKED_TOO_LONG,   /* tp_dealloc does not untrack */
  NEVER_TRACKED,      /* the constructor does not track */
  WEAKREFS_STAY,      /* tp_dealloc does not clear weak references */
  DEL_TWICE,          /* tp_dealloc calls the finalizer once more */
  COPY_BORROWS,       /* __copy__ copies the pointers */
  GARBAGE,            /* tp_del */
  DEEP_FRAMES,        /* tp_dealloc needs much of the stack */
  NO_GC,              /* no Py_TPFLAGS_HAVE_GC */
  FIRST_HEAP,
  TYPE_OMITTED = FIRST_HEAP, /* tp_traverse of a heap type does not visit it */
  TYPE_TWICE,                /* ... visits it twice */
  TYPE_LEAKS,                /* tp_dealloc of a heap type does not give it back */
  TYPE_OVER_RELEASED,        /* ... gives it back twice */
  FAULTS
};

static const char* const names[FAULTS] = {
    "Faultless",   "Omits",          "OmitsSecond",      "OmitsList",      "VisitsTwice",   "VisitsBorrowed",
    "GoesOn",      "TraverseTakes",  "VisitsNull",       "NoClear",        "ClearsHalf",    "ClearsNothing",
    "ClearsAndShows", "ClearResurrects", "ClearBreaks",  "Borrows",        "SetterLeaks",   "SetterTakesTwo",
    "GetterBorrows", "DeallocLeaks",  "DeallocTwice",    "InitLeaks",      "RefusalLeaks",  "MemoryLeaks",
    "MethodLeaks", "TrackedTooLong", "NeverTracked",     "WeakrefsStay",   "DelTwice",      "CopyBorrows",
    "Garbage",     "DeepFrames",     "NoGc",             "TypeOmitted",    "TypeTwice",     "TypeLeaks",
    "TypeOverReleased"};

typedef struct {
  PyObject_HEAD
  enum fault fault;
  int is_heap;
  int was_cleared;
  PyObject *left, *right, *list, *weakrefs;
} Node;

static PyTypeObject* types[FAULTS][2];
static PyObject* kept;

static int owns_left(const Node* self) { return self->fault != VISITS_BORROWED && self->fault != BORROWS; }

static int traverse(PyObject* object, visitproc visit, void* arg) {
  Node* self = (Node*)object;
#if PY_VERSION_HEX >= 0x03090000
  if (self->is_heap && self->fault != TYPE_OMITTED) Py_VISIT(Py_TYPE(self));
  if (self->is_heap && self->fault == TYPE_TWICE) Py_VISIT(Py_TYPE(self));
#endif
  if (self->fault == TRAVERSE_TAKES) Py_XINCREF(self->left);
  if (self->fault == VISITS_NULL) {
    visit(self->right, arg);
    Py_VISIT(self->left);
    return 0;
  }
  if (self->fault == GOES_ON) {
    if (self->left != NULL) visit(self->left, arg);
    if (self->right != NULL) visit(self->right, arg);
    if (self->list != NULL) visit(self->list, arg);
    return 0;
  }
  if (self->fault != OMITS && self->fault != BORROWS) Py_VISIT(self->left);
  if (self->fault == VISITS_TWICE) Py_VISIT(self->left);
  if (self->fault != OMITS_SECOND || self->left == NULL) Py_VISIT(self->right);
  if (self->fault != OMITS_LIST) Py_VISIT(self->list);
  return 0;
}

static int clear(PyObject* object) {
  Node* self = (Node*)object;
  if (self->fault == CLEARS_NOTHING) return 0;
  if (self->fault == CLEAR_RESURRECTS) PyList_Append(kept, object);
  if (self->fault == CLEAR_BREAKS) self->was_cleared = 1;
  if (self->fault == CLEARS_AND_SHOWS) {
    if (!self->was_cleared) Py_XDECREF(self->left);
    self->was_cleared = 1;
  } else if (owns_left(self)) {
    Py_CLEAR(self->left);
  } else {
    self->left = NULL;
  }
  if (self->fault != CLEARS_HALF) Py_CLEAR(self->right);
  Py_CLEAR(self->list);
  return 0;
}

static void finalize_again(PyObject* self) {
#if PY3
  if (Py_TYPE(self)->tp_finalize == NULL) return;
#if PY_VERSION_HEX >= 0x03090000
  Py_SET_REFCNT(self, 1);
  Py_TYPE(self)->tp_finalize(self);
  Py_SET_REFCNT(self, 0);
#else
  Py_REFCNT(self) = 1;
  Py_TYPE(self)->tp_finalize(self);
  Py_REFCNT(self) = 0;
#endif
#endif
}

static void release(Node* self) {
  PyTypeObject* type = Py_TYPE(self);
  int is_heap = self->is_heap;
  enum fault fault = self->fault;
  if (fault != DEALLOC_LEAKS && owns_left(self)) Py_XDECREF(self->left);
  if (fault == DEALLOC_TWICE) Py_XDECREF(self->right);
  Py_XDECREF(self->right);
  Py_XDECREF(self->list);
  type->tp_free((PyObject*)self);
  if (is_heap && fault != TYPE_LEAKS) Py_DECREF(type);
  if (is_heap && fault == TYPE_OVER_RELEASED) Py_DECREF(type);
}

static void release_with_a_large_frame(Node* self) {
  volatile char frame[32768];
  frame[0] = 1;
  release(self);
  frame[sizeof frame - 1] = frame[0];
}

static void dealloc(PyObject* object) {
  Node* self = (Node*)object;
  if (self->fault == DEL_TWICE) finalize_again(object);
  if (self->fault != TRACKED_TOO_LONG && PyObject_IS_GC(object)) PyObject_GC_UnTrack(object);
  if (self->fault != WEAKREFS_STAY && self->weakrefs != NULL) PyObject_ClearWeakRefs(object);
  if (self->fault == DEEP_FRAMES) {
    release_with_a_large_frame(self);
  } else {
    release(self);
  }
}

static void old_finalizer(PyObject* self) { (void)self; }

static PyObject* make(PyTypeObject* type, PyObject* arguments, PyObject* named) {
  Node* self = (Node*)type->tp_alloc(type, 0);
  int fault, twin;
  (void)arguments;
  (void)named;
  if (self == NULL) return NULL;
  for (fault = 0; fault < FAULTS; ++fault) {
    for (twin = 0; twin < 2; ++twin) {
      if (types[fault][twin] == NULL || !PyType_IsSubtype(type, types[fault][twin])) continue;
      self->fault = twin || fault == NO_FAULT ? NO_FAULT : (enum fault)fault;
      self->is_heap = fault >= FIRST_HEAP;
    }
  }
  if (self->fault == NEVER_TRACKED) PyObject_GC_UnTrack((PyObject*)self);
  return (PyObject*)self;
}

static void put(Node* self, PyObject** place, PyObject* value) {
  PyObject* old = *place;
  if (place == &self->left && !owns_left(self)) {
    self->left = value;
    return;
  }
  Py_XINCREF(value);
  if (self->fault == SETTER_TAKES_TWO && place == &self->left) Py_XINCREF(value);
  *place = value;
  if (self->fault != SETTER_LEAKS || place != &self->left) Py_XDECREF(old);
}

static int init(PyObject* object, PyObject* arguments, PyObject* named) {
  Node* self = (Node*)object;
  PyObject *left = NULL, *right = NULL, *scratch;
  (void)named;
  if (!PyArg_ParseTuple(arguments, "|OO", &left, &right)) return -1;
  if (self->fault == REFUSAL_LEAKS || self->fault == MEMORY_LEAKS) Py_XINCREF(left);
#if PY3
  if (right != NULL && PyUnicode_Check(right)) {
#else
  if (right != NULL && PyString_Check(right)) {
#endif
    if (self->fault == MEMORY_LEAKS) Py_XDECREF(left);
    PyErr_SetString(PyExc_TypeError, "right may not be a string");
    return -1;
  }
  if (self->fault == REFUSAL_LEAKS) Py_XDECREF(left);
  scratch = PyList_New(3);
  if (scratch == NULL) return -1;
  Py_DECREF(scratch);
  if (self->fault == MEMORY_LEAKS) Py_XDECREF(left);
  if (self->fault == INIT_LEAKS) {
    Py_XINCREF(left);
    self->left = left;
  } else if (left != NULL) {
    put(self, &self->left, left);
  }
  if (right != NULL) put(self, &self->right, right);
  return 0;
}

static PyObject* get(PyObject* object, void* which) {
  Node* self = (Node*)object;
  PyObject* value = which == NULL ? self->left : self->right;
  if (self->fault == CLEAR_BREAKS && self->was_cleared) value = ((PyObject*)value)->ob_type->tp_dict;
  if (value == NULL) Py_RETURN_NONE;
  if (self->fault != GETTER_BORROWS) Py_INCREF(value);
  return value;
}

static int set(PyObject* object, PyObject* value, void* which) {
  Node* self = (Node*)object;
  put(self, which == NULL ? &self->left : &self->right, value);
  return 0;
}

static PyObject* add(PyObject* object, PyObject* value) {
  Node* self = (Node*)object;
  if (self->list == NULL && (self->list = PyList_New(0)) == NULL) return NULL;
  if (PyList_Append(self->list, value) < 0) return NULL;
  if (self->fault == METHOD_LEAKS) Py_INCREF(value);
  Py_RETURN_NONE;
}

static PyObject* copy(PyObject* object, PyObject* nothing) {
  Node *self = (Node*)object, *other = (Node*)make(Py_TYPE(object), NULL, NULL);
  (void)nothing;
  if (other == NULL) return NULL;
  if (self->fault == COPY_BORROWS) {
    other->left = self->left;
  } else {
    put(other, &other->left, self->left);
  }
  put(other, &other->right, self->right);
  put(other, &other->list, self->list);
  return (PyObject*)other;
}

static PyGetSetDef attributes[] = {{(char*)"left", get, set, NULL, NULL},
                                   {(char*)"right", get, set, NULL, (void*)names},
                                   {NULL, NULL, NULL, NULL, NULL}};

static PyMethodDef methods[] = {
    {"add", add, METH_O, NULL}, {"__copy__", copy, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}};

/* From 3.14 on the interpreter itself ends the nesting of deallocations, of types that take part in collection alone. */
static int takes_part(int fault) {
#if PY_VERSION_HEX >= 0x030E0000
  if (fault == DEEP_FRAMES) return 0;
#endif
  return fault != NO_GC;
}

static PyTypeObject* make_static(int fault, int twin, const char* name) {
  static PyTypeObject empty = {PyVarObject_HEAD_INIT(NULL, 0)};
  PyTypeObject* type = (PyTypeObject*)calloc(1, sizeof *type);
  *type = empty;
  type->tp_name = name;
  type->tp_basicsize = sizeof(Node);
  type->tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE;
  if (takes_part(fault) || twin) {
    type->tp_flags |= Py_TPFLAGS_HAVE_GC;
    type->tp_traverse = traverse;
    type->tp_clear = fault == NO_CLEAR && !twin ? NULL : clear;
  }
  type->tp_dealloc = dealloc;
  type->tp_new = make;
  type->tp_init = init;
  type->tp_getset = attributes;
  type->tp_methods = methods;
  type->tp_weaklistoffset = offsetof(Node, weakrefs);
  if (fault == GARBAGE && !twin) type->tp_del = old_finalizer;
  return PyType_Ready(type) < 0 ? NULL : type;
}

#if PY3
static PyTypeObject* make_heap(const char* name) {
  static PyMemberDef members[] = {
#if PY_VERSION_HEX >= 0x03090000
      {"__weaklistoffset__", T_PYSSIZET, offsetof(Node, weakrefs), READONLY, NULL},
#endif
      {NULL, 0, 0, 0, NULL}};
  PyType_Slot slots[] = {{Py_tp_traverse, (void*)traverse}, {Py_tp_clear, (void*)clear},
                         {Py_tp_dealloc, (void*)dealloc},   {Py_tp_new, (void*)make},
                         {Py_tp_init, (void*)init},         {Py_tp_getset, attributes},
                         {Py_tp_methods, methods},          {Py_tp_members, members},
                         {0, NULL}};
  PyType_Spec spec = {name, sizeof(Node), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC, slots};
  return (PyTypeObject*)PyType_FromSpec(&spec);
}
#endif

static int fill(PyObject* module) {
  int fault, twin;
  kept = PyList_New(0);
  for (fault = 0; fault < FAULTS; ++fault) {
    for (twin = 0; twin < 2; ++twin) {
      char* name = (char*)malloc(64); /* a type keeps its name */
      PyTypeObject* type = NULL;
      if (name == NULL) return -1;
      snprintf(name, 64, "faulty.%s%s", names[fault], twin ? "Twin" : "");
      if (fault < FIRST_HEAP) {
        type = make_static(fault, twin, name);
      } else {
#if PY3
        type = make_heap(name);
#else
        continue;
#endif
      }
      if (type == NULL) return -1;
      types[fault][twin] = type;
      Py_INCREF(type);
      if (PyModule_AddObject(module, name + strlen("faulty."), (PyObject*)type) < 0) return -1;
    }
  }
  return 0;
}

#if PY3
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "faulty", NULL, -1, NULL, NULL, NULL, NULL, NULL};
PyMODINIT_FUNC PyInit_faulty(void) {
  PyObject* module = PyModule_Create(&definition);
  return module == NULL || fill(module) < 0 ? NULL : module;
}
#else
PyMODINIT_FUNC initfaulty(void) {
  PyObject* module = Py_InitModule("faulty", NULL);
  if (module != NULL) fill(module);
}
#endif
