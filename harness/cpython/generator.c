#include "generator.h"

#include <frameobject.h>
#include <string.h>

#include "attributes.h"
#include "collector.h"
#include "faults.h"
#include "frame.h"
#include "guard.h"
#include "hooks.h"
#include "log.h"
#include "records.h"
#include "state.h"
#include "tokens.h"
#include "trashcan.h"
#include "window.h"

#define HAS_FRAME HAS_OWN_DICTIONARY
/* A generator whose code does nothing at its end is closed without an exception. */
#define CLOSES_PLAINLY (PY_VERSION_HEX >= 0x030D0000)
#define RELEASED_BACKWARDS (PY_VERSION_HEX >= 0x030E0000)

/* Of the generators that were made as any program makes them: others are copies. By whether the code acts, and whether
   they are coroutines. */
enum { SAMPLES = 4 };
static PyObject* samples[SAMPLES];
static int sample_of(int awaits, int acts) { return acts + (PY_MAJOR_VERSION > 2 && awaits ? 2 : 0); }

/* --- variables -------------------------------------------------------------------------------------------------- */

#if HAS_FRAME
static PyObject* codes[SAMPLES];

static PyObject* frame_of(PyObject* generator) { return (PyObject*)((PyGenObject*)generator)->gi_frame; }
static uintptr_t* locals_of(PyObject* generator) {
  return (uintptr_t*)((PyFrameObject*)frame_of(generator))->f_localsplus;
}
static const uintptr_t unset_local;
#else
static Py_ssize_t slots[SAMPLES];
static size_t name_place;
static uintptr_t unset_local;

static uintptr_t* locals_of(PyObject* generator) {
  return (uintptr_t*)((char*)generator + Py_TYPE(generator)->tp_basicsize);
}
#endif

PyObject* generator_slot(PyObject* generator, int index) {
  const uintptr_t local = locals_of(generator)[index];
  return local == unset_local ? NULL : (PyObject*)local;
}

void set_generator_slot(PyObject* generator, int index, PyObject* value) {
  PyObject* old = generator_slot(generator, index);
  Py_XINCREF(value);
  locals_of(generator)[index] = value == NULL ? unset_local : (uintptr_t)value;
  Py_XDECREF(old);
}

int is_suspended(int record) {
  if (records[record].is_closed) return 0;
#if PY_MAJOR_VERSION == 2
  /* Its frame may have been cleared as trash. */
  return ((PyFrameObject*)frame_of(records[record].object))->f_stacktop != NULL;
#else
  return 1;
#endif
}

/* --- the end ---------------------------------------------------------------------------------------------------- */

/* What the interpreter makes for GeneratorExit, exception and traceback, is nothing of the trace's: a guard is held, and
   while the code of the trace runs they are in a list of the driver's. */
struct closing {
  struct closing* outer;
  int record;
  int is_resumed; /* without an exception, and in its own way */
  struct guard guard;
  GcHead young; /* the trace's own objects of generation 0 */
#if !HAS_FRAME
  PyObject* variables[ATTRIBUTES]; /* are released when the exception is gone */
#endif
};
static struct closing* innermost;

#if HAS_FRAME
static void take_variables(struct closing* closing) { (void)closing; }
#else
static void take_variables(struct closing* closing) {
  PyObject* generator = records[closing->record].object;
  int i;
  for (i = 0; i < ATTRIBUTES; ++i) {
    if (generator_slot(generator, i) == NULL) continue;
    closing->variables[i] = generator_slot(generator, i);
    locals_of(generator)[i] = unset_local;
  }
}
#endif

/* No call, which would be a safepoint from 3.12 on. */
static PyObject* leave(PyObject* self) {
  struct closing* closing = innermost;
  GcHead hidden;
  (void)self;
  if (closing != NULL) {
    innermost = NULL;
    if (closing->is_resumed) {
      finalize_in_place(closing->record);
      innermost = closing;
      Py_INCREF(Py_None);
      return Py_None;
    }
    move_young_aside(&hidden);
    move_young_back(&closing->young);
    release_guard(closing->guard);
    finalize_in_place(closing->record);
    closing->guard = take_guard();
    move_young_aside(&closing->young);
    move_young_back(&hidden);
    innermost = closing;
    take_variables(closing);
  }
  Py_INCREF(Py_None);
  return Py_None;
}

static PyNumberMethods leaving_number;
static PyTypeObject leaving_type = {PyVarObject_HEAD_INIT(NULL, 0)};

PyObject* make_leaving(void) {
  leaving_number.nb_negative = leave;
  leaving_type.tp_name = "cyclecheck.leaving";
  leaving_type.tp_basicsize = sizeof(PyObject);
  leaving_type.tp_flags = Py_TPFLAGS_DEFAULT;
  leaving_type.tp_as_number = &leaving_number;
  if (PyType_Ready(&leaving_type) < 0) return NULL;
  return (PyObject*)PyObject_New(PyObject, &leaving_type);
}

/* What is awaited yields once. */
static int suspends;

static PyObject* await_it(PyObject* self) {
  Py_INCREF(self);
  return self;
}

static PyObject* go_on(PyObject* self) {
  (void)self;
  if (!suspends) return NULL;
  Py_INCREF(Py_None);
  return Py_None;
}

static PyTypeObject awaited_type = {PyVarObject_HEAD_INIT(NULL, 0)};
static PyObject* awaited;

PyObject* make_awaited(void) {
#if PY_MAJOR_VERSION > 2
  static PyAsyncMethods methods;
  methods.am_await = await_it;
  awaited_type.tp_as_async = &methods;
#endif
  awaited_type.tp_name = "cyclecheck.awaited";
  awaited_type.tp_basicsize = sizeof(PyObject);
  awaited_type.tp_flags = Py_TPFLAGS_DEFAULT;
  awaited_type.tp_iter = await_it;
  awaited_type.tp_iternext = go_on;
  if (PyType_Ready(&awaited_type) < 0) return NULL;
  return awaited = (PyObject*)PyObject_New(PyObject, &awaited_type);
}

static void resume(PyObject* self) {
  PyObject* result = NULL;
#if HAS_FRAME
  result = PyGen_Type.tp_iternext(self);
#else
  if (PyGen_CheckExact(self)) {
    result = PyIter_Next(self);
  } else {
    (void)PyIter_Send(self, Py_None, &result);
  }
#endif
  PyErr_Clear();
  Py_XDECREF(result);
}

static void run_to_the_end(int record, void (*close)(PyObject*)) {
  PyObject* generator = records[record].object;
  struct closing closing;
  const int acts = records[record].acts;
  memset(&closing, 0, sizeof closing);
  closing.record = record;
  closing.outer = innermost;
  closing.is_resumed = !HAS_FRAME && close == resume;
  if (closing.is_resumed || (CLOSES_PLAINLY && !acts && !records[record].awaits)) {
    records[record].is_closed = 1;
    innermost = closing.is_resumed ? &closing : innermost;
    adjust_recursion(closing.is_resumed);
    close(generator);
    adjust_recursion(-closing.is_resumed);
    innermost = closing.outer;
    ENTER();
    return;
  }
#if HAS_FRAME
  PyObject* frame = frame_of(generator);
  Py_INCREF(frame);
#endif
  records[record].is_closed = 1;
  if (!acts) take_variables(&closing);
  closing.guard = take_guard();
  move_young_aside(&closing.young);
  innermost = &closing;
  close(generator);
  innermost = closing.outer;
  move_young_back(&closing.young);
  release_guard(closing.guard);
#if HAS_FRAME
  {
    /* The interpreter of 2.7 does this while the count is 1. */
    const int is_dying = generator->ob_refcnt == 0;
    generator->ob_refcnt += is_dying;
    Py_DECREF(frame);
    generator->ob_refcnt -= is_dying;
  }
#else
  {
    int i;
    for (i = 0; i < ATTRIBUTES; ++i) Py_XDECREF(closing.variables[RELEASED_BACKWARDS ? ATTRIBUTES - 1 - i : i]);
  }
#endif
  ENTER();
}

/* tp_finalize, or tp_del of 2.7. */
static destructor finalize;

static void watched_finalize(PyObject* self) {
  const int record = record_of(self);
  if (record < 0 || records[record].kind != KIND_GENERATOR || records[record].is_dead || !is_suspended(record)) {
    finalize(self);
    return;
  }
  ENTER();
  run_to_the_end(record, finalize);
}

static PyCFunction close_method;

static void close_by_method(PyObject* self) {
  PyObject* result = close_method(self, NULL);
  if (result == NULL) PyErr_Clear();
  Py_XDECREF(result);
}

void end_generator(int record, int resumes) {
  if (is_suspended(record)) run_to_the_end(record, resumes ? resume : close_by_method);
}

/* --- the beginning ---------------------------------------------------------------------------------------------- */

static void watch_ends(void) {
  const PyMethodDef* method = PyGen_Type.tp_methods;
  while (strcmp(method->ml_name, "close") != 0) ++method;
  close_method = method->ml_meth;
#if PY_MAJOR_VERSION == 2
  finalize = PyGen_Type.tp_del;
  PyGen_Type.tp_del = watched_finalize;
#else
  finalize = PyGen_Type.tp_finalize;
  PyGen_Type.tp_finalize = PyCoro_Type.tp_finalize = watched_finalize;
#endif
}

static PyObject* suspended(PyObject* function) {
  PyObject* generator = PyObject_CallObject(function, NULL);
  PyObject* yielded;
  suspends = 1;
  yielded = generator == NULL ? NULL : PyObject_CallMethod(generator, "send", "O", Py_None);
  suspends = 0;
  if (yielded == NULL) fail("a generator could not be made", "");
  Py_DECREF(yielded);
  return generator;
}

#if HAS_FRAME
void set_up_generators(PyObject* functions) {
  int i;
  for (i = 0; i < PyTuple_GET_SIZE(functions); ++i) {
    samples[i] = suspended(PyTuple_GET_ITEM(functions, i));
    codes[i] = (PyObject*)((PyFrameObject*)frame_of(samples[i]))->f_code;
    know_code(codes[i]);
  }
  watch_ends();
}

/* Lets a new frame be where the sample's is. */
static void suspend(PyObject* object, PyObject* sample) {
  PyFrameObject *frame = (PyFrameObject*)object, *of_sample = (PyFrameObject*)frame_of(sample);
  const int has_stack = Py_TYPE(sample) != &PyGen_Type; /* what it awaits */
  frame->f_lasti = of_sample->f_lasti;
  frame->f_lineno = of_sample->f_lineno;
  frame->f_iblock = of_sample->f_iblock;
  memcpy(frame->f_blockstack, of_sample->f_blockstack, sizeof frame->f_blockstack);
  if (has_stack) Py_INCREF(frame->f_valuestack[0] = awaited);
#if PY_VERSION_HEX < 0x030A0000
  frame->f_stacktop = frame->f_valuestack + has_stack;
#else
  frame->f_stackdepth = has_stack;
  frame->f_state = of_sample->f_state;
#endif
}

/* Takes over the frame, which the interpreter tracks last from 3.x on, and in 2.7 before it asks for the generator's
   memory. */
static PyObject* generator_of(PyObject* frame, int awaits) {
#if PY_MAJOR_VERSION == 2
  (void)awaits;
  return PyGen_New((PyFrameObject*)frame);
#else
  if (awaits) return PyCoro_New((PyFrameObject*)frame, Py_None, Py_None);
  return PyGen_NewWithQualName((PyFrameObject*)frame, Py_None, Py_None);
#endif
}

/* Nothing asks for the code of a suspended generator in 2.7, or for the name of one later. */
static void give_token(PyObject* object, PyObject* token) {
  PyGenObject* generator = (PyGenObject*)object;
#if PY_MAJOR_VERSION == 2
  Py_DECREF(generator->gi_code);
  generator->gi_code = token;
#else
  Py_DECREF(generator->gi_name);
  generator->gi_name = token;
#endif
}

int create_generator(int awaits, int acts, int name, int script) {
  const int sample = sample_of(awaits, acts);
  PyObject *frame, *generator;
  int record;
  refill_frames(codes[sample]);
  await_allocation(ANY_SIZE);
  frame = new_frame(codes[sample]);
  ENTER();
  if (!got_memory(frame != NULL)) return NO_RECORD;
  suspend(frame, samples[sample]);
  PyObject_GC_UnTrack(frame);
  await_allocation(ANY_SIZE);
  generator = generator_of(frame, awaits);
  ENTER();
  if (!got_memory(generator != NULL)) return NO_RECORD;
  if (PY_MAJOR_VERSION == 2) PyObject_GC_UnTrack(generator);
  PyObject_GC_Track(frame);
  if (PY_MAJOR_VERSION == 2) PyObject_GC_Track(generator);
  record = new_record(generator, name, KIND_GENERATOR, script);
  records[record].acts = (char)acts;
  records[record].awaits = (char)awaits;
  give_token(generator, new_token(record));
  record_frame(frame, record);
  return record;
}
#else
enum { HEAD = sizeof(PyObject) / sizeof(uintptr_t) };
static uintptr_t* words_of[SAMPLES];
static uintptr_t held_words[SAMPLES][2];

static Py_ssize_t size_of(int sample) {
  return Py_TYPE(samples[sample])->tp_basicsize / (Py_ssize_t)sizeof(uintptr_t) + slots[sample];
}

/* Where the pointer to the name is. */
static size_t find_name(PyObject* sample) {
  PyObject* name = PyObject_GetAttrString(sample, "__name__");
  size_t place = HEAD;
  while (place < (size_t)size_of(0) && ((uintptr_t*)sample)[place] != (uintptr_t)name) ++place;
  if (place == (size_t)size_of(0)) fail("the name of a generator was not found", "");
  Py_DECREF(name);
  return place;
}

void set_up_generators(PyObject* functions) {
  int i;
  for (i = 0; i < SAMPLES; ++i) {
    PyObject* function = PyTuple_GET_ITEM(functions, i);
    PyObject* code = PyObject_GetAttrString(function, "__code__");
    PyObject* stack_size = PyObject_GetAttrString(code, "co_stacksize");
    Py_INCREF(function);
    samples[i] = suspended(function);
    words_of[i] = (uintptr_t*)samples[i];
    slots[i] = ATTRIBUTES + PyLong_AsLong(stack_size);
    held_words[i][0] = (uintptr_t)function;
    held_words[i][1] = (uintptr_t)code;
    Py_DECREF(stack_size);
  }
  name_place = find_name(samples[0]);
  unset_local = locals_of(samples[0])[0];
  watch_ends();
}

int create_generator(int awaits, int acts, int name, int script) {
  const int number = sample_of(awaits, acts);
  PyTypeObject* type = Py_TYPE(samples[number]);
  const uintptr_t* sample = words_of[number];
  const Py_ssize_t words = size_of(number), variables = type->tp_basicsize / (Py_ssize_t)sizeof(uintptr_t);
  uintptr_t* to;
  Py_ssize_t i;
  int record;
  await_allocation(ANY_SIZE);
  to = (uintptr_t*)_PyObject_GC_NewVar(type, slots[number]);
  ENTER();
  if (!got_memory(to != NULL)) return NO_RECORD;
  for (i = HEAD; i < words; ++i) {
    to[i] = sample[i];
    if (sample[i] >= (uintptr_t)sample && sample[i] <= (uintptr_t)(sample + words)) {
      to[i] = (uintptr_t)to + (sample[i] - (uintptr_t)sample); /* to its own parts */
    } else if (i < variables && (sample[i] == held_words[number][0] || sample[i] == held_words[number][1])) {
      Py_INCREF((PyObject*)sample[i]);
    }
  }
  Py_INCREF((PyObject*)to[name_place + 1]); /* the qualified name */
  if (awaits) Py_INCREF(awaited);           /* on the stack */
  PyObject_GC_Track((PyObject*)to);
  record = new_record((PyObject*)to, name, KIND_GENERATOR, script);
  records[record].acts = (char)acts;
  records[record].awaits = (char)awaits;
  to[name_place] = (uintptr_t)new_token(record);
  return record;
}
#endif
