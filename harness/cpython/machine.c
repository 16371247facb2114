/* The machine that runs traces: rules N, X and S of docs/memory-model.md on real objects. */
#include "driver.h"

#include <stdlib.h>
#include <string.h>

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
static int self = NO_RECORD; /* whose script runs */
static int has_raised, has_stopped;
static Py_ssize_t logged_garbage;
static int logged_count[3];

/* --- names: N1 to N4 -------------------------------------------------------------------------------------------- */

static int in_script(void) { return self != NO_RECORD; }

static void release(PyObject* object) {
  Py_XDECREF(object);
  ENTER();
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

static int usable(int record) {
  return record >= 0 && !records[record].is_dead && Py_REFCNT(records[record].object) > 0;
}

/* The record of what an operand finds, NO_RECORD for nothing. */
static int find(const struct operand* operand) {
  int record = NO_RECORD;
  PyObject **bound, *held;
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
      record = self;
      break;
    default:
      break;
  }
  if (!usable(record)) return NO_RECORD;
  if (operand->slot == WHOLE) return record;
  if (!has_token(records[record].kind)) return NO_RECORD;
  held = get_slot(record, operand->slot);
  record = held == NULL ? NO_RECORD : record_of(held);
  return usable(record) ? record : NO_RECORD;
}

/* Takes over the reference; NULL unbinds. */
static void bind_global(int name, PyObject* object) {
  if (object != NULL && !bound_once[name]) {
    bound_once[name] = 1;
    global_order[global_order_size++] = name;
  }
  replace(&globals[name], object);
}

static void bind(int name, PyObject* object) {
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

static PyObject* held(int record) {
  Py_INCREF(records[record].object);
  return records[record].object;
}

/* --- operations ------------------------------------------------------------------------------------------------- */

static void execute(const struct operation* operation);

int run_script(int record) {
  const int script = records[record].script;
  const int outer = self;
  int i, raised = 0;
  records[record].script = NO_SCRIPT;
  if (script < 0) return 0;
  self = record;
  for (i = program.scripts[script].begin; i < program.scripts[script].end && !raised; ++i) {
    execute(&program.script_operations[i]);
    raised = has_raised;
    has_raised = 0;
  }
  self = outer;
  return raised;
}

static void bulk(const struct operation* operation) {
  const struct operand target = {OPERAND_VARIABLE, operation->target, WHOLE};
  const int record = find(&target);
  PyObject* object;
  int i;
  if (record == NO_RECORD || records[record].kind != KIND_NODE) return;
  object = held(record);
  for (i = 0; i < operation->number[0]; ++i) {
    const int made_record = create_object(KIND_NODE, FINALIZER_NONE, operation->target, NO_SCRIPT);
    PyObject* made;
    if (made_record == NO_RECORD) {
      release(object);
      log_word("no_memory");
      return;
    }
    made = records[made_record].object;
    append_slot(record, made);
    Py_DECREF(made);
  }
  release(object);
}

static void change_slots(const struct operation* operation) {
  const int a = find(&operation->a);
  const int needs_b = operation->code == OP_APPEND || operation->code == OP_REMOVE || operation->code == OP_STORE;
  PyObject *object, *value = NULL;
  if (a == NO_RECORD || !has_slots(records[a].kind)) return;
  if (needs_b) {
    const int b = find(&operation->b);
    if (b == NO_RECORD) return;
    value = records[b].object;
  }
  object = held(a);
  switch (operation->code) {
    case OP_APPEND:
      append_slot(a, value);
      break;
    case OP_REMOVE:
      remove_slot(a, value);
      break;
    case OP_STORE:
      store_slot(a, operation->number[0], value);
      break;
    case OP_ERASE:
      erase_slot(a, operation->number[0]);
      break;
    default:
      clear_slots(a);
      break;
  }
  release(object);
}

static void make_tuple(const struct operation* operation) {
  const int a = find(&operation->a);
  const int size = a == NO_RECORD ? 0 : items_of(a);
  PyObject **items, *tuple;
  int record, i;
  if (size <= 0) return;
  items = malloc((size_t)size * sizeof *items);
  if (items == NULL) fail("out of memory", "");
  for (i = 0; i < size; ++i) {
    items[i] = get_slot(a, i);
    Py_INCREF(items[i]);
  }
  record = create_tuple(items, size, operation->target);
  for (i = 0; record == NO_RECORD && i < size; ++i) release(items[i]);
  free(items);
  if (record == NO_RECORD) {
    log_word("no_memory");
    return;
  }
  tuple = records[record].object;
  safepoint();
  bind(operation->target, tuple);
}

static void add(const struct operation* operation) {
  const int a = find(&operation->a), b = find(&operation->b);
  PyObject* sum;
  if (a == NO_RECORD || b == NO_RECORD || !is_atom(records[a].kind) || records[a].kind != records[b].kind) return;
  sum = add_atoms(a, b, operation->target);
  if (sum != NULL) bind(operation->target, sum);
}

static void weak_operation(const struct operation* operation) {
  const int record = find(&operation->a);
  PyObject *referent, *weak;
  int before;
  if (record == NO_RECORD || records[record].kind >= CLASS_KINDS) return;
  referent = held(record);
  before = records_size;
  weak = make_weak(operation->code, operation->target, referent, operation->script);
  if (weak != NULL) {
    if (records_size != before) safepoint();
    bind(operation->target, weak);
  }
  release(referent);
  if (weak == NULL) log_word("no_memory");
}

static void deref(const struct operation* operation) {
  const int record = find(&operation->a);
  PyObject* referent;
  if (record == NO_RECORD || !is_weak(records[record].kind)) return;
  referent = weak_referent(records[record].object);
  if (referent == NULL) {
    log_label("deref", NO_RECORD);
    bind(operation->target, NULL);
    return;
  }
  Py_INCREF(referent);
  log_label("deref", record_of(referent));
  bind(operation->target, referent);
}

static void use(int record) {
  PyObject* value;
  if (records[record].kind != KIND_PROXY) return;
  value = read_through_proxy(records[record].object);
  log_number("used", value != NULL);
  Py_XDECREF(value);
}

static void leave_scope(void) {
  struct scope scope;
  int i;
  if (scopes_size == 0) return;
  scope = scopes[--scopes_size];
  memset(&scopes[scopes_size], 0, sizeof scope);
  for (i = 0; i < 2; ++i) release(scope.arguments[i]);
  for (i = 0; i < scope.size; ++i) release(scope.locals[i].object);
  free(scope.locals);
}

static void enter_scope(const struct operation* operation) {
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

/* S1 to S4. The interpreter cannot be ended for each trace: its collections at the end are called for one by one. */
static void shut_down(void) {
  static const int kCollections = PY_MAJOR_VERSION == 2 ? 0 : PY_VERSION_HEX < 0x030A0000 ? 2 : 3;
  int i;
  while (scopes_size > 0) leave_scope();
  forget_pending_collection();
  if (PY_MAJOR_VERSION == 2 || gc_is_enabled()) gc_collect(2);
  for (i = 0; i < global_order_size; ++i) replace(&globals[global_order[i]], NULL);
  for (i = 0; i < kCollections; ++i) {
    next_is_silent = 1;
    gc_collect(2);
  }
  empty_trashcan();
  for (i = 0; i < records_size; ++i) {
    if (records[i].is_dead || records[i].is_permanent) continue;
    if (has_token(records[i].kind) || is_atom(records[i].kind)) log_label("leaked", i);
  }
  has_stopped = 1;
}

static void answer_object(PyObject* object) {
  const int record = record_of(object);
  log_label("object", record);
}

/* Answers hold what is the interpreter's as well: classes, None. */
static void answer_known_object(PyObject* object) {
  const int record = record_of(object);
  if (record != NO_RECORD) log_label("object", record);
}

static void query_collector(const struct operation* operation) {
  int values[3];
  long stats[9];
  Py_ssize_t i;
  switch (operation->code) {
    case OP_ISENABLED:
      log_number("flag", gc_is_enabled());
      break;
    case OP_GET_DEBUG:
      log_number("flag", gc_get_debug());
      break;
    case OP_GET_THRESHOLD:
      gc_get_threshold(values);
      log_numbers("threshold", values[0], values[1], values[2]);
      break;
    case OP_GET_COUNT:
      gc_get_count(values);
      log_numbers("count", values[0], values[1], values[2]);
      break;
    case OP_GARBAGE:
      for (i = 0; i < PyList_GET_SIZE(garbage); ++i) log_label("garbage", record_of(PyList_GET_ITEM(garbage, i)));
      break;
#if PY_VERSION_HEX >= 0x03070000
    case OP_GET_FREEZE_COUNT:
      log_number("freeze_count", gc_freeze_count());
      break;
#endif
#if PY_MAJOR_VERSION > 2
    case OP_GET_STATS:
      gc_stats(stats);
      for (i = 0; i < 3; ++i) log_numbers("stats", stats[3 * i], stats[3 * i + 1], stats[3 * i + 2]);
      break;
#endif
    case OP_GET_OBJECTS:
#if PY_VERSION_HEX < 0x03080000
      if (operation->count == 1) break;
#endif
      if (gc_objects(operation->count == 1 ? operation->number[0] : -1, answer_object)) {
        log_word("answer_end");
      } else {
        log_number("error", 0);
      }
      break;
    default:
      break;
  }
  (void)stats;
}

static void query_object(const struct operation* operation) {
  const int record = find(&operation->a);
  PyObject* object;
  int other;
  if (record == NO_RECORD) return;
  object = records[record].object;
  switch (operation->code) {
    case OP_USE:
      use(record);
      break;
    case OP_GET_REFERRERS:
      gc_referrers(object, answer_object);
      log_word("answer_end");
      break;
    case OP_GET_REFERENTS:
      gc_referents(object, answer_known_object);
      log_word("answer_end");
      break;
    case OP_IS_TRACKED:
      log_number("flag", gc_flag("is_tracked", object));
      break;
#if PY_VERSION_HEX >= 0x03090000
    case OP_IS_FINALIZED:
      log_number("flag", gc_flag("is_finalized", object));
      break;
#endif
    case OP_REFCOUNT:
      if (!records[record].is_permanent) log_number("references", (long)Py_REFCNT(object));
      break;
    case OP_SAME:
      other = find(&operation->b);
      if (other != NO_RECORD) log_number("flag", object == records[other].object);
      break;
    case OP_ID:
      log_label("identity", record_of(object));
      break;
    default:
      break;
  }
}

static void execute(const struct operation* operation) {
  const enum place place = operation_place(operation->code);
  PyObject** bound;
  int record;
  if (place != ANYWHERE && in_script() != (place == SCRIPT_ONLY)) return;
  switch (operation->code) {
    case OP_NEW:
      record = create_object(operation->kind, operation->finalizer, operation->target, operation->script);
      if (record == NO_RECORD) {
        log_word("no_memory");
      } else {
        PyObject* object = records[record].object;
        safepoint();
        bind(operation->target, object);
      }
      break;
    case OP_TUPLE:
      make_tuple(operation);
      break;
    case OP_INTEGER:
      bind(operation->target, make_integer(operation->number[0], operation->target));
      break;
    case OP_STRING:
      bind(operation->target, make_constant(operation->text, operation->is_interned, operation->target));
      break;
    case OP_ADD:
      add(operation);
      break;
    case OP_INTERN:
      record = find(&operation->a);
      if (record != NO_RECORD && records[record].kind == KIND_STRING) bind(operation->target, intern_string(record));
      break;
    case OP_BULK:
      bulk(operation);
      break;
    case OP_LET:
      record = find(&operation->a);
      if (record != NO_RECORD) bind(operation->target, held(record));
      break;
    case OP_ROOT:
      record = find(&operation->a);
      if (record != NO_RECORD && !is_weak(records[record].kind)) bind_global(records[record].name, held(record));
      break;
    case OP_DROP:
      bound = variable(operation->target);
      if (bound != NULL) replace(bound, NULL);
      break;
    case OP_APPEND:
    case OP_REMOVE:
    case OP_STORE:
    case OP_ERASE:
    case OP_CLEAR:
      change_slots(operation);
      break;
    case OP_CALL:
      enter_scope(operation);
      break;
    case OP_RETURN:
      leave_scope();
      break;
    case OP_SAFEPOINT:
      safepoint();
      break;
    case OP_WEAKREF:
    case OP_SUBREF:
    case OP_PROXY:
      weak_operation(operation);
      break;
    case OP_DEREF:
      deref(operation);
      break;
    case OP_COLLECT:
      if (operation->number[0] == 3) {
        log_number("error", 0);
        break;
      }
      log_number("collect", operation->number[0]);
      log_number("returned", gc_collect(operation->number[0]));
      break;
    case OP_ENABLE:
    case OP_DISABLE:
      gc_enable(operation->code == OP_ENABLE);
      break;
    case OP_SET_THRESHOLD:
      gc_set_threshold(operation->count, operation->number);
      break;
    case OP_SET_DEBUG:
      gc_set_debug(operation->number[0]);
      break;
    case OP_CLEAR_GARBAGE:
      PyList_SetSlice(garbage, 0, PyList_GET_SIZE(garbage), NULL);
      ENTER();
      break;
    case OP_TAKE_GARBAGE:
      if (operation->number[0] < PyList_GET_SIZE(garbage)) {
        PyObject* object = PyList_GET_ITEM(garbage, operation->number[0]);
        Py_INCREF(object);
        PyList_SetSlice(garbage, operation->number[0], operation->number[0] + 1, NULL);
        bind(operation->target, object);
      }
      break;
#if PY_VERSION_HEX >= 0x03070000
    case OP_FREEZE:
    case OP_UNFREEZE:
      gc_freeze(operation->code == OP_FREEZE);
      break;
#endif
#if PY_MAJOR_VERSION > 2
    case OP_CALLBACKS:
      callbacks_on = operation->number[0];
      break;
#endif
    case OP_SHUTDOWN:
      shut_down();
      break;
#if HAS_FAULTS
    case OP_FAIL:
      begin_faults(operation->number[0]);
      break;
#endif
    case OP_RAISE:
      log_label("raised", self);
      has_raised = 1;
      break;
    default:
      query_collector(operation);
      query_object(operation);
      break;
  }
}

/* --- after an operation: N12 ------------------------------------------------------------------------------------ */

static uint32_t fold(uint32_t digest, int record) {
  uint32_t word = 2u << 8; /* the tuple of rule W6 */
  if (record >= 0) {
    word = ((uint32_t)records[record].name << 16) ^ ((uint32_t)records[record].serial * 0x9E3779B1u) ^
           ((uint32_t)records[record].is_attributes << 8);
  }
  digest = (digest ^ word) * 0x01000193u;
  return digest ^ (digest >> 15);
}

static void list_generations(enum observe observe) {
  uint32_t digest[3];
  long size[3];
  GcHead* head;
  int g;
  for (g = 0; g < 3; ++g) {
    size[g] = 0;
    digest[g] = 0x811C9DC5u;
    for (head = GC_NEXT(&generations[g].head); head != &generations[g].head; head = GC_NEXT(head)) {
      const int record = record_of(GC_OBJECT(head));
      if (record == NO_RECORD && !is_warming_up) {
        fail("the collector holds an object of another's: ", Py_TYPE(GC_OBJECT(head))->tp_name);
      }
      ++size[g];
      digest[g] = fold(digest[g], record);
    }
  }
  log_numbers("members", size[0], size[1], size[2]);
  if (observe == OBSERVE_DIGEST) {
    log_numbers("digest", digest[0], digest[1], digest[2]);
    return;
  }
  for (g = 0; g < 3; ++g) {
    for (head = GC_NEXT(&generations[g].head); head != &generations[g].head; head = GC_NEXT(head)) {
      log_labelled_number("listed", record_of(GC_OBJECT(head)), g);
    }
  }
}

static void end_operation(enum observe observe) {
  const int* begun = collections_begun;
  int count[3], i, any, counts_differ = 0;
  empty_trashcan();
  if (PyList_GET_SIZE(garbage) != logged_garbage) {
    logged_garbage = PyList_GET_SIZE(garbage);
    log_number("garbage_size", (long)logged_garbage);
  }
  any = begun[0] + begun[1] + begun[2] > 0;
  if (any) log_numbers("ran", begun[0], begun[1], begun[2]);
  memset(collections_begun, 0, sizeof collections_begun);
  if (any || observe == OBSERVE_EVERY) list_generations(observe);
  for (i = 0; i < 3; ++i) {
    count[i] = generations[i].count;
    counts_differ |= count[i] != logged_count[i];
    logged_count[i] = count[i];
  }
  if (counts_differ || observe == OBSERVE_EVERY) log_numbers("count", count[0], count[1], count[2]);
}

/* --- a whole trace ---------------------------------------------------------------------------------------------- */

static void begin_machine(void) {
  if (program.names > names_capacity) {
    names_capacity = program.names;
    globals = realloc(globals, (size_t)names_capacity * sizeof *globals);
    bound_once = realloc(bound_once, (size_t)names_capacity);
    global_order = realloc(global_order, (size_t)names_capacity * sizeof *global_order);
    if (globals == NULL || bound_once == NULL || global_order == NULL) fail("out of memory", "");
  }
  if (program.names > 0) {
    memset(globals, 0, (size_t)program.names * sizeof *globals);
    memset(bound_once, 0, (size_t)program.names);
  }
  global_order_size = 0;
  has_stopped = has_raised = 0;
  logged_garbage = 0;
  memset(logged_count, 0, sizeof logged_count);
  begin_objects(program.names);
  begin_atoms();
}

/* Empties the slots of whatever lives while all of it is held, so that nothing dies inside of another death: long
   chains, and what waits in the trashcan, lead the interpreter into faults that the trace did not reach. */
static void break_up(void) {
  static int* survivors;
  static int capacity;
  int i, size = 0;
  for (i = 0; i < records_size; ++i) {
    if (!has_slots(records[i].kind) || !usable(i) || !is_in_place(i)) continue;
    survivors = grown(survivors, size, &capacity, sizeof *survivors);
    survivors[size++] = i;
    held(i);
  }
  for (i = 0; i < size; ++i) clear_slots(survivors[i]);
  for (i = 0; i < size; ++i) release(records[survivors[i]].object);
}

/* Breaks and releases everything that the trace has left behind. */
static void clean_up(void) {
  int i;
  quiet = 1;
  end_faults();
  callbacks_on = 0;
  gc_set_debug(0);
  gc_enable(0);
#if PY_VERSION_HEX >= 0x03070000
  gc_freeze(0);
#endif
  break_up();
  while (scopes_size > 0) leave_scope();
  for (i = 0; i < program.names; ++i) replace(&globals[i], NULL);
  PyList_SetSlice(garbage, 0, PyList_GET_SIZE(garbage), NULL);
  ENTER();
  break_up();
  empty_trashcan();
  for (i = 0; i < 3 && generations_hold_objects(); ++i) {
    gc_collect(2);
    PyList_SetSlice(garbage, 0, PyList_GET_SIZE(garbage), NULL);
  }
  if (generations_hold_objects() && !is_warming_up) fail("objects of the trace could not be released", "");
}

void run_program(enum observe observe) {
  int i;
  quiet = 1;
  begin_collector(&program);
  begin_machine();
  quiet = 0;
  for (i = 0; i < program.size && !has_stopped; ++i) {
    log_operation(i);
    execute(&program.operations[i]);
    end_operation(observe);
  }
  clean_up();
}
