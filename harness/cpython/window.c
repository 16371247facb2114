#include "window.h"

#include <limits.h>

#include "free_lists.h"
#include "log.h"
#include "state.h"

int window_open;

/* Up to 3.6 the interpreter calls a callback with a tuple of one item, which neither counts nor triggers a collection
   as long as it comes from the free list. `singles_free` of them are there. The driver keeps each tuple that a callback
   was called with, since its release at nesting 0 would empty the trashcan, and puts another one into the free list. */
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

void open_fault_window(int freed) {
  if (window_open) close_window();
  window_threshold = generations[0].threshold;
  window_count = generations[0].count;
  if (freed && window_count > 0) --window_count;
  generations[0].threshold = INT_MAX;
  window_open = is_fault_window = 1;
}

void freed_in_fault_window(void) {
  if (is_fault_window && window_count > 0) --window_count;
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
