#include "cell.h"

#include "faults.h"
#include "log.h"
#include "records.h"
#include "window.h"

/* Cells have no room for a token, so their ends are watched. */
static destructor cell_dealloc;
static inquiry cell_clear;

static void watch_end(PyObject* self) {
  int record;
  ENTER();
  record = record_of(self);
  if (record >= 0) say_died(record);
}

static void watched_dealloc(PyObject* self) {
  watch_end(self);
  cell_dealloc(self);
  ENTER();
}

static int watched_clear(PyObject* self) {
  int status;
  watch_end(self);
  status = cell_clear(self);
  ENTER();
  return status;
}

void set_up_cells(void) {
  cell_dealloc = PyCell_Type.tp_dealloc;
  cell_clear = PyCell_Type.tp_clear;
  PyCell_Type.tp_dealloc = watched_dealloc;
  PyCell_Type.tp_clear = watched_clear;
}

int create_cell(int name) {
  PyObject* cell;
  await_allocation(ANY_SIZE);
  cell = PyCell_New(NULL);
  ENTER();
  if (!got_memory(cell != NULL)) return NO_RECORD;
  return new_record(cell, name, KIND_CELL, NO_SCRIPT);
}
