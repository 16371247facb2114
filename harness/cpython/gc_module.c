#include "gc_module.h"

#include <string.h>

#include "debug_lines.h"
#include "free_lists.h"
#include "log.h"
#include "state.h"
#include "trashcan.h"
#include "window.h"

PyObject *garbage, *callbacks;

static struct {
  PyObject *collect, *enable, *disable, *isenabled, *set_threshold, *get_threshold, *get_count, *set_debug, *get_debug;
  PyObject *get_objects, *get_referrers, *get_referents, *is_tracked, *is_finalized, *freeze, *unfreeze;
  PyObject *get_freeze_count, *get_stats;
} gc;

/* Argument tuples that the collector does not know; their items are exchanged, and borrowed, for each call. */
static PyObject *no_arguments, *one_argument, *collect_arguments[4], *threshold_arguments[4];
static long stats_before[9];

static PyObject* call(PyObject* function, PyObject* arguments) {
  PyObject* result;
  /* The call itself takes a level of the C stack up to its end. */
  adjust_recursion(1);
  result = PyObject_Call(function, arguments, NULL);
  adjust_recursion(-1);
  ENTER();
  return result;
}

static PyObject* call_with(PyObject* function, PyObject* object) {
  PyTuple_SET_ITEM(one_argument, 0, object);
  return call(function, one_argument);
}

static long number_of(PyObject* result) {
  long number;
  if (result == NULL) fail("a function of the gc module failed", "");
  number = (long)PyNumber_AsSsize_t(result, NULL);
  Py_DECREF(result);
  return number;
}

static PyObject* function_of(PyObject* module, const char* name) {
  PyObject* function = PyObject_GetAttrString(module, name);
  if (function == NULL) PyErr_Clear();
  return function;
}

void set_up_gc_module(void) {
  PyObject* module = PyImport_ImportModule("gc");
  int i;
  if (module == NULL) fail("no gc module", "");
  gc.collect = function_of(module, "collect");
  gc.enable = function_of(module, "enable");
  gc.disable = function_of(module, "disable");
  gc.isenabled = function_of(module, "isenabled");
  gc.set_threshold = function_of(module, "set_threshold");
  gc.get_threshold = function_of(module, "get_threshold");
  gc.get_count = function_of(module, "get_count");
  gc.set_debug = function_of(module, "set_debug");
  gc.get_debug = function_of(module, "get_debug");
  gc.get_objects = function_of(module, "get_objects");
  gc.get_referrers = function_of(module, "get_referrers");
  gc.get_referents = function_of(module, "get_referents");
  gc.is_tracked = function_of(module, "is_tracked");
  gc.is_finalized = function_of(module, "is_finalized");
  gc.freeze = function_of(module, "freeze");
  gc.unfreeze = function_of(module, "unfreeze");
  gc.get_freeze_count = function_of(module, "get_freeze_count");
  gc.get_stats = function_of(module, "get_stats");
  garbage = function_of(module, "garbage");
  callbacks = function_of(module, "callbacks");
  no_arguments = untracked_tuple(0);
  one_argument = untracked_tuple(1);
  for (i = 0; i < 4; ++i) {
    collect_arguments[i] = untracked_tuple(1);
    PyTuple_SET_ITEM(collect_arguments[i], 0, PyLong_FromLong(i));
    threshold_arguments[i] = untracked_tuple(i);
  }
}

long gc_collect(int generation) { return number_of(call(gc.collect, collect_arguments[generation])); }

void gc_enable(int on) { Py_XDECREF(call(on ? gc.enable : gc.disable, no_arguments)); }

int gc_is_enabled(void) { return (int)number_of(call(gc.isenabled, no_arguments)); }

void gc_set_threshold(int count, const int* values) {
  PyObject* numbers[3];
  int i;
  for (i = 0; i < count; ++i) {
    numbers[i] = PyLong_FromLong(values[i]);
    PyTuple_SET_ITEM(threshold_arguments[count], i, numbers[i]);
  }
  Py_XDECREF(call(gc.set_threshold, threshold_arguments[count]));
  for (i = 0; i < count; ++i) Py_DECREF(numbers[i]);
}

/* A tuple that did not count came from the free list, to which it then must return. */
static void take_three(PyObject* result, int* values, int counted) {
  int i;
  if (result == NULL) fail("a function of the gc module failed", "");
  for (i = 0; i < 3; ++i) values[i] = (int)PyNumber_AsSsize_t(PyTuple_GET_ITEM(result, i), NULL);
  if (counted) {
    dispose_tuple(result);
  } else {
    Py_DECREF(result);
  }
}

void gc_get_threshold(int* values) {
  const int enabled = gc_is_enabled();
  struct guard guard;
  PyObject* result;
  if (enabled) gc_enable(0);
  guard = take_guard();
  generations[0].threshold = guard.threshold; /* it is asked for */
  result = call(gc.get_threshold, no_arguments);
  take_three(result, values, generations[0].count != guard.count);
  release_guard(guard);
  if (enabled) gc_enable(1);
}

void gc_get_count(int* values) {
  const struct guard guard = take_guard();
  PyObject* result = call(gc.get_count, no_arguments);
  take_three(result, values, generations[0].count != guard.count);
  release_guard(guard);
}

/* Debug lines tell the driver when collections begin and end, so they are always on. */
void gc_set_debug(int flags) {
  debug_flags = flags;
  PyTuple_SET_ITEM(one_argument, 0, PyLong_FromLong(flags | STATS));
  Py_XDECREF(call(gc.set_debug, one_argument));
  Py_DECREF(PyTuple_GET_ITEM(one_argument, 0));
}

int gc_get_debug(void) { return ((int)number_of(call(gc.get_debug, no_arguments)) & ~STATS) | (debug_flags & STATS); }

void gc_freeze(int on) { Py_XDECREF(call(on ? gc.freeze : gc.unfreeze, no_arguments)); }

long gc_freeze_count(void) { return number_of(call(gc.get_freeze_count, no_arguments)); }

int gc_flag(const char* function, PyObject* object) {
  return (int)number_of(call_with(strcmp(function, "is_tracked") == 0 ? gc.is_tracked : gc.is_finalized, object));
}

void gc_stats(long values[9]) {
  static const char* const names[3] = {"collections", "collected", "uncollectable"};
  const struct guard guard = begin_question();
  PyObject* result = call(gc.get_stats, no_arguments);
  /* The list counted; each dictionary counted unless it came from the free list, to which it then must return. */
  int counted = generations[0].count - guard.count - 1;
  int i, k;
  if (result == NULL) fail("gc.get_stats failed", "");
  for (i = 0; i < 3; ++i) {
    PyObject* dictionary = PyList_GET_ITEM(result, i);
    for (k = 0; k < 3; ++k) {
      PyObject* value = PyDict_GetItemString(dictionary, names[k]);
      values[3 * i + k] = PyLong_AsLong(value) - (values == stats_before ? 0 : stats_before[3 * i + k]);
    }
    if (counted > 0) {
      --counted;
      dispose_dictionary(dictionary);
      PyList_SET_ITEM(result, i, Py_None);
      Py_INCREF(Py_None);
    }
  }
  dispose_list(result);
  end_question(guard);
}

void gc_begin_stats(int are_asked_for) {
  memset(stats_before, 0, sizeof stats_before);
  if (are_asked_for && gc.get_stats != NULL) gc_stats(stats_before);
}

static int visit_result(PyObject* result, void (*visit)(PyObject*)) {
  Py_ssize_t i;
  if (result == NULL) {
    PyErr_Clear();
    return 0;
  }
  for (i = 0; i < PyList_GET_SIZE(result); ++i) visit(PyList_GET_ITEM(result, i));
  dispose_list(result);
  return 1;
}

int gc_objects(int generation, void (*visit)(PyObject*)) {
  const struct guard guard = begin_question();
  const int answered =
      visit_result(call(gc.get_objects, generation < 0 ? no_arguments : collect_arguments[generation]), visit);
  end_question(guard);
  return answered;
}

void gc_referrers(PyObject* object, void (*visit)(PyObject*)) {
  const struct guard guard = begin_question();
  visit_result(call_with(gc.get_referrers, object), visit);
  end_question(guard);
}

void gc_referents(PyObject* object, void (*visit)(PyObject*)) {
  const struct guard guard = begin_question();
  visit_result(call_with(gc.get_referents, object), visit);
  end_question(guard);
}
