/* The interpreter's collector: where its state lies in memory, and how it is called so that the call leaves
   no trace. */
#include "driver.h"

#include <string.h>

Generation* generations;
PyObject* garbage;
int quiet;

static struct {
  PyObject *collect, *enable, *disable, *isenabled, *set_threshold, *get_threshold, *get_count, *set_debug, *get_debug;
  PyObject *get_objects, *get_referrers, *get_referents, *is_tracked, *is_finalized, *freeze, *unfreeze;
  PyObject *get_freeze_count, *get_stats;
} gc;

/* Argument tuples that the collector does not know; their items are exchanged, and borrowed, for each call. */
static PyObject *no_arguments, *one_argument, *collect_arguments[4], *threshold_arguments[4];
static long stats_before[9];

PyObject* untracked_tuple(int size) {
  PyObject* tuple = PyTuple_New(size);
  if (tuple == NULL) fail("out of memory", "");
  if (size > 0) PyObject_GC_UnTrack(tuple);
  return tuple;
}

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

/* --- the state in memory ---------------------------------------------------------------------------------------- */

static GcHead world;

static void make_empty(GcHead* list) {
#if PY_VERSION_HEX < 0x03080000
  list->gc.gc_next = list->gc.gc_prev = list;
#else
  list->next = list->prev = (uintptr_t)list;
#endif
}

static void move_all(GcHead* from, GcHead* to) {
  GcHead *first = GC_NEXT(from), *last, *end;
  if (first == from) return;
#if PY_VERSION_HEX < 0x03080000
  last = from->gc.gc_prev;
  end = to->gc.gc_prev;
  end->gc.gc_next = first;
  first->gc.gc_prev = end;
  last->gc.gc_next = to;
  to->gc.gc_prev = last;
#else
  last = (GcHead*)from->prev;
  end = (GcHead*)to->prev;
  end->next = (uintptr_t)first;
  first->prev = (first->prev & 3) | (uintptr_t)end;
  last->next = (uintptr_t)to;
  to->prev = (uintptr_t)last;
#endif
  make_empty(from);
}

/* What follows the generations in memory from 3.7 on. */
struct state {
  Generation generations[3];
  GcHead* generation0;
  Generation permanent;
};

#if PY_VERSION_HEX >= 0x03070000
#if PY_VERSION_HEX < 0x03090000
extern struct pyruntimestate _PyRuntime;
#endif

static void find_generations(void) {
  static const int marks[3] = {909090901, 818181811, 727272721};
  enum { SEARCHED = 1 << 20 };
  size_t offset;
#if PY_VERSION_HEX < 0x03090000
  char* begin = (char*)&_PyRuntime;
#else
  char* begin = (char*)PyInterpreterState_Get();
#endif
  gc_set_threshold(3, marks);
  for (offset = 0; offset < SEARCHED; offset += sizeof(void*)) {
    struct state* state = (struct state*)(begin + offset);
    if (state->generations[0].threshold != marks[0] || state->generations[1].threshold != marks[1] ||
        state->generations[2].threshold != marks[2]) {
      continue;
    }
    if (state->generation0 != &state->generations[0].head) continue;
    generations = state->generations;
    return;
  }
  fail("the collector's generations were not found in this interpreter", "");
}
#else
extern GcHead* _PyGC_generation0;
static void find_generations(void) { generations = (Generation*)_PyGC_generation0; }
#endif

static PyObject* function_of(PyObject* module, const char* name) {
  PyObject* function = PyObject_GetAttrString(module, name);
  if (function == NULL) PyErr_Clear();
  return function;
}

void set_up_collector(void) {
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
  no_arguments = untracked_tuple(0);
  one_argument = untracked_tuple(1);
  for (i = 0; i < 4; ++i) {
    collect_arguments[i] = untracked_tuple(1);
    PyTuple_SET_ITEM(collect_arguments[i], 0, PyLong_FromLong(i));
    threshold_arguments[i] = untracked_tuple(i);
  }
  make_empty(&world);
  find_generations();
  redirect_standard_error();
}

void hide_world(void) {
  int i;
  gc_collect(2);
  gc_collect(2);
  for (i = 2; i >= 0; --i) move_all(&generations[i].head, &world);
#if PY_VERSION_HEX >= 0x03070000
  move_all(&((struct state*)generations)->permanent.head, &world);
#endif
}

int generations_hold_objects(void) {
  int i;
  for (i = 0; i < 3; ++i) {
    if (GC_NEXT(&generations[i].head) != &generations[i].head) return 1;
  }
  return 0;
}

void begin_collector(const struct program* settings) {
  int i;
  callbacks_on = next_is_silent = debug_flags = 0;
  gc_set_debug(0);
  gc_enable(0);
  set_free_lists(0);
  gc_collect(2);
  drain_free_lists();
  set_free_lists(settings->free_lists_filled);
  forget_pending_collection();
  for (i = 0; i < 3; ++i) generations[i].count = collections_begun[i] = 0;
  gc_set_threshold(3, settings->threshold);
  gc_enable(!settings->disabled);
  memset(stats_before, 0, sizeof stats_before);
  if (settings->asks_for_stats && gc.get_stats != NULL) gc_stats(stats_before);
  normalise_recursion();
}

/* --- the gc module ---------------------------------------------------------------------------------------------- */

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

PyObject* read_through_proxy(PyObject* proxy) {
  const struct guard guard = begin_question();
  PyObject* value = PyObject_GetAttrString(proxy, "__class__");
  if (value == NULL) PyErr_Clear();
  end_question(guard);
  return value;
}

void safepoint(void) {
  PyErr_CheckSignals();
  ENTER();
}

void forget_pending_collection(void) {
  int count[3], i;
  for (i = 0; i < 3; ++i) {
    count[i] = generations[i].count;
    generations[i].count = 0;
  }
  /* With all counts 0 no generation is due. */
  safepoint();
  for (i = 0; i < 3; ++i) generations[i].count = count[i];
}

void empty_trashcan(void) {
#if PY_VERSION_HEX < 0x03080000
  while (PyThreadState_GET()->trash_delete_later != NULL) {
    _PyTrash_thread_destroy_chain();
    ENTER();
  }
#endif
}

#if PY_VERSION_HEX >= 0x030D0000
void adjust_recursion(int levels) { PyThreadState_GET()->c_recursion_remaining += levels; }
void normalise_recursion(void) { PyThreadState_GET()->c_recursion_remaining = 9997; }
#else
void adjust_recursion(int levels) { (void)levels; }
void normalise_recursion(void) {}
#endif
