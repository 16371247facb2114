#include "watchers.h"

#include "debug_lines.h"
#include "gc_module.h"
#include "hooks.h"
#include "log.h"
#include "names.h"
#include "records.h"
#include "state.h"
#include "trashcan.h"
#include "window.h"

#if PY_MAJOR_VERSION > 2

/* Functions are containers, so they are made once. One is in use while it is registered or runs. */
enum { MOST = 16, POOL = 64 };
static struct watcher {
  PyObject* function;
  PyObject* object; /* NULL: the function is free */
  int record, at_stop, script;
  int is_registered, calls;
} pool[POOL];
/* What is registered, in order, as in gc.callbacks unless that is hidden. */
static int registered[MOST], registered_size, is_hidden;
static PyObject *generation_key, *collected_key, *uncollectable_key;
static int (*run_script)(int script, int record);

static void release_if_unused(struct watcher* watcher) {
  PyObject* object = watcher->object;
  if (watcher->is_registered || watcher->calls > 0) return;
  watcher->object = NULL;
  release(object);
}

static long info_number(PyObject* info, PyObject* key) { return PyLong_AsLong(PyDict_GetItem(info, key)); }

static PyObject* call(PyObject* self, PyObject* phase, PyObject* info) {
  struct watcher* watcher = &pool[PyLong_AsLong(self)];
  const int at_stop = PyUnicode_READ_CHAR(phase, 2) == 'o';
  const long generation = info_number(info, generation_key);
  int script, raised;
  ENTER();
  if (quiet || at_stop != watcher->at_stop) Py_RETURN_NONE;
  script = watcher->script;
  watcher->script = NO_SCRIPT;
  ++watcher->calls;
  adjust_recursion(1);
  if (at_stop) {
    log_labelled_numbers("watch_stop", watcher->record, generation, info_number(info, collected_key),
                         info_number(info, uncollectable_key));
  } else {
    log_labelled_number("watch_start", watcher->record, generation);
  }
  raised = run_script(script, watcher->record);
  --watcher->calls;
  release_if_unused(watcher);
  adjust_recursion(-1);
  return swallowed(raised);
}

/* No tuple of arguments is made. */
#if PY_VERSION_HEX >= 0x03070000
static PyObject* call_function(PyObject* self, PyObject* const* arguments, Py_ssize_t size) {
#else
static PyObject* call_function(PyObject* self, PyObject** arguments, Py_ssize_t size, PyObject* keywords) {
  (void)keywords;
#endif
  (void)size;
  return call(self, arguments[0], arguments[1]);
}

void hide_watchers(int on) {
  int i;
  if (is_hidden == on) return;
  is_hidden = on;
  PyList_SetSlice(callbacks, 0, PyList_GET_SIZE(callbacks), NULL);
  for (i = 0; !on && i < registered_size; ++i) {
    if (PyList_Append(callbacks, pool[registered[i]].function) < 0) fail("out of memory", "");
  }
}

/* A silent collection begins, or ends. */
static void show_watchers(int begins) { hide_watchers(!begins); }

void set_up_watchers(int (*runs_script)(int script, int record)) {
  static PyMethodDef definition = {"watcher", (PyCFunction)(void (*)(void))call_function, METH_FASTCALL, NULL};
  int i;
  run_script = runs_script;
  tell_silent = show_watchers;
  generation_key = PyUnicode_InternFromString("generation");
  collected_key = PyUnicode_InternFromString("collected");
  uncollectable_key = PyUnicode_InternFromString("uncollectable");
  for (i = 0; i < POOL; ++i) {
    PyObject* number = PyLong_FromLong(i);
    pool[i].function = PyCFunction_New(&definition, number);
    if (number == NULL || pool[i].function == NULL) fail("out of memory", "");
  }
}

static void remove_at(int place) {
  int i;
  pool[registered[place]].is_registered = 0;
  --registered_size;
  for (i = place; i < registered_size; ++i) registered[i] = registered[i + 1];
  if (!is_hidden) PyList_SetSlice(callbacks, place, place + 1, NULL);
}

void forget_watchers(void) {
  while (registered_size > 0) {
    struct watcher* watcher = &pool[registered[0]];
    remove_at(0);
    release_if_unused(watcher);
  }
  is_hidden = 0;
  knows_gc_info = 0;
}

void watch(int record, int at_stop, int script) {
  int i = 0;
  if (registered_size == MOST) return;
  while (i < POOL && pool[i].object != NULL) ++i;
  if (i == POOL) fail("too many callbacks of gc run", "");
  pool[i].object = held(record);
  pool[i].record = record;
  pool[i].at_stop = at_stop;
  pool[i].script = script;
  pool[i].is_registered = 1;
  registered[registered_size++] = i;
  knows_gc_info = 1;
  if (!is_hidden && PyList_Append(callbacks, pool[i].function) < 0) fail("out of memory", "");
}

void unwatch(int record) {
  int i;
  for (i = 0; i < registered_size; ++i) {
    struct watcher* watcher = &pool[registered[i]];
    if (watcher->record != record) continue;
    remove_at(i);
    release_if_unused(watcher);
    return;
  }
}


#else
void set_up_watchers(int (*runs_script)(int script, int record)) { (void)runs_script; }
void forget_watchers(void) {}
void watch(int record, int at_stop, int script) { (void)record, (void)at_stop, (void)script; }
void unwatch(int record) { (void)record; }
void hide_watchers(int on) { (void)on; }
#endif
