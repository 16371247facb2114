#include "trashcan.h"

#include "state.h"

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

struct trashcan set_trashcan_aside(void) {
  struct trashcan trashcan;
  trashcan.later = PyThreadState_GET()->TRASH_LATER;
  trashcan.level = PyThreadState_GET()->TRASH_LEVEL;
  PyThreadState_GET()->TRASH_LATER = NULL;
  PyThreadState_GET()->TRASH_LEVEL = NO_TRASH_LEVEL;
  return trashcan;
}

void restore_trashcan(struct trashcan trashcan) {
  PyThreadState_GET()->TRASH_LATER = trashcan.later;
  PyThreadState_GET()->TRASH_LEVEL = trashcan.level;
}

#if PY_VERSION_HEX >= 0x030D0000
void adjust_recursion(int levels) { PyThreadState_GET()->c_recursion_remaining += levels; }
void normalise_recursion(void) { PyThreadState_GET()->c_recursion_remaining = NO_TRASH_LEVEL; }
#else
void adjust_recursion(int levels) { (void)levels; }
void normalise_recursion(void) {}
#endif
