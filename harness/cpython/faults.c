#include "faults.h"

#if HAS_FAULTS

#include "guard.h"
#include "log.h"
#include "records.h"
#include "state.h"
#include "window.h"

static PyMemAllocatorEx original;
static int countdown;  /* 0: none fails */
static size_t awaited; /* the size of the container that the driver is about to ask for; ANY_SIZE: of the next block */

/* Whether this is the block that the driver waits for. */
static int is_awaited(size_t size) {
  if (awaited == 0 || (awaited != ANY_SIZE && awaited != size)) return 0;
  awaited = 0;
  return 1;
}

/* The object whose callbacks W6's tuple is for was cleared as trash: the driver is not told when its memory goes. */
static int owner_was_cleared;

/* The tuple of rule W6 is made inside of the interpreter, before the weak references are cleared. Its size tells how
   many there are: so many refer to an object whose count is zero, and that does not wait in the trashcan. The object
   may have been cleared as trash before, so that its record says that it is dead; while a weak reference refers to it,
   it exists. */
static int is_callback_tuple(size_t size) {
  const size_t empty = sizeof(PyTupleObject) - sizeof(PyObject*) + sizeof(GcHead);
  const size_t item = sizeof(PyObject*);
  const PyObject* looked_at = NULL;
  size_t weak_references;
  int i;
  if (size <= empty || (size - empty) % (2 * item) != 0) return 0;
  weak_references = (size - empty) / (2 * item);
  if (weak_references == 1 && PY_VERSION_HEX < 0x030D0000) return 0;
  for (i = 0; i < records_size; ++i) {
    PyObject* referent;
    const PyWeakReference* weak;
    size_t found = 0;
    if (records[i].is_dead || !is_weak(records[i].kind)) continue;
    referent = ((PyWeakReference*)records[i].object)->wr_object;
    if (referent == Py_None || referent == looked_at || Py_REFCNT(referent) != 0) continue;
    looked_at = referent;
    weak = *(PyWeakReference**)PyObject_GET_WEAKREFS_LISTPTR(referent);
    for (; weak != NULL; weak = weak->wr_next) ++found;
    if (found != weak_references || is_deposited(referent)) continue;
    i = record_of(referent);
    owner_was_cleared = i >= 0 && records[i].is_dead && records[i].kind != KIND_METHOD;
    return 1;
  }
  return 0;
}

static int fails(void) {
  if (--countdown > 0) return 0;
  end_faults();
  return 1;
}

static void* failing_malloc(void* context, size_t size) {
  if (faults_are_paused) return original.malloc(context, size);
  if (is_awaited(size)) {
    if (fails()) return NULL;
  } else if (is_callback_tuple(size) && fails()) {
    log_word("no_memory");
    /* What the interpreter does about the exception is its own: from here to the next time that the driver has
       control nothing counts and nothing triggers. */
    open_fault_window(owner_was_cleared);
    return NULL;
  }
  return original.malloc(context, size);
}

void begin_faults(int n) {
  PyMemAllocatorEx hook;
  end_faults();
  if (n == 0) return;
  countdown = n;
  PyMem_GetAllocator(PYMEM_DOMAIN_OBJ, &original);
  hook = original;
  hook.malloc = failing_malloc;
  PyMem_SetAllocator(PYMEM_DOMAIN_OBJ, &hook);
}

void end_faults(void) {
  if (original.malloc != NULL) PyMem_SetAllocator(PYMEM_DOMAIN_OBJ, &original);
  original.malloc = NULL;
  countdown = 0;
  awaited = 0;
}

void await_allocation(size_t size) { awaited = original.malloc == NULL ? 0 : size; }

int got_memory(int succeeded) {
  awaited = 0;
  if (succeeded) return 1;
  if (!PyErr_ExceptionMatches(PyExc_MemoryError)) fail("an object could not be made", "");
  PyErr_Clear();
  return 0;
}

#endif
