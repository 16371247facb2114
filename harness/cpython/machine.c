#include "machine.h"

#include <stdlib.h>
#include <string.h>

#include "atoms.h"
#include "collector.h"
#include "debug_lines.h"
#include "faults.h"
#include "frame.h"
#include "gc_module.h"
#include "generator.h"
#include "log.h"
#include "method.h"
#include "names.h"
#include "objects.h"
#include "questions.h"
#include "records.h"
#include "set.h"
#include "slots.h"
#include "state.h"
#include "watchers.h"
#include "weak.h"
#include "window.h"

static int has_raised, has_stopped;

static void execute(const struct operation* operation);

int run_operations(int script, int record) {
  const int outer = script_owner;
  int i, raised = 0;
  if (script < 0) return 0;
  script_owner = record;
  for (i = program.scripts[script].begin; i < program.scripts[script].end && !raised; ++i) {
    execute(&program.script_operations[i]);
    raised = has_raised;
    has_raised = 0;
  }
  script_owner = outer;
  return raised;
}

int run_script(int record) {
  const int script = records[record].script;
  records[record].script = NO_SCRIPT;
  return run_operations(script, record);
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
  bind_name(operation->target, tuple);
}

/* N14. In 2.7 the order of keys is that of their hashes. */
static void change_item(const struct operation* operation) {
  const int a = PY_MAJOR_VERSION > 2 ? find(&operation->a) : NO_RECORD;
  int b, c;
  PyObject *dict, *key;
  if (a == NO_RECORD || records[a].kind != KIND_DICT) return;
  b = find(&operation->b);
  if (b == NO_RECORD || !is_hashed(records[b].object)) return;
  c = operation->code == OP_SETITEM ? find(&operation->c) : NO_RECORD;
  if (operation->code == OP_SETITEM && c == NO_RECORD) return;
  dict = held(a);
  key = records[b].object;
  if (c != NO_RECORD) {
    if (PyDict_SetItem(dict, key, records[c].object) < 0) fail("out of memory", "");
  } else if (PyDict_Contains(dict, key) == 1) {
    PyDict_DelItem(dict, key);
  }
  ENTER();
  release(dict);
}

/* N20, N22. */
static void make_pair(const struct operation* operation) {
  const int is_method = operation->code == OP_METHOD;
  int a = find(&operation->a), b = find(&operation->b), record;
  PyObject *first, *second, *made;
  if (!is_method && a != NO_RECORD && records[a].kind != KIND_TRACEBACK) a = NO_RECORD;
  if (b == NO_RECORD || (is_method ? a == NO_RECORD : records[b].kind != KIND_FRAME)) return;
  first = a == NO_RECORD ? NULL : held(a);
  second = held(b);
  record = (is_method ? create_method : create_traceback)(first, second, operation->target);
  if (first != NULL) release(first);
  release(second);
  if (record == NO_RECORD) {
    log_word("no_memory");
    return;
  }
  made = records[record].object;
  safepoint();
  bind_name(operation->target, made);
}

/* W9. */
static int can_be_called(int record) {
  int function;
  if (records[record].kind == KIND_NODE) return 1;
  if (CALLBACK_TAKES_TUPLE || records[record].kind != KIND_METHOD) return 0;
  function = record_of(PyMethod_GET_FUNCTION(records[record].object));
  return function >= 0 && records[function].kind == KIND_NODE;
}

static void add(const struct operation* operation) {
  const int a = find(&operation->a), b = find(&operation->b);
  PyObject* sum;
  if (a == NO_RECORD || b == NO_RECORD || !is_atom(records[a].kind) || records[a].kind != records[b].kind) return;
  sum = add_atoms(a, b, operation->target);
  if (sum != NULL) bind_name(operation->target, sum);
}

/* N16. What `hold` took, in the order in which it took it first. */
static struct holding {
  int record, times;
} * holdings;
static int holdings_size, holdings_capacity;

static struct holding* holding_of(int record) {
  int i;
  for (i = 0; i < holdings_size; ++i) {
    if (holdings[i].record == record) return &holdings[i];
  }
  holdings = grown(holdings, holdings_size, &holdings_capacity, sizeof *holdings);
  holdings[holdings_size].record = record;
  holdings[holdings_size].times = 0;
  return &holdings[holdings_size++];
}

static void hold(const struct operation* operation) {
  const int record = find(&operation->a);
  int i;
  if (record == NO_RECORD) return;
  for (i = 0; i < operation->number[0]; ++i) held(record);
  holding_of(record)->times += operation->number[0];
}

static void unhold(const struct operation* operation) {
  const int record = find(&operation->a);
  int i;
  if (record == NO_RECORD) return;
  for (i = 0; i < operation->number[0] && holding_of(record)->times > 0; ++i) {
    --holding_of(record)->times;
    release(records[record].object);
  }
}

static void release_held(void) {
  int i;
  for (i = 0; i < holdings_size; ++i) {
    while (holdings[i].times > 0) {
      --holdings[i].times;
      release(records[holdings[i].record].object);
    }
  }
}

static void fill(const struct operation* operation) {
  const int a = find(&operation->a);
  const int b = a == NO_RECORD || !has_slots(records[a].kind) ? NO_RECORD : find(&operation->b);
  PyObject* object;
  int i;
  if (b == NO_RECORD) return;
  object = held(a);
  for (i = 0; i < operation->number[0]; ++i) append_slot(a, records[b].object);
  release(object);
}

static void make_weak_references(const struct operation* operation) {
  const struct operand target = {OPERAND_VARIABLE, operation->target, WHOLE};
  const int record = find(&target);
  const int a = record == NO_RECORD || records[record].kind != KIND_NODE ? NO_RECORD : find(&operation->a);
  PyObject *object, *referent, *weak = NULL;
  int i;
  if (a == NO_RECORD || !can_be_weakly_referenced(records[a].kind)) return;
  object = held(record);
  referent = held(a);
  for (i = 0; i < operation->number[0]; ++i) {
    weak = make_weak(OP_SUBREF, operation->target, referent, EMPTY_SCRIPT, NULL);
    if (weak == NULL) break;
    append_slot(record, weak);
    Py_DECREF(weak);
  }
  release(referent);
  release(object);
  if (i < operation->number[0]) log_word("no_memory");
}

static void weak_operation(const struct operation* operation) {
  const int record = find(&operation->a);
  PyObject *referent, *weak, *called = NULL;
  int before;
  if (record == NO_RECORD || !can_be_weakly_referenced(records[record].kind)) return;
  if (operation->b.kind != OPERAND_NONE) {
    const int callable = find(&operation->b);
    if (callable == NO_RECORD || !can_be_called(callable)) return;
    called = held(callable);
  }
  referent = held(record);
  before = records_size;
  weak = make_weak(operation->code, operation->target, referent, operation->script, called);
  if (weak != NULL) {
    if (records_size != before) safepoint();
    bind_name(operation->target, weak);
  }
  if (called != NULL) release(called);
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
    bind_name(operation->target, NULL);
    return;
  }
  Py_INCREF(referent);
  log_label("deref", record_of(referent));
  bind_name(operation->target, referent);
}

/* S1 to S4. The interpreter cannot be ended for each trace: its collections at the end are called for one by one. */
static void shut_down(void) {
  static const int kCollections = PY_MAJOR_VERSION == 2 ? 0 : PY_VERSION_HEX < 0x030A0000 ? 2 : 3;
  int i;
  leave_all_scopes();
  release_held();
  forget_pending_collection();
  if (PY_MAJOR_VERSION == 2 || gc_is_enabled()) gc_collect(2);
  unbind_globals_in_order();
  for (i = 0; i < kCollections; ++i) {
    next_is_silent = 1;
    hide_watchers(1);
    gc_collect(2);
    hide_watchers(0);
  }
  empty_trashcan();
  for (i = 0; i < records_size; ++i) {
    if (records[i].is_dead || records[i].is_permanent) continue;
    if (has_token(records[i].kind) || is_atom(records[i].kind)) log_label("leaked", i);
  }
  has_stopped = 1;
}

static void execute(const struct operation* operation) {
  const enum place place = operation_place(operation->code);
  int record;
  PyObject* object;
  if (place != ANYWHERE && in_script() != (place == SCRIPT_ONLY)) return;
  switch (operation->code) {
    case OP_NEW:
      record = create_object(operation->kind, operation->finalizer, operation->target, operation->script);
      if (record == NO_RECORD) {
        log_word("no_memory");
      } else {
        PyObject* object = records[record].object;
        safepoint();
        bind_name(operation->target, object);
      }
      break;
    case OP_TUPLE:
      make_tuple(operation);
      break;
    case OP_METHOD:
    case OP_TRACEBACK:
      make_pair(operation);
      break;
    case OP_INTEGER:
      bind_name(operation->target, make_integer(operation->number[0], operation->target));
      break;
    case OP_STRING:
      bind_name(operation->target, make_constant(operation->text, operation->is_interned, operation->target));
      break;
    case OP_ADD:
      add(operation);
      break;
    case OP_INTERN:
      record = find(&operation->a);
      if (record != NO_RECORD && records[record].kind == KIND_STRING)
        bind_name(operation->target, intern_string(record));
      break;
    case OP_BULK:
      bulk(operation);
      break;
    case OP_LET:
      record = find(&operation->a);
      if (record != NO_RECORD) bind_name(operation->target, held(record));
      break;
    case OP_ROOT:
      record = find(&operation->a);
      if (record != NO_RECORD && !is_weak(records[record].kind)) bind_global(records[record].name, held(record));
      break;
    case OP_DROP:
      drop_name(operation->target);
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
    case OP_WEAKREFS:
      make_weak_references(operation);
      break;
    case OP_HOLD:
      hold(operation);
      break;
    case OP_UNHOLD:
      unhold(operation);
      break;
    case OP_FILL:
      fill(operation);
      break;
    case OP_WEAKMAP: /* N17 */
    case OP_MAPSET:
    case OP_MAPGET:
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
        bind_name(operation->target, object);
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
    case OP_WATCH:
    case OP_UNWATCH:
      record = find(&operation->a);
      if (record == NO_RECORD) break;
      if (operation->code == OP_WATCH) {
        watch(record, operation->number[0], operation->script);
      } else {
        unwatch(record);
      }
      break;
#endif
    case OP_SETITEM:
    case OP_DELITEM:
      change_item(operation);
      break;
    case OP_CLOSE:
    case OP_RESUME:
      record = find(&operation->a);
      if (record == NO_RECORD || records[record].kind != KIND_GENERATOR) break;
      object = held(record);
      end_generator(record, operation->code == OP_RESUME);
      release(object);
      break;
    case OP_SHUTDOWN:
      shut_down();
      break;
#if HAS_FAULTS
    case OP_FAIL:
      begin_faults(operation->number[0]);
      break;
#endif
    case OP_RAISE:
      log_label("raised", script_owner);
      has_raised = 1;
      break;
    default:
      answer_question(operation);
      break;
  }
}

/* --- a whole trace ---------------------------------------------------------------------------------------------- */

static void begin_machine(void) {
  has_stopped = has_raised = 0;
  holdings_size = 0;
  begin_names(program.names);
  begin_observation();
  drain_frames();
  begin_records(program.names);
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
  leave_all_scopes();
  release_held();
  forget_watchers();
  unbind_globals();
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
