/* The text of a trace (docs/trace-format.md), as the harness prints it, becomes operations: names are n0, n1, n2 ... */
#ifndef CYCLECHECK_PROGRAM_H
#define CYCLECHECK_PROGRAM_H

#include "version.h"

enum code {
  OP_NEW,
  OP_BULK,
  OP_LET,
  OP_ROOT,
  OP_DROP,
  OP_APPEND,
  OP_REMOVE,
  OP_STORE,
  OP_ERASE,
  OP_CLEAR,
  OP_CALL,
  OP_RETURN,
  OP_SAFEPOINT,
  OP_WEAKREF,
  OP_SUBREF,
  OP_PROXY,
  OP_DEREF,
  OP_USE,
  OP_COLLECT,
  OP_ENABLE,
  OP_DISABLE,
  OP_ISENABLED,
  OP_SET_THRESHOLD,
  OP_GET_THRESHOLD,
  OP_GET_COUNT,
  OP_SET_DEBUG,
  OP_GET_DEBUG,
  OP_GARBAGE,
  OP_CLEAR_GARBAGE,
  OP_TAKE_GARBAGE,
  OP_GET_OBJECTS,
  OP_GET_REFERRERS,
  OP_GET_REFERENTS,
  OP_IS_TRACKED,
  OP_IS_FINALIZED,
  OP_FREEZE,
  OP_UNFREEZE,
  OP_GET_FREEZE_COUNT,
  OP_CALLBACKS,
  OP_GET_STATS,
  OP_REFCOUNT,
  OP_SAME,
  OP_SHUTDOWN,
  OP_RAISE,
  OP_TUPLE,
  OP_INTEGER,
  OP_STRING,
  OP_ADD,
  OP_INTERN,
  OP_ID,
  OP_WEAKMAP,
  OP_MAPSET,
  OP_MAPGET,
  OP_HOLD,
  OP_UNHOLD,
  OP_FILL,
  OP_WEAKREFS,
  OP_WATCH,
  OP_UNWATCH,
  OP_METHOD,
  OP_TRACEBACK,
  OP_CLOSE,
  OP_SETITEM,
  OP_DELITEM,
  OP_RESUME,
#if HAS_FAULTS
  OP_FAIL,
#endif
  OP_CODES
};
enum place { ANYWHERE, TRACE_ONLY, SCRIPT_ONLY };
enum operand_kind { OPERAND_NONE, OPERAND_VARIABLE, OPERAND_LABEL, OPERAND_SELF };
enum kind {
  KIND_NODE,
  KIND_INSTANCE,
  KIND_CLASSIC,
  KIND_OPAQUE,
  KIND_LIST,
  KIND_DICT,
  KIND_CUSTOM,
  KIND_CELL,
  KIND_FRAME,
  KIND_GENERATOR,
  KIND_SET,
  KIND_COROUTINE, /* asks for a KIND_GENERATOR */
  KINDS,
  KIND_METHOD,
  KIND_TRACEBACK,
  KIND_TUPLE,
  KIND_DICTIONARY,
  KIND_WEAK,
  KIND_SUBREF,
  KIND_PROXY,
  KIND_INTEGER,
  KIND_STRING
};
/* Nodes, instances and classic instances are of classes. */
enum { CLASS_KINDS = KIND_OPAQUE };
enum finalizer { FINALIZER_NONE, FINALIZER_DEL, FINALIZER_LEGACY, FINALIZER_BOTH, FINALIZERS };

#define NO_SCRIPT (-1)
#define EMPTY_SCRIPT (-2)
#define WHOLE (-1)
/* How deep scripts stand in each other. */
#define SCRIPT_DEPTH 3

struct operand {
  int kind;
  int name;
  int slot;
};
struct operation {
  int code, kind, finalizer, target, script, count;
  int number[3];
  struct operand a, b, c; /* b of a weak reference: the object that is called */
  const char* text; /* in what parse_program() was given */
  int is_interned; /* a string: whether the compiler interns such a constant */
};
struct script {
  int begin, end; /* indices into program.script_operations */
};
struct program {
  int threshold[3];
  int disabled, free_lists_filled, asks_for_stats;
  int names; /* one more than the greatest */
  struct operation* operations;
  int size, capacity;
  struct operation* script_operations;
  int script_size, script_capacity;
  struct script* scripts;
  int scripts_size, scripts_capacity;
};
extern struct program program;

const char* operation_word(int code);
enum place operation_place(int code);
/* Reads a trace. Answers NULL, or what is wrong with it. */
const char* parse_program(char* text, const char* profile);

#endif
