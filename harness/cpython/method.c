#include "method.h"

#include "faults.h"
#include "free_lists.h"
#include "log.h"
#include "records.h"
#include "window.h"

/* Methods have no room for a token, so their ends are watched. */
static destructor method_dealloc;

static void watched_dealloc(PyObject* self) {
  const int record = record_of(self);
  if (record < 0 || records[record].is_dead) { /* the interpreter's own */
    method_dealloc(self);
    return;
  }
  ENTER();
  trim_free_lists();
  say_died(record);
  method_dealloc(self);
  if (!HAS_METHOD_FREE_LIST) freed_in_fault_window();
  ENTER();
}

void set_up_methods(void) {
  method_dealloc = PyMethod_Type.tp_dealloc;
  PyMethod_Type.tp_dealloc = watched_dealloc;
}

int create_method(PyObject* function, PyObject* self, int name) {
  PyObject* method;
  refill_free_lists(0);
  await_allocation(ANY_SIZE);
  method = new_method(function, self);
  ENTER();
  if (!got_memory(method != NULL)) return NO_RECORD;
  return new_record(method, name, KIND_METHOD, NO_SCRIPT);
}

PyObject* method_part(PyObject* method, int index) {
  if (index > 1) return NULL;
  return index == 0 ? PyMethod_GET_FUNCTION(method) : PyMethod_GET_SELF(method);
}
