#include "frame.h"

#include <frameobject.h>

#include "attributes.h"
#include "faults.h"
#include "free_lists.h"
#include "guard.h"
#include "log.h"
#include "records.h"
#include "state.h"
#include "tokens.h"
#include "window.h"

/* The token is the local variable that is released first: up to 3.13 the first one, from 3.14 on the last one. */
enum { LOCALS = ATTRIBUTES + 1, TOKEN = PY_VERSION_HEX < 0x030E0000 ? 0 : ATTRIBUTES };

static PyObject *frame_code, *frame_globals;
/* What an unset local is: no pointer, or from 3.14 on a mark. */
static uintptr_t unset_local;

static uintptr_t* locals_of(PyObject* frame) {
#if PY_VERSION_HEX < 0x030B0000
  return (uintptr_t*)((PyFrameObject*)frame)->f_localsplus;
#else
  return (uintptr_t*)((char*)frame + PyFrame_Type.tp_basicsize);
#endif
}

#if PY_VERSION_HEX < 0x030B0000
/* No frame of the interpreter's own is behind it. */
PyObject* new_frame(PyObject* code) {
  PyThreadState* thread = PyThreadState_GET();
  PyFrameObject* const running = thread->frame;
  PyObject* frame;
  thread->frame = NULL;
  frame = (PyObject*)PyFrame_New(thread, (PyCodeObject*)code, frame_globals, NULL);
  thread->frame = running;
  return frame;
}

static PyObject* new_plain_frame(PyObject* code) {
  PyObject* frame = new_frame(code);
  if (frame == NULL) fail("out of memory", "");
  return frame;
}

static void dispose_frame(PyObject* object) {
  PyFrameObject* frame = (PyFrameObject*)object;
  PyObject_GC_UnTrack(object);
  Py_DECREF(frame->f_code);
  Py_DECREF(frame->f_builtins);
  Py_DECREF(frame->f_globals);
  PyObject_GC_Del(object);
}

enum { MOST_CODES = 5 };
static PyObject* known_codes[MOST_CODES];

void know_code(PyObject* code) {
  int i = 0;
  while (known_codes[i] != NULL) ++i;
  known_codes[i] = code;
}

/* Of each code one is kept with it. */
void drain_frames(void) {
  const struct guard guard = take_guard();
  int i, before;
  for (i = 0; i < MOST_CODES && known_codes[i] != NULL; ++i) {
    do {
      before = generations[0].count = 1000; /* it never falls below 0 */
      dispose_frame(new_plain_frame(known_codes[i]));
    } while (generations[0].count < before);
  }
  release_guard(guard);
}

void refill_frames(PyObject* code) {
  struct guard guard;
  PyObject* frames[2];
  if (!lists_filled) return;
  drain_frames();
  guard = take_guard();
  frames[0] = new_plain_frame(code);
  frames[1] = new_plain_frame(code);
  Py_DECREF(frames[0]);
  Py_DECREF(frames[1]);
  release_guard(guard);
}

static void make_sample(void) { know_code(frame_code); }
#else
/* PyFrame_New makes a function as well. So one frame is made with it, and others are copies of it. */
static uintptr_t* sample;
static PyObject* sample_function;
static Py_ssize_t slots;

enum { HEAD = sizeof(PyObject) / sizeof(uintptr_t) };

static int pick_function(PyObject* object, void* unused) {
  (void)unused;
  if (PyFunction_Check(object)) sample_function = object;
  return 0;
}

static void make_sample(void) {
  PyObject* stack_size = PyObject_GetAttrString(frame_code, "co_stacksize");
  PyObject* frame = (PyObject*)PyFrame_New(PyThreadState_Get(), (PyCodeObject*)frame_code, frame_globals, NULL);
  if (stack_size == NULL || frame == NULL) fail("a frame could not be made", "");
  slots = LOCALS + PyLong_AsLong(stack_size);
  Py_DECREF(stack_size);
  PyFrame_Type.tp_traverse(frame, pick_function, NULL);
  sample = (uintptr_t*)frame;
  unset_local = locals_of(frame)[0];
}

static PyObject* new_frame(PyObject* code) {
  const Py_ssize_t words = PyFrame_Type.tp_basicsize / (Py_ssize_t)sizeof(uintptr_t) + LOCALS;
  PyObject* frame = (PyObject*)PyObject_GC_NewVar(PyFrameObject, &PyFrame_Type, slots);
  uintptr_t* to = (uintptr_t*)frame;
  Py_ssize_t i;
  (void)code;
  if (frame == NULL) return NULL;
  for (i = HEAD; i < words; ++i) {
    to[i] = sample[i];
    if (sample[i] >= (uintptr_t)sample && sample[i] <= (uintptr_t)(sample + words)) {
      to[i] = (uintptr_t)to + (sample[i] - (uintptr_t)sample); /* to its own parts */
    } else if (sample[i] == (uintptr_t)frame_code || sample[i] == (uintptr_t)sample_function) {
      Py_INCREF((PyObject*)sample[i]);
    }
  }
  PyObject_GC_Track(frame);
  return frame;
}

void drain_frames(void) {}
static void refill_frames(PyObject* code) { (void)code; }
#endif

/* --- tracebacks ------------------------------------------------------------------------------------------------- */

/* Tracebacks have no room for a token, so their ends are watched. */
static destructor traceback_dealloc;
static inquiry traceback_clear;

/* The interpreter makes its own, too. */
static int is_ours(PyObject* self) {
  const int record = record_of(self);
  return record >= 0 && records[record].is_ready;
}

/* What the interpreter's own deallocation does about the trashcan, each version otherwise if tp_dealloc is another
   function. Up to 3.7 it counts a level or deposits the object, which is known before; from 3.8 to 3.12 it does neither;
   in 3.13 it counts a level, but never deposits. */
#if PY_VERSION_HEX < 0x03080000
#define BEGIN_DEATH(object)
#define END_DEATH
static int will_wait(PyObject* self) {
  (void)self;
  return PyThreadState_GET()->trash_delete_nesting >= PyTrash_UNWIND_LEVEL;
}
#elif PY_VERSION_HEX < 0x030D0000
static void watched_dealloc(PyObject* self);
#define BEGIN_DEATH(object) Py_TRASHCAN_BEGIN(object, watched_dealloc)
#define END_DEATH Py_TRASHCAN_END
static int will_wait(PyObject* self) {
  (void)self;
  return 0;
}
#else
#define BEGIN_DEATH(object)
#define END_DEATH
/* 2: it waits already. */
static int will_wait(PyObject* self) {
#if PY_VERSION_HEX < 0x030E0000
  PyThreadState* thread = PyThreadState_Get();
  if (thread->c_recursion_remaining <= Py_TRASHCAN_HEADROOM) {
    _PyTrash_thread_deposit_object(thread, self);
    return 2;
  }
#endif
  (void)self;
  return 0;
}
#endif

static void watched_dealloc(PyObject* self) {
  int waits;
  if (!is_ours(self)) {
    traceback_dealloc(self);
    return;
  }
  ENTER();
  PyObject_GC_UnTrack(self);
  BEGIN_DEATH(self)
  waits = will_wait(self);
  if (!waits) {
    say_died(record_of(self));
    records[record_of(self)].is_ready = 0; /* its place may be another one's */
  }
  if (waits < 2) traceback_dealloc(self);
  ENTER();
  END_DEATH
}

static int watched_clear(PyObject* self) {
  int status;
  if (!is_ours(self)) return traceback_clear(self);
  ENTER();
  say_died(record_of(self));
  status = traceback_clear(self);
  ENTER();
  return status;
}

static void set_up_tracebacks(void) {
  traceback_dealloc = PyTraceBack_Type.tp_dealloc;
  traceback_clear = PyTraceBack_Type.tp_clear;
  PyTraceBack_Type.tp_dealloc = watched_dealloc;
  PyTraceBack_Type.tp_clear = watched_clear;
}

int create_traceback(PyObject* next, PyObject* frame, int name) {
  PyTracebackObject* traceback;
  int record;
  await_allocation(ANY_SIZE);
  traceback = PyObject_GC_New(PyTracebackObject, &PyTraceBack_Type);
  ENTER();
  if (!got_memory(traceback != NULL)) return NO_RECORD;
  Py_XINCREF(next);
  Py_INCREF(frame);
  traceback->tb_next = (void*)next;
  traceback->tb_frame = (void*)frame;
  traceback->tb_lasti = 0;
  traceback->tb_lineno = 1;
  PyObject_GC_Track(traceback);
  record = new_record((PyObject*)traceback, name, KIND_TRACEBACK, NO_SCRIPT);
  records[record].is_ready = 1;
  return record;
}

PyObject* traceback_part(PyObject* object, int index) {
  const PyTracebackObject* traceback = (PyTracebackObject*)object;
  if (index > 1) return NULL;
  return index == 0 ? (PyObject*)traceback->tb_next : (PyObject*)traceback->tb_frame;
}

/* --- frames ----------------------------------------------------------------------------------------------------- */

void set_up_frames(PyObject* code) {
  Py_INCREF(code);
  frame_code = code;
  frame_globals = PyEval_GetGlobals();
  Py_INCREF(frame_globals);
  make_sample();
  set_up_tracebacks();
}

int create_frame(int name) {
  PyObject* frame;
  int record;
  refill_frames(frame_code);
  await_allocation(ANY_SIZE);
  frame = new_frame(frame_code);
  ENTER();
  if (!got_memory(frame != NULL)) return NO_RECORD;
  record = new_record(frame, name, KIND_FRAME, NO_SCRIPT);
  locals_of(frame)[TOKEN] = (uintptr_t)new_token(record);
  return record;
}

/* The slots are the locals but for the token's. */
static uintptr_t* place_of(PyObject* frame, int index) { return locals_of(frame) + index + (TOKEN == 0); }

PyObject* frame_slot(PyObject* frame, int index) {
  const uintptr_t local = *place_of(frame, index);
  return local == unset_local ? NULL : (PyObject*)local;
}

void set_frame_slot(PyObject* frame, int index, PyObject* value) {
  PyObject* old = frame_slot(frame, index);
  Py_XINCREF(value);
  *place_of(frame, index) = value == NULL ? unset_local : (uintptr_t)value;
  Py_XDECREF(old);
}
