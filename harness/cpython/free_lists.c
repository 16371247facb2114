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
  return guard;
}

void release_guard(struct guard guard) {
  generations[0].threshold = guard.threshold;
  generations[0].count = guard.count;
  PyThreadState_GET()->TRASH_LATER = guard.later;
  PyThreadState_GET()->TRASH_LEVEL = guard.level;
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

/* Of dictionaries a few are enough, since every creation sees to them; and more could be too many: the list takes 80, and
   when the trashcan is emptied 50 come at a time. */
enum { READY = 2, FILLED = 20, LARGEST_FREE_TUPLE = PY_VERSION_HEX < 0x030D0000 ? 19 : 20 };

static void put_tuples(int size, int count) {
  PyObject* tuples[FILLED];
  int i;
  for (i = 0; i < count; ++i) tuples[i] = PyTuple_New(size);
  for (i = 0; i < count; ++i) Py_DECREF(tuples[i]);
}

static void put_dictionaries(int count) {
#if HAS_OWN_DICTIONARY
  PyObject* dictionaries[FILLED];
  int i;
  for (i = 0; i < count; ++i) dictionaries[i] = PyDict_New();
  for (i = 0; i < count; ++i) Py_DECREF(dictionaries[i]);
#else
  (void)count;
#endif
}

void refill_free_lists(void) {
  struct guard guard;
  if (!lists_filled) return;
  guard = take_guard();
  put_dictionaries(READY);
  release_guard(guard);
}

static void fill_free_lists(void) {
  const struct guard guard = take_guard();
  int size;
  for (size = 2; size <= LARGEST_FREE_TUPLE; size += 2) put_tuples(size, FILLED);
  put_dictionaries(READY);
  release_guard(guard);
}

void set_free_lists(int filled) {
  lists_filled = filled;
  if (filled) fill_free_lists();
}

/* As many as died are taken out again. */
void trim_free_lists(void) {
#if HAS_OWN_DICTIONARY
  static int deaths;
  struct guard guard;
  int i;
  if (!lists_filled || ++deaths % FILLED != 0) return;
  guard = take_guard();
  for (i = 0; i < FILLED; ++i) dispose_dictionary(PyDict_New());
  release_guard(guard);
#endif
}

void drain_leftovers(void) {
  int before;
  do {
    before = generations[0].count = 100; /* it never falls below 0 */
    dispose_list(PyList_New(0));
  } while (generations[0].count < before);
#if !CALLBACK_TAKES_TUPLE
  do {
    before = generations[0].count = 100;
    dispose_tuple(PyTuple_Pack(1, Py_None));
  } while (generations[0].count < before);
#endif
}

void drain_dictionaries(void) {
#if HAS_OWN_DICTIONARY
  const struct guard guard = take_guard();
  int before;
  do {
    PyObject* dictionary;
    before = generations[0].count;
    dictionary = PyDict_New();
    if (dictionary == NULL) fail("out of memory", "");
    before -= generations[0].count;
    dispose_dictionary(dictionary);
  } while (before == 0);
  release_guard(guard);
#endif
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
static int window_threshold, window_count;

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

void close_window(void) {
  window_open = 0;
  generations[0].threshold = window_threshold;
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
