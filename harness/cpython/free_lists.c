/* What allocations leave behind: free lists, counts, and the callback tuples of 2.7 and 3.6. */
#include "driver.h"

#include <limits.h>

int window_open;

static int lists_filled;

/* Where a version keeps what waits in the trashcan and how deep deallocation is nested. */
#if PY_VERSION_HEX >= 0x030D0000
#define TRASH_LATER delete_later
#define TRASH_LEVEL c_recursion_remaining
enum { NO_TRASH_LEVEL = 9997 };
#else
#if PY_VERSION_HEX >= 0x030C0000
#define TRASH_LATER trash.delete_later
#define TRASH_LEVEL trash.delete_nesting
#else
#define TRASH_LATER trash_delete_later
#define TRASH_LEVEL trash_delete_nesting
#endif
enum { NO_TRASH_LEVEL = 0 };
#endif

#if PY_MAJOR_VERSION > 2
/* The trashcan is a list: the word for the link to the previous object holds the next one that waits. */
static PyObject* deposited_before(PyObject* object) {
  GcHead* head = (GcHead*)object - 1;
#if PY_VERSION_HEX < 0x03080000
  return (PyObject*)head->gc.gc_prev;
#else
  return (PyObject*)(head->prev & ~(uintptr_t)3);
#endif
}

int is_deposited(PyObject* object) {
  PyObject* waiting = PyThreadState_GET()->TRASH_LATER;
  while (waiting != NULL && waiting != object) waiting = deposited_before(waiting);
  return waiting != NULL;
}
#endif

/* --- allocations of the driver's own ---------------------------------------------------------------------------- */

struct guard take_guard(void) {
  struct guard guard;
  guard.threshold = generations[0].threshold;
  guard.count = generations[0].count;
  generations[0].threshold = INT_MAX;
  guard.later = PyThreadState_GET()->TRASH_LATER;
  guard.level = PyThreadState_GET()->TRASH_LEVEL;
  PyThreadState_GET()->TRASH_LATER = NULL;
  PyThreadState_GET()->TRASH_LEVEL = NO_TRASH_LEVEL;
  guard.faults = pause_faults(1);
  return guard;
}

void release_guard(struct guard guard) {
  generations[0].threshold = guard.threshold;
  generations[0].count = guard.count;
  PyThreadState_GET()->TRASH_LATER = guard.later;
  PyThreadState_GET()->TRASH_LEVEL = guard.level;
  (void)pause_faults(guard.faults);
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

/* --- free lists ------------------------------------------------------------------------------------------------- */

/* Of dictionaries a few are enough, since every creation sees to them; and more could be too many: the list takes 80,
   and when the trashcan is emptied 50 come at a time. */
enum { READY = 2, FILLED = 20, LARGEST_FREE_TUPLE = PY_VERSION_HEX < 0x030D0000 ? 19 : 20 };

static void put_tuples(int size, int count) {
  PyObject* tuples[FILLED];
  int i;
  for (i = 0; i < count; ++i) tuples[i] = PyTuple_New(size);
  for (i = 0; i < count; ++i) Py_DECREF(tuples[i]);
}

static void put_dictionaries_and_lists(void) {
  PyObject *dictionaries[READY], *lists[READY];
  int i;
  for (i = 0; i < READY; ++i) dictionaries[i] = PyDict_New(), lists[i] = PyList_New(0);
  for (i = 0; i < READY; ++i) {
    Py_DECREF(dictionaries[i]);
    Py_DECREF(lists[i]);
  }
}

void refill_free_lists(int tuple_size) {
  struct guard guard;
  if (!lists_filled) return;
  guard = take_guard();
  put_dictionaries_and_lists();
  if (tuple_size > 0 && tuple_size <= LARGEST_FREE_TUPLE) put_tuples(tuple_size, FILLED);
  release_guard(guard);
}

static void fill_free_lists(void) {
  const struct guard guard = take_guard();
  int size;
  for (size = 2; size <= LARGEST_FREE_TUPLE; ++size) put_tuples(size, FILLED);
  put_dictionaries_and_lists();
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
  }
  put_dictionaries_and_lists();
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

void drain_free_lists(void) {
  const struct guard guard = take_guard();
  int before;
  drain_lists();
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

/* Up to 3.6 a callback is called with a tuple of one item, which neither counts nor triggers anything as long as it
   comes from the free list. `singles_free` of them are there; the driver keeps every one that a callback was called
   with, since its release at nesting 0 would empty the trashcan, and puts another one into the list. */
#if CALLBACK_TAKES_TUPLE
enum { SINGLES = 2, POOL = 64 };
static int singles_free;
static PyObject** singles;
static int singles_size, singles_capacity;

static void keep_single(PyObject* tuple) {
  singles = grown(singles, singles_size, &singles_capacity, sizeof *singles);
  singles[singles_size++] = tuple;
}

static void refill_singles(void) {
  const struct guard guard = take_guard();
  while (singles_free < SINGLES) {
    if (singles_size == 0) {
      int wanted;
      for (wanted = singles_free + POOL; wanted > 0; --wanted) keep_single(untracked_tuple(1));
      singles_free = 0;
    }
    --singles_size;
    Py_DECREF(singles[singles_size]);
    ++singles_free;
  }
  release_guard(guard);
}
#endif

/* A full collection ends by emptying the free lists, after its last debug line. From that line to the next time that
   the driver has control the window is open: nothing can trigger, and what the emptying does to the count is undone. */
static int window_threshold, window_count, is_fault_window;

void open_window(void) {
  if (!CALLBACK_TAKES_TUPLE && !lists_filled) return;
  window_threshold = generations[0].threshold;
  window_count = generations[0].count;
  generations[0].threshold = INT_MAX;
#if CALLBACK_TAKES_TUPLE
  if (!lists_filled) generations[0].count += singles_free;
  singles_free = 0;
#endif
  window_open = 1;
}

void open_fault_window(void) {
  if (window_open) close_window();
  window_threshold = generations[0].threshold;
  window_count = generations[0].count;
  generations[0].threshold = INT_MAX;
  window_open = is_fault_window = 1;
}

void close_window(void) {
  window_open = 0;
  generations[0].threshold = window_threshold;
  if (is_fault_window) {
    is_fault_window = 0;
    PyErr_Clear();
    generations[0].count = window_count;
    return;
  }
  if (lists_filled) {
    generations[0].count = window_count;
    fill_free_lists();
  }
#if CALLBACK_TAKES_TUPLE
  refill_singles();
#endif
}

void enter_callback(PyObject* arguments) {
#if CALLBACK_TAKES_TUPLE
  PyObject_GC_UnTrack(arguments);
  Py_INCREF(arguments);
  if (window_open) {
    /* The free list was empty, so this tuple counted. */
    --generations[0].count;
    close_window();
  } else {
    --singles_free;
    refill_singles();
  }
#else
  ENTER();
  Py_INCREF(arguments);
#endif
}

void leave_callback(PyObject* arguments) {
#if CALLBACK_TAKES_TUPLE
  PyObject* weak = PyTuple_GET_ITEM(arguments, 0);
  PyTuple_SET_ITEM(arguments, 0, NULL);
  Py_DECREF(weak);
  keep_single(arguments);
#else
  Py_DECREF(arguments);
#endif
}
