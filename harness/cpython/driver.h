/* The CPython driver: runs traces on the memory management of the interpreter that loaded it.

   One source for 2.7 and 3.6 to 3.13. The rules of the machine that runs traces (names, operands, scripts, what is
   logged) are written here once more, from docs/memory-model.md; the memory management is the interpreter's own. The
   driver keeps what is the interpreter's and not the memory model's out of the way: section "The interpreter's own
   effects" of docs/memory-model.md lists it.

     driver.c       the module, the protocol (docs/subject-protocol.md)
     program.c      a trace as text becomes operations
     collector.c    the collector's lists and counts in memory, the gc module
     free_lists.c   what allocations leave behind and must not
     faults.c       allocations that fail
     debug_lines.c  when collections begin and end
     atoms.c        integers and strings
     objects.c      tokens, opaque objects, finalizers, callbacks, the table from addresses to labels
     machine.c      operations, scopes, scripts, what is observed after an operation */
#ifndef CYCLECHECK_DRIVER_H
#define CYCLECHECK_DRIVER_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stddef.h>
#include <stdint.h>

#ifdef Py_GIL_DISABLED
#error "a free-threaded interpreter has another collector"
#endif
#if PY_VERSION_HEX >= 0x030E0000
#error "this interpreter is newer than the driver: it knows CPython 2.7 and 3.6 to 3.13"
#endif

/* Up to 3.6 calling a callback allocates a tuple of one item. */
#define CALLBACK_TAKES_TUPLE (PY_VERSION_HEX < 0x03070000)
/* Attributes live in a dictionary of their own (rule N5). */
#define HAS_OWN_DICTIONARY (PY_VERSION_HEX < 0x030B0000)
/* The allocator can be told to fail. */
#define HAS_FAULTS (PY_MAJOR_VERSION > 2)

/* --- program.c -------------------------------------------------------------------------------------------------- */

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
  KINDS,
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
enum finalizer { FINALIZER_NONE, FINALIZER_DEL, FINALIZER_LEGACY, FINALIZERS };

#define NO_SCRIPT (-1)
#define EMPTY_SCRIPT (-2)
#define WHOLE (-1)
#define LONGEST_TEXT 15

struct operand {
  int kind;
  int name;
  int slot;
};
struct operation {
  int code, kind, finalizer, target, script, count;
  int number[3];
  struct operand a, b;
  char text[LONGEST_TEXT + 1];
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
/* Makes room for one more element of an array; ends the process when memory runs out. */
void* grown(void* array, int size, int* capacity, size_t element);
/* Ends the process with a message on the real standard error. */
void fail(const char* message, const char* detail);

/* --- driver.c: the log ------------------------------------------------------------------------------------------ */

/* Foreign objects in the collector's lists are no error yet. */
extern int is_warming_up;
void log_operation(int index); /* what follows belongs to this operation */
void log_word(const char* word);
void log_number(const char* word, long number);
void log_numbers(const char* word, long a, long b, long c);
void log_label(const char* word, int record);
void log_labelled_number(const char* word, int record, long number);

/* --- collector.c ------------------------------------------------------------------------------------------------ */

#if PY_VERSION_HEX < 0x03080000
typedef PyGC_Head GcHead;
#define GC_NEXT(head) ((head)->gc.gc_next)
#else
/* Of PyGC_Head the fields; the lowest bits of both words are flags. */
typedef struct {
  uintptr_t next, prev;
} GcHead;
#define GC_NEXT(head) ((GcHead*)((head)->next & ~(uintptr_t)1))
#endif
typedef struct {
  GcHead head;
  int threshold, count;
} Generation;
#define GC_OBJECT(gc_head) ((PyObject*)((GcHead*)(gc_head) + 1))

/* The three generations, in the interpreter's memory. */
extern Generation* generations;
/* gc.garbage. */
extern PyObject* garbage;
/* Nothing is logged and no script runs: the driver cleans up. */
extern int quiet;

void set_up_collector(void);
/* Puts everything that the collector knows now out of its sight, for good. */
void hide_world(void);
/* Empties counts, free lists, statistics and whatever else would be seen by the next trace. */
void begin_collector(const struct program* settings);
/* Whether a generation still holds something. */
int generations_hold_objects(void);

long gc_collect(int generation);
void gc_enable(int on);
int gc_is_enabled(void);
void gc_set_threshold(int count, const int* values);
void gc_get_threshold(int* values);
void gc_get_count(int* values);
void gc_set_debug(int flags);
int gc_get_debug(void);
void gc_freeze(int on);
long gc_freeze_count(void);
int gc_flag(const char* function, PyObject* object); /* is_tracked, is_finalized */
void gc_stats(long values[9]);                       /* since the trace began */
/* Calls get_objects (generation -1: all), get_referrers or get_referents and visits what it answers. 0: it refused. */
int gc_objects(int generation, void (*visit)(PyObject*));
void gc_referrers(PyObject* object, void (*visit)(PyObject*));
void gc_referents(PyObject* object, void (*visit)(PyObject*));
/* An attribute of a proxy's referent, a new reference; NULL: it is dead. */
PyObject* read_through_proxy(PyObject* proxy);
void safepoint(void);
void forget_pending_collection(void);
void empty_trashcan(void);
/* Levels of the C stack that calls into the driver use up (3.13, rule T4). */
void adjust_recursion(int levels);
void normalise_recursion(void);

/* --- free_lists.c ----------------------------------------------------------------------------------------------- */

/* While a guard is held no allocation triggers a collection, and afterwards none has counted. Nothing that is freed
   meanwhile empties the trashcan or is put into it, however deep in a death this happens. No allocation fails. */
struct guard {
  int threshold, count;
  PyObject* later;
  int level, faults;
};
struct guard take_guard(void);
void release_guard(struct guard guard);

#if PY_MAJOR_VERSION > 2
/* Whether the object waits in the trashcan. */
int is_deposited(PyObject* object);
#endif

/* A tuple that the collector does not know. */
PyObject* untracked_tuple(int size);

/* Results of the gc module are given back to the memory allocator at once: in a free list a later full collection
   would count them. */
void dispose_tuple(PyObject* tuple);
void dispose_list(PyObject* list);
void dispose_dictionary(PyObject* dictionary);
/* Functions of the gc module and exceptions take lists from the free list, and leave lists and tuples of one item
   there. Between these two calls the trace's own lists are not there, and afterwards they alone. */
struct guard begin_question(void);
void end_question(struct guard guard);
/* The free lists of lists and dictionaries are not emptied by a full collection in every version. */
void drain_free_lists(void);
/* Whether the trace wants the lists of rule W8 filled. */
void set_free_lists(int filled);

/* To be called whenever control returns from the interpreter to the driver. */
#define ENTER()                      \
  do {                               \
    if (window_open) close_window(); \
  } while (0)
extern int window_open;
/* A full collection ends by emptying the free lists, after its last debug line. */
void open_window(void);
void close_window(void);
/* After a failure inside of the interpreter, whose exception is then forgotten: what it allocates does not count. */
void open_fault_window(void);
/* Entering a callback with its argument tuple (2.7, 3.6), leaving it. */
void enter_callback(PyObject* arguments);
void leave_callback(PyObject* arguments);
/* Makes sure that the next dictionary, list and tuple of a size do not count (free_lists_filled). */
void refill_free_lists(int tuple_size);
/* To be called when something dies that may leave a dictionary or a list (free_lists_filled). */
void trim_free_lists(void);

/* --- faults.c --------------------------------------------------------------------------------------------------- */

#define ANY_SIZE ((size_t)-1)
#if HAS_FAULTS
/* The n-th allocation of a container from here on fails, once (M1); 0: none. */
void begin_faults(int n);
void end_faults(void);
/* While they are paused, what is allocated is no container of the trace's. Answers whether they were before. */
int pause_faults(int on);
/* The next block of this size, or of any, is a container of the trace's. */
void await_allocation(size_t size);
/* To be called after that: whether there is one. A MemoryError is forgotten, anything else ends the process. */
int got_memory(int succeeded);
#else
#define begin_faults(n)
#define end_faults()
#define pause_faults(on) (0 * (on))
#define await_allocation(size)
#define got_memory(succeeded) ((succeeded) ? 1 : (fail("an object could not be made", ""), 0))
#endif

/* --- debug_lines.c ---------------------------------------------------------------------------------------------- */

enum { STATS = 1 };
/* Collections of each generation that began since the last look. */
extern int collections_begun[3];
/* Whether a trace asked for gc callbacks (X8), whether the next collection does not call them (S3), and the debug
   flags that the trace set. */
extern int callbacks_on, next_is_silent, debug_flags;
void redirect_standard_error(void);

/* --- objects.c -------------------------------------------------------------------------------------------------- */

struct record {
  PyObject* object;
  PyTypeObject* type;
  int name, serial;
  signed char kind;
  char is_attributes; /* the dictionary of an instance */
  char is_dead;       /* rule N3 */
  char is_ready;      /* its attributes exist */
  char is_permanent;  /* an integer or string that the interpreter itself holds: I6 */
  int script;
};
extern struct record* records;
extern int records_size;
#define TUPLE_RECORD (-2) /* stands for the tuple of rule W6 */
#define NO_RECORD (-1)

void set_up_objects(PyObject* classes, PyObject* names);
void begin_objects(int names);
/* The record of an object that a trace made, NO_RECORD, or TUPLE_RECORD. */
int record_of(PyObject* object);
int new_record(PyObject* object, int name, int kind, int script);
/* Whether no other object was made where this one is. A classic instance may be gone although its dictionary, which has
   its token, is not. The object itself is not looked at: its memory may be gone, too. */
int is_in_place(int record);
/* The record made last under a name. */
int last_created(int name);
/* A new object; the caller owns the reference. The answer is its record; NO_RECORD: there is no memory. */
int create_object(int kind, int finalizer, int name, int script);
/* N15: a tuple of these items, which are held. NO_RECORD: there is no memory, and they are held still. */
int create_tuple(PyObject** items, int size, int name);
/* W2, W3. The reference is new; record_of tells whether the weak reference is. NULL: there is no memory. */
PyObject* make_weak(int code, int name, PyObject* referent, int script);
PyObject* weak_referent(PyObject* weak); /* borrowed; NULL: dead */
int is_weak(int kind);
int has_slots(int kind);
int has_token(int kind);
void say_died(int record);
/* How many slots in a row it has; -1: its kind has none in a row. */
int items_of(int record);
/* Slots (N7); `object` is held by the caller. */
PyObject* get_slot(int record, int index); /* borrowed; NULL: unset */
void append_slot(int record, PyObject* value);
void remove_slot(int record, PyObject* value);
void store_slot(int record, int index, PyObject* value);
void erase_slot(int record, int index);
void clear_slots(int record);

/* --- atoms.c ---------------------------------------------------------------------------------------------------- */

void set_up_atoms(void);
void begin_atoms(void);
int is_atom(int kind);
/* Whether the interpreter's compiler interns a constant that says this. */
int compiler_interns(const char* text);
/* New references. `name`: the variable under which the object is recorded, if the trace has not seen it yet. */
PyObject* make_integer(long value, int name);
PyObject* make_constant(const char* text, int is_interned, int name);
PyObject* add_atoms(int a, int b, int name); /* NULL: the result would be too large */
PyObject* intern_string(int record);

/* --- machine.c -------------------------------------------------------------------------------------------------- */

enum observe { OBSERVE_DIGEST, OBSERVE_FULL, OBSERVE_EVERY };
void run_program(enum observe observe);
/* Runs the script of a finalizer or callback, once (N10). Answers 1 if it raised. */
int run_script(int record);

#endif
