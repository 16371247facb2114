/* Objects that traces make: their tokens, finalizers and callbacks, and the way from an address to a label. */
#include "driver.h"

#include <stdlib.h>
#include <string.h>

#include "structmember.h"

struct record* records;
int records_size;
static int records_capacity;

/* Made last under each name, and how many were made. */
static struct created { int last, count; } * created;
static int created_capacity;

/* An open hash table from addresses to records. An entry of another trace is empty. */
static struct entry {
  PyObject* object;
  int record;
  unsigned epoch;
} * table;
static size_t table_size; /* a power of two */
static size_t table_used;
static unsigned epoch;

static PyObject* classes[CLASS_KINDS][FINALIZERS];
static Py_ssize_t token_offset[CLASS_KINDS][FINALIZERS];
static PyTypeObject* subref_class;
static PyObject *attribute_names[16], *token_name;
static PyObject* callback;
enum { DICTIONARY_SIZE = sizeof(PyDictObject) + sizeof(GcHead) };
static PyObject* weak_arguments[3]; /* by size */

/* --- the table -------------------------------------------------------------------------------------------------- */

static struct entry* entry_of(PyObject* object) {
  size_t at = ((uintptr_t)object >> 4) * 0x9E3779B97F4A7C15u >> 20;
  for (;; ++at) {
    struct entry* entry = &table[at & (table_size - 1)];
    if (entry->epoch != epoch || entry->object == object) return entry;
  }
}

static void add_entry(PyObject* object, int record) {
  struct entry* entry;
  if (table_used * 2 >= table_size) {
    struct entry* old = table;
    const size_t old_size = table_size;
    size_t i;
    table_size = table_size == 0 ? 4096 : table_size * 2;
    table = calloc(table_size, sizeof *table);
    if (table == NULL) fail("out of memory", "");
    for (i = 0; i < old_size; ++i) {
      if (old[i].epoch == epoch) *entry_of(old[i].object) = old[i];
    }
    free(old);
  }
  entry = entry_of(object);
  if (entry->epoch != epoch) ++table_used;
  entry->object = object;
  entry->record = record;
  entry->epoch = epoch;
}

int record_of(PyObject* object) {
  const struct entry* entry = entry_of(object);
  const int is_known = entry->epoch == epoch && records[entry->record].type == Py_TYPE(object);
  if (PyTuple_CheckExact(object) && (!is_known || records[entry->record].is_dead)) return TUPLE_RECORD;
  return is_known ? entry->record : NO_RECORD;
}

int is_in_place(int record) {
  const struct entry* entry = entry_of(records[record].object);
  return entry->epoch == epoch && entry->record == record;
}

void begin_objects(int names) {
  int i;
  records_size = 0;
  table_used = 0;
  ++epoch;
  if (names > created_capacity) {
    free(created);
    created_capacity = names;
    created = malloc((size_t)names * sizeof *created);
    if (created == NULL) fail("out of memory", "");
  }
  for (i = 0; i < names; ++i) {
    created[i].last = NO_RECORD;
    created[i].count = 0;
  }
}

static int add_record(PyObject* object, int name, int kind, int script) {
  struct record* record;
  records = grown(records, records_size, &records_capacity, sizeof *records);
  record = &records[records_size];
  memset(record, 0, sizeof *record);
  record->object = object;
  record->type = object == NULL ? NULL : Py_TYPE(object);
  record->name = name;
  record->kind = (signed char)kind;
  record->script = script;
  record->is_dead = object == NULL;
  if (object != NULL) add_entry(object, records_size);
  return records_size++;
}

int new_record(PyObject* object, int name, int kind, int script) {
  const int record = add_record(object, name, kind, script);
  records[record].serial = created[name].count++;
  created[name].last = record;
  return record;
}

int last_created(int name) { return created[name].last; }

int is_weak(int kind) { return kind == KIND_WEAK || kind == KIND_SUBREF || kind == KIND_PROXY; }
int has_slots(int kind) { return kind < KINDS; }
int has_token(int kind) { return kind <= KIND_TUPLE; }

/* --- tokens ----------------------------------------------------------------------------------------------------- */

typedef struct {
  PyObject_HEAD int record;
} Token;

void say_died(int record) {
  if (records[record].is_dead) return;
  records[record].is_dead = 1;
  if (!quiet) log_label("died", record);
}

static void token_dealloc(PyObject* self) {
  const int record = ((Token*)self)->record;
  ENTER();
  if (records[record].kind != KIND_NODE) trim_free_lists();
  PyObject_Free(self);
  say_died(record);
}

static PyTypeObject token_type = {PyVarObject_HEAD_INIT(NULL, 0)};

static PyObject* new_token(int record) {
  Token* token = PyObject_New(Token, &token_type);
  if (token == NULL) fail("out of memory", "");
  token->record = record;
  return (PyObject*)token;
}

/* --- opaque objects --------------------------------------------------------------------------------------------- */

typedef struct {
  PyObject_HEAD int record, size, capacity;
  PyObject** items;
} Opaque;

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

/* --- finalizers and callbacks ----------------------------------------------------------------------------------- */

/* `__del__` of every class that has one: a descriptor that remembers whom it was looked up for, so that no bound method
   is made. The call follows the look-up at once. */
static PyTypeObject finalizer_type = {PyVarObject_HEAD_INIT(NULL, 0)};
static PyObject* finalizer_self;

static PyObject* finalizer_get(PyObject* self, PyObject* object, PyObject* type) {
  (void)type;
  finalizer_self = object;
  Py_INCREF(self);
  return self;
}

static int activate(const char* event, int record) {
  if (quiet || record < 0) return 0;
  log_label(event, record);
  return run_script(record);
}

/* Up to 3.7 the exception is a real one, and the interpreter swallows it. From 3.8 on its report allocates containers,
   which would take part in counts and thresholds; the script just ends. */
static PyObject* swallowed(int raised) {
  if (raised && PY_VERSION_HEX < 0x03080000) {
    PyErr_SetNone(PyExc_ValueError);
    return NULL;
  }
  Py_INCREF(Py_None);
  return Py_None;
}

static PyObject* finalizer_call(PyObject* self, PyObject* arguments, PyObject* keywords) {
  int raised;
  (void)self, (void)arguments, (void)keywords;
  ENTER();
  adjust_recursion(1);
  raised = activate("finalizer", record_of(finalizer_self));
  adjust_recursion(-1);
  return swallowed(raised);
}

#if PY_MAJOR_VERSION > 2
#ifndef Py_SET_REFCNT
#define Py_SET_REFCNT(object, count) (Py_REFCNT(object) = (count))
#endif
/* `tp_del`, as slot_tp_del of CPython's own tests does it. */
static void legacy_finalizer(PyObject* self) {
  PyObject *type, *value, *traceback;
  ENTER();
  Py_SET_REFCNT(self, 1);
  PyErr_Fetch(&type, &value, &traceback);
  activate("finalizer", record_of(self));
  PyErr_Restore(type, value, traceback);
  Py_SET_REFCNT(self, Py_REFCNT(self) - 1);
}
#endif

/* The argument is the weak reference, or up to 3.6 a tuple that holds it. */
static PyObject* call_callback(PyObject* self, PyObject* argument) {
  int raised;
  (void)self;
  enter_callback(argument);
  adjust_recursion(1);
  raised = activate("callback", record_of(CALLBACK_TAKES_TUPLE ? PyTuple_GET_ITEM(argument, 0) : argument));
  adjust_recursion(-1);
  leave_callback(argument);
  return swallowed(raised);
}

static PyMethodDef callback_definition = {"callback", call_callback, CALLBACK_TAKES_TUPLE ? METH_VARARGS : METH_O,
                                          NULL};

/* Weak references own no token, so their deallocation is watched. */
static destructor ref_dealloc, proxy_dealloc;

static void watch_dealloc(PyObject* self, destructor original) {
  int record;
  ENTER();
  record = record_of(self);
  if (record >= 0) records[record].is_dead = 1;
  original(self);
}
static void watched_ref_dealloc(PyObject* self) { watch_dealloc(self, ref_dealloc); }
static void watched_proxy_dealloc(PyObject* self) { watch_dealloc(self, proxy_dealloc); }

/* --- creation --------------------------------------------------------------------------------------------------- */

void set_up_objects(PyObject* all_classes, PyObject* names) {
  int kind, finalizer, i;
  for (kind = 0; kind < CLASS_KINDS; ++kind) {
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
#if PY_MAJOR_VERSION > 2
      if (finalizer == FINALIZER_LEGACY) ((PyTypeObject*)cls)->tp_del = legacy_finalizer;
#endif
    }
  }
  subref_class = (PyTypeObject*)PyTuple_GET_ITEM(all_classes, CLASS_KINDS * FINALIZERS);
  Py_INCREF(subref_class);
  token_name = PyTuple_GET_ITEM(names, 0);
  Py_INCREF(token_name);
  for (i = 0; i < 16; ++i) {
    attribute_names[i] = PyTuple_GET_ITEM(names, i + 1);
    Py_INCREF(attribute_names[i]);
  }
  callback = PyCFunction_New(&callback_definition, NULL);
  for (i = 1; i < 3; ++i) {
    weak_arguments[i] = PyTuple_New(i);
    PyObject_GC_UnTrack(weak_arguments[i]);
  }
  ref_dealloc = _PyWeakref_RefType.tp_dealloc;
  proxy_dealloc = _PyWeakref_ProxyType.tp_dealloc;
  _PyWeakref_RefType.tp_dealloc = watched_ref_dealloc;
  _PyWeakref_ProxyType.tp_dealloc = watched_proxy_dealloc;
  begin_objects(0);
  /* The table must never be empty. */
  add_entry(callback, add_record(callback, 0, KIND_OPAQUE, NO_SCRIPT));
}

PyObject* make_finalizer(void) {
  token_type.tp_name = "cyclecheck.token";
  token_type.tp_basicsize = sizeof(Token);
  token_type.tp_dealloc = token_dealloc;
  token_type.tp_flags = Py_TPFLAGS_DEFAULT;
  opaque_type.tp_name = "cyclecheck.opaque";
  opaque_type.tp_basicsize = sizeof(Opaque);
  opaque_type.tp_dealloc = opaque_dealloc;
  opaque_type.tp_flags = Py_TPFLAGS_DEFAULT;
  finalizer_type.tp_name = "cyclecheck.finalizer";
  finalizer_type.tp_basicsize = sizeof(PyObject);
  finalizer_type.tp_flags = Py_TPFLAGS_DEFAULT;
  finalizer_type.tp_descr_get = finalizer_get;
  finalizer_type.tp_call = finalizer_call;
  if (PyType_Ready(&token_type) < 0 || PyType_Ready(&opaque_type) < 0 || PyType_Ready(&finalizer_type) < 0) {
    return NULL;
  }
  return (PyObject*)PyObject_New(PyObject, &finalizer_type);
}

static int create_opaque(int name) {
  Opaque* opaque = PyObject_New(Opaque, &opaque_type);
  if (opaque == NULL) fail("out of memory", "");
  opaque->size = opaque->capacity = 0;
  opaque->items = NULL;
  opaque->record = new_record((PyObject*)opaque, name, KIND_OPAQUE, NO_SCRIPT);
  return opaque->record;
}

/* The dictionary that holds the attributes, NULL if there is none. */
static PyObject* dictionary_of(PyObject* object) {
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

/* 0: there is no memory for the dictionary, which the first attribute allocates. */
static int unset_attributes(PyObject* object) {
  int i;
  for (i = 0; i < 16; ++i) {
    int is_set;
    if (i == 0 && HAS_OWN_DICTIONARY) await_allocation(DICTIONARY_SIZE);
    is_set = PyObject_SetAttr(object, attribute_names[i], Py_None) == 0;
    if (!got_memory(is_set)) return 0;
  }
  return 1;
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
  return PyObject_CallObject(classes[kind][finalizer], NULL);
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
    for (i = 0; i < 16; ++i) PyDict_SetItem(dict, attribute_names[i], Py_None);
    for (i = 0; i < 16; ++i) PyDict_DelItem(dict, attribute_names[i]);
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
  object = instance_of(kind, finalizer);
  ENTER();
  if (!got_memory(object != NULL)) return NO_RECORD;
  record = new_record(object, name, kind, script);
  if (token_offset[kind][finalizer] != 0) {
    *(PyObject**)((char*)object + token_offset[kind][finalizer]) = new_token(record);
  } else {
    PyObject* token = new_token(record);
    if (PyObject_SetAttr(object, token_name, token) < 0) fail("a token could not be set", "");
    Py_DECREF(token);
  }
  if (kind == KIND_NODE) return record;
  /* What a constructor does. */
  if (!unset_attributes(object)) {
    Py_DECREF(object);
    ENTER();
    return NO_RECORD;
  }
  ENTER();
  dictionary = dictionary_of(object);
  if (dictionary != NULL) {
    const int attributes = add_record(dictionary, name, KIND_DICTIONARY, NO_SCRIPT);
    records[attributes].serial = records[record].serial;
    records[attributes].is_attributes = 1;
  }
  records[record].is_ready = 1;
  return record;
}

PyObject* make_weak(int code, int name, PyObject* referent, int script) {
  static const signed char kinds[] = {KIND_WEAK, KIND_SUBREF, KIND_PROXY};
  PyObject* called = script == NO_SCRIPT ? NULL : callback;
  PyObject* weak;
  int record;
  await_allocation(ANY_SIZE);
  if (code == OP_PROXY) {
    weak = PyWeakref_NewProxy(referent, called);
  } else {
    PyTypeObject* type = code == OP_SUBREF ? subref_class : &_PyWeakref_RefType;
    PyObject* arguments = weak_arguments[called == NULL ? 1 : 2];
    PyTuple_SET_ITEM(arguments, 0, referent);
    if (called != NULL) PyTuple_SET_ITEM(arguments, 1, called);
    weak = _PyWeakref_RefType.tp_new(type, arguments, NULL);
  }
  ENTER();
  if (!got_memory(weak != NULL)) return NULL;
  record = record_of(weak);
  /* W2, W3: an old one, or one that a collection during the allocation made. */
  if (record >= 0 && !records[record].is_dead) return weak;
  new_record(weak, name, kinds[code - OP_WEAKREF], script);
  return weak;
}

PyObject* weak_referent(PyObject* weak) {
  PyObject* referent = PyWeakref_GetObject(weak);
  return referent == Py_None ? NULL : referent;
}

/* --- slots ------------------------------------------------------------------------------------------------------ */

static PyObject* get_attribute(PyObject* object, int index) {
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

static void set_attribute(PyObject* object, int index, PyObject* value) {
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

/* Where the slots of a list begin: behind its token, unless tp_clear has taken that. */
static int first_item(PyObject* list) {
  return Py_TYPE(list) == &PyList_Type && PyList_GET_SIZE(list) > 0 && Py_TYPE(PyList_GET_ITEM(list, 0)) == &token_type;
}

static int is_list(const struct record* record) { return record->kind == KIND_NODE || record->kind == KIND_LIST; }

int items_of(int record) {
  PyObject* object = records[record].object;
  if (is_list(&records[record])) return (int)PyList_GET_SIZE(object) - first_item(object);
  if (records[record].kind == KIND_TUPLE) return (int)PyTuple_GET_SIZE(object) - 1;
  if (records[record].kind == KIND_OPAQUE) return ((Opaque*)object)->size;
  return -1;
}

PyObject* get_slot(int record, int index) {
  PyObject* object = records[record].object;
  const int items = items_of(record);
  if (items >= 0 && index >= items) return NULL;
  if (is_list(&records[record])) return PyList_GET_ITEM(object, first_item(object) + index);
  if (records[record].kind == KIND_TUPLE) return PyTuple_GET_ITEM(object, index + 1);
  if (records[record].kind == KIND_OPAQUE) return ((Opaque*)object)->items[index];
  if (records[record].kind == KIND_DICT) return index < 16 ? PyDict_GetItem(object, attribute_names[index]) : NULL;
  return records[record].is_ready && index < 16 ? get_attribute(object, index) : NULL;
}

void append_slot(int record, PyObject* value) {
  PyObject* object = records[record].object;
  if (is_list(&records[record])) {
    if (PyList_Append(object, value) < 0) fail("out of memory", "");
  } else if (records[record].kind == KIND_OPAQUE) {
    Opaque* opaque = (Opaque*)object;
    opaque->items = grown(opaque->items, opaque->size, &opaque->capacity, sizeof *opaque->items);
    Py_INCREF(value);
    opaque->items[opaque->size++] = value;
  } else {
    int i = 0;
    while (i < 16 && get_slot(record, i) != NULL) ++i;
    store_slot(record, i, value);
  }
}

void store_slot(int record, int index, PyObject* value) {
  PyObject* object = records[record].object;
  const int items = items_of(record);
  if (index >= (items >= 0 ? items : 16)) return;
  if (is_list(&records[record])) {
    Py_INCREF(value);
    PyList_SetItem(object, first_item(object) + index, value);
  } else if (records[record].kind == KIND_OPAQUE) {
    PyObject* old = ((Opaque*)object)->items[index];
    Py_INCREF(value);
    ((Opaque*)object)->items[index] = value;
    Py_DECREF(old);
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
    Opaque* opaque = (Opaque*)object;
    PyObject* old = opaque->items[index];
    memmove(opaque->items + index, opaque->items + index + 1,
            (size_t)(opaque->size - index - 1) * sizeof *opaque->items);
    --opaque->size;
    Py_DECREF(old);
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
  while (i < size && get_slot(record, i) != value) ++i;
  if (i < size) erase_slot(record, i);
}

void clear_slots(int record) {
  PyObject* object = records[record].object;
  if (is_list(&records[record])) {
    PyList_SetSlice(object, first_item(object), PyList_GET_SIZE(object), NULL);
  } else if (records[record].kind == KIND_OPAQUE) {
    /* Emptied first, so that nobody sees it half cleared. */
    Opaque* opaque = (Opaque*)object;
    PyObject** items = opaque->items;
    int size = opaque->size;
    opaque->items = NULL;
    opaque->size = opaque->capacity = 0;
    while (size > 0) {
      PyObject* item = items[--size];
      Py_DECREF(item);
    }
    free(items);
  } else {
    int i;
    for (i = 0; i < 16; ++i) erase_slot(record, i);
  }
  ENTER();
}
