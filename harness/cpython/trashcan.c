#include "trashcan.h"

#include "log.h"
#include "state.h"

/* Where a version keeps what waits in the trashcan and how deep deallocation is nested. */
#if TRASHCAN_BY_STACK
#define TRASH_LATER delete_later
#elif PY_VERSION_HEX >= 0x030D0000
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
/* The trashcan is a list: one of the words that link the lists of the collector holds the next one that waits. */
static PyObject* deposited_before(PyObject* object) {
  GcHead* head = (GcHead*)object - 1;
#if TRASHCAN_BY_STACK
  return (PyObject*)GC_NEXT(head);
#elif PY_VERSION_HEX < 0x03080000
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

struct trashcan set_trashcan_aside(void) {
  struct trashcan trashcan;
  trashcan.later = PyThreadState_GET()->TRASH_LATER;
  PyThreadState_GET()->TRASH_LATER = NULL;
#if !TRASHCAN_BY_STACK
  trashcan.level = PyThreadState_GET()->TRASH_LEVEL;
  PyThreadState_GET()->TRASH_LEVEL = NO_TRASH_LEVEL;
#endif
  return trashcan;
}

void restore_trashcan(struct trashcan trashcan) {
  PyThreadState_GET()->TRASH_LATER = trashcan.later;
#if !TRASHCAN_BY_STACK
  PyThreadState_GET()->TRASH_LEVEL = trashcan.level;
#endif
}

#if TRASHCAN_BY_STACK
/* At the end of a chain: how much of the C stack is in use when it dies. What the trashcan took would die with less. */
static PyTypeObject probe_type = {PyVarObject_HEAD_INIT(NULL, 0)};
static uintptr_t stack_at_death;

static void probe_dealloc(PyObject* self) {
  stack_at_death = (uintptr_t)__builtin_frame_address(0);
  PyObject_Free(self);
}

static size_t stack_used_by_chain(int length) {
  PyObject* chain = (PyObject*)PyObject_New(PyObject, &probe_type);
  while (chain != NULL && length-- > 0) {
    PyObject* list = PyList_New(1);
    if (list != NULL) PyList_SET_ITEM(list, 0, chain);
    chain = list;
  }
  if (chain == NULL) fail("out of memory", "");
  Py_DECREF(chain);
  return (uintptr_t)__builtin_frame_address(0) - stack_at_death;
}

void check_that_trashcan_is_unused(void) {
  enum { SHORT = 1000, LONG = 200 * SHORT };
  size_t of_short, of_long;
  probe_type.tp_name = "cyclecheck.probe";
  probe_type.tp_basicsize = sizeof(PyObject);
  probe_type.tp_dealloc = probe_dealloc;
  probe_type.tp_flags = Py_TPFLAGS_DEFAULT;
  if (PyType_Ready(&probe_type) < 0) fail("out of memory", "");
  of_short = stack_used_by_chain(SHORT);
  of_long = stack_used_by_chain(LONG);
  if (of_long / (LONG / SHORT) < of_short / 10 * 9)
    fail("the trashcan takes objects although the stack has no limit", "");
}
#else
void check_that_trashcan_is_unused(void) {}
#endif

#if PY_VERSION_HEX >= 0x030D0000 && !TRASHCAN_BY_STACK
void adjust_recursion(int levels) { PyThreadState_GET()->c_recursion_remaining += levels; }
void normalise_recursion(void) { PyThreadState_GET()->c_recursion_remaining = NO_TRASH_LEVEL; }
#else
void adjust_recursion(int levels) { (void)levels; }
void normalise_recursion(void) {}
#endif
