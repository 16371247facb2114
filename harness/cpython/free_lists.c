#include "free_lists.h"

#include "log.h"
#include "state.h"

int lists_filled;

/* Of dictionaries a few are enough, since every creation sees to them; and more could be too many: the list takes 80,
   and when the trashcan is emptied 50 come at a time. */
enum { READY = 2, FILLED = 20, LARGEST_FREE_TUPLE = PY_VERSION_HEX < 0x030D0000 ? 19 : 20 };

static void put_tuples(int size, int count) {
  PyObject* tuples[FILLED];
  int i;
  for (i = 0; i < count; ++i) tuples[i] = PyTuple_New(size);
  for (i = 0; i < count; ++i) Py_DECREF(tuples[i]);
}

PyObject* new_method(PyObject* function, PyObject* self) {
#if PY_MAJOR_VERSION == 2
  return PyMethod_New(function, self, NULL);
#else
  return PyMethod_New(function, self);
#endif
}

static PyObject* new_plain_method(void) {
  PyObject* method = new_method(Py_None, Py_None);
  if (method == NULL) fail("out of memory", "");
  return method;
}

static void dispose_method(PyObject* method) {
  PyObject_GC_UnTrack(method);
  Py_DECREF(PyMethod_GET_FUNCTION(method));
  Py_DECREF(PyMethod_GET_SELF(method));
  PyObject_GC_Del(method);
}

static PyObject* new_plain_set(void) {
  PyObject* set = PySet_New(NULL);
  if (set == NULL) fail("out of memory", "");
  return set;
}

static void dispose_set(PyObject* set) {
  PyObject_GC_UnTrack(set);
  PyObject_GC_Del(set);
}

static void put_all_but_tuples(void) {
  PyObject *dictionaries[READY], *lists[READY], *methods[READY], *sets[READY];
  int i;
  for (i = 0; i < READY; ++i) dictionaries[i] = PyDict_New(), lists[i] = PyList_New(0), methods[i] = new_plain_method();
  for (i = 0; i < READY; ++i) sets[i] = new_plain_set();
  for (i = 0; i < READY; ++i) {
    Py_DECREF(dictionaries[i]);
    Py_DECREF(lists[i]);
    Py_DECREF(methods[i]);
    Py_DECREF(sets[i]);
  }
}

void refill_free_lists(int tuple_size) {
  struct guard guard;
  if (!lists_filled) return;
  guard = take_guard();
  put_all_but_tuples();
  if (tuple_size > 0 && tuple_size <= LARGEST_FREE_TUPLE) put_tuples(tuple_size, FILLED);
  release_guard(guard);
}

void fill_free_lists(void) {
  const struct guard guard = take_guard();
  int size;
  for (size = 2; size <= LARGEST_FREE_TUPLE; ++size) put_tuples(size, FILLED);
  put_all_but_tuples();
  release_guard(guard);
}

void set_free_lists(int filled) {
  lists_filled = filled;
  if (filled) fill_free_lists();
}

/* More than died are taken out again, but for those that the next creation needs. */
void trim_free_lists(void) {
  static int deaths;
  struct guard guard;
  int i;
  if (!lists_filled || ++deaths % FILLED != 0) return;
  guard = take_guard();
  for (i = 0; i < FILLED; ++i) {
    dispose_dictionary(PyDict_New());
    dispose_list(PyList_New(0));
    if (HAS_METHOD_FREE_LIST) dispose_method(new_plain_method());
    if (HAS_SET_FREE_LIST) dispose_set(new_plain_set());
  }
  put_all_but_tuples();
  release_guard(guard);
}

/* --- questions -------------------------------------------------------------------------------------------------- */

/* The trace's own lists in the free list, unknown to the collector meanwhile. */
enum { MOST_LISTS = 80 };
static PyObject* hidden[MOST_LISTS];
static int hidden_size;

/* A list from the free list; NULL: there is none left. REQUIRES: a guard. */
static PyObject* list_of_free_list(void) {
  const int before = generations[0].count;
  PyObject* list = PyList_New(0);
  if (list == NULL) fail("out of memory", "");
  if (generations[0].count == before) {
    PyObject_GC_UnTrack(list);
    return list;
  }
  dispose_list(list);
  return NULL;
}

struct guard begin_question(void) {
  const struct guard guard = take_guard();
  hidden_size = 0;
  while ((hidden[hidden_size] = list_of_free_list()) != NULL && ++hidden_size < MOST_LISTS) continue;
  return guard;
}

static void drain_lists(void) {
  PyObject* list;
  while ((list = list_of_free_list()) != NULL) PyObject_GC_Del(list);
}

void end_question(struct guard guard) {
  drain_lists();
#if !CALLBACK_TAKES_TUPLE
  {
    int before;
    do {
      before = generations[0].count = 100; /* it never falls below 0 */
      dispose_tuple(PyTuple_Pack(1, Py_None));
    } while (generations[0].count < before);
  }
#endif
  while (hidden_size > 0) {
    PyObject* list = hidden[--hidden_size];
    Py_DECREF(list);
  }
  release_guard(guard);
}

static void drain_methods(void) {
  int before;
  do {
    before = generations[0].count;
    dispose_method(new_plain_method());
  } while (HAS_METHOD_FREE_LIST && generations[0].count < before);
}

static void drain_sets(void) {
  int before;
  do {
    before = generations[0].count;
    dispose_set(new_plain_set());
  } while (HAS_SET_FREE_LIST && generations[0].count < before);
}

void drain_free_lists(void) {
  const struct guard guard = take_guard();
  int before;
  drain_lists();
  generations[0].count = 1000;
  drain_methods();
  drain_sets();
  do {
    PyObject* dictionary;
    before = generations[0].count;
    dictionary = PyDict_New();
    if (dictionary == NULL) fail("out of memory", "");
    before -= generations[0].count;
    dispose_dictionary(dictionary);
  } while (before == 0);
  release_guard(guard);
}
