#include "names.h"

#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "records.h"
#include "slots.h"
#include "window.h"

enum { DEEPEST = 64 };

struct local {
  int name;
  PyObject* object; /* NULL: unbound now */
};
struct scope {
  PyObject* arguments[2];
  struct local* locals; /* in the order of their first binding */
  int size, capacity;
};

static PyObject** globals;
static char* bound_once;
static int* global_order;
static int global_order_size, names_capacity;
static struct scope scopes[DEEPEST];
static int scopes_size;
int script_owner = NO_RECORD;

int in_script(void) { return script_owner != NO_RECORD; }

void release(PyObject* object) {
  Py_XDECREF(object);
  ENTER();
}

PyObject* held(int record) {
  Py_INCREF(records[record].object);
  return records[record].object;
}

static void replace(PyObject** variable, PyObject* object) {
  PyObject* old = *variable;
  *variable = object;
  release(old);
}

static PyObject** variable(int name) {
  if (!in_script() && scopes_size > 0) {
    struct scope* scope = &scopes[scopes_size - 1];
    int i;
    for (i = 0; i < scope->size; ++i) {
      if (scope->locals[i].name == name && scope->locals[i].object != NULL) return &scope->locals[i].object;
    }
  }
  return globals[name] == NULL ? NULL : &globals[name];
}

int usable(int record) { return record >= 0 && !records[record].is_dead && Py_REFCNT(records[record].object) > 0; }

/* The record of what an operand finds, NO_RECORD for nothing. */
int find(const struct operand* operand) {
  int record = NO_RECORD;
  PyObject **bound, *item;
  switch (operand->kind) {
    case OPERAND_VARIABLE:
      bound = variable(operand->name);
      if (bound != NULL) record = record_of(*bound);
      break;
    case OPERAND_LABEL:
      record = last_created(operand->name);
      if (record != NO_RECORD && !is_in_place(record)) record = NO_RECORD;
      break;
    case OPERAND_SELF:
      record = script_owner;
      break;
    default:
      break;
  }
  if (!usable(record)) return NO_RECORD;
  if (operand->slot == WHOLE) return record;
  if (!has_token(records[record].kind)) return NO_RECORD;
  item = get_slot(record, operand->slot);
  record = item == NULL ? NO_RECORD : record_of(item);
  return usable(record) ? record : NO_RECORD;
}

/* Takes over the reference; NULL unbinds. */
void bind_global(int name, PyObject* object) {
  if (object != NULL && !bound_once[name]) {
    bound_once[name] = 1;
    global_order[global_order_size++] = name;
  }
  replace(&globals[name], object);
}

void bind_name(int name, PyObject* object) {
  struct scope* scope;
  int i;
  if (in_script() || scopes_size == 0) {
    bind_global(name, object);
    return;
  }
  scope = &scopes[scopes_size - 1];
  for (i = 0; i < scope->size; ++i) {
    if (scope->locals[i].name != name) continue;
    replace(&scope->locals[i].object, object);
    return;
  }
  if (object == NULL) return;
  scope->locals = grown(scope->locals, scope->size, &scope->capacity, sizeof *scope->locals);
  scope->locals[scope->size].name = name;
  scope->locals[scope->size++].object = object;
}

void drop_name(int name) {
  PyObject** bound = variable(name);
  if (bound != NULL) replace(bound, NULL);
}

void leave_scope(void) {
  struct scope scope;
  int i;
  if (scopes_size == 0) return;
  scope = scopes[--scopes_size];
  memset(&scopes[scopes_size], 0, sizeof scope);
  for (i = 0; i < 2; ++i) release(scope.arguments[i]);
  for (i = 0; i < scope.size; ++i) release(scope.locals[i].object);
  free(scope.locals);
}

void enter_scope(const struct operation* operation) {
  struct scope* scope;
  int found[2], i;
  if (scopes_size == DEEPEST) return;
  found[0] = find(&operation->a);
  found[1] = find(&operation->b);
  scope = &scopes[scopes_size];
  memset(scope, 0, sizeof *scope);
  for (i = 0; i < 2; ++i) scope->arguments[i] = found[i] == NO_RECORD ? NULL : held(found[i]);
  ++scopes_size;
}

void leave_all_scopes(void) {
  while (scopes_size > 0) leave_scope();
}

void unbind_globals_in_order(void) {
  int i;
  for (i = 0; i < global_order_size; ++i) replace(&globals[global_order[i]], NULL);
}

void unbind_globals(void) {
  int i;
  for (i = 0; i < program.names; ++i) replace(&globals[i], NULL);
}

void begin_names(int names) {
  if (names > names_capacity) {
    names_capacity = names;
    globals = realloc(globals, (size_t)names_capacity * sizeof *globals);
    bound_once = realloc(bound_once, (size_t)names_capacity);
    global_order = realloc(global_order, (size_t)names_capacity * sizeof *global_order);
    if (globals == NULL || bound_once == NULL || global_order == NULL) fail("out of memory", "");
  }
  if (names > 0) {
    memset(globals, 0, (size_t)names * sizeof *globals);
    memset(bound_once, 0, (size_t)names);
  }
  global_order_size = 0;
}
