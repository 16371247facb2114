#include "hooks.h"

#include "log.h"
#include "records.h"
#include "state.h"
#include "trashcan.h"
#include "window.h"

PyObject* callback;
static int (*run_script)(int record);

static int activate(const char* event, int record) {
  if (quiet || record < 0) return 0;
  log_label(event, record);
  return run_script(record);
}

/* Up to 3.7 the exception is a real one, and the interpreter swallows it. From 3.8 on its report allocates containers,
   which would take part in counts and thresholds; the script just ends. */
PyObject* swallowed(int raised) {
  if (raised && PY_VERSION_HEX < 0x03080000) {
    PyErr_SetNone(PyExc_ValueError);
    return NULL;
  }
  Py_INCREF(Py_None);
  return Py_None;
}

/* --- finalizers ------------------------------------------------------------------------------------------------- */

/* `__del__` of every class that has one: a descriptor that remembers the object for which it was looked up, so that no
   bound method is made. The call follows the look-up at once. */
static PyTypeObject finalizer_type = {PyVarObject_HEAD_INIT(NULL, 0)};
static PyObject* finalizer_self;

static PyObject* finalizer_get(PyObject* self, PyObject* object, PyObject* type) {
  (void)type;
  finalizer_self = object;
  Py_INCREF(self);
  return self;
}

static PyObject* finalizer_call(PyObject* self, PyObject* arguments, PyObject* keywords) {
  int raised;
  (void)self, (void)arguments, (void)keywords;
  ENTER();
  adjust_recursion(1);
  raised = activate("finalizer", record_of(finalizer_self));
  adjust_recursion(-1);
  return swallowed(raised);
}

void finalize_in_place(int record) { (void)activate("finalizer", record); }

PyObject* make_finalizer(void) {
  finalizer_type.tp_name = "cyclecheck.finalizer";
  finalizer_type.tp_basicsize = sizeof(PyObject);
  finalizer_type.tp_flags = Py_TPFLAGS_DEFAULT;
  finalizer_type.tp_descr_get = finalizer_get;
  finalizer_type.tp_call = finalizer_call;
  if (PyType_Ready(&finalizer_type) < 0) return NULL;
  return (PyObject*)PyObject_New(PyObject, &finalizer_type);
}

#if PY_MAJOR_VERSION > 2
#ifndef Py_SET_REFCNT
#define Py_SET_REFCNT(object, count) (Py_REFCNT(object) = (count))
#endif
/* `tp_del`, as slot_tp_del of CPython's own tests does it. */
static void legacy_finalizer(PyObject* self) {
  PyObject *type, *value, *traceback;
  ENTER();
  Py_SET_REFCNT(self, 1);
  PyErr_Fetch(&type, &value, &traceback);
  activate("finalizer", record_of(self));
  PyErr_Restore(type, value, traceback);
  Py_SET_REFCNT(self, Py_REFCNT(self) - 1);
}

void give_legacy_finalizer(PyTypeObject* cls) { cls->tp_del = legacy_finalizer; }
#else
void give_legacy_finalizer(PyTypeObject* cls) { (void)cls; }
#endif

/* --- callbacks -------------------------------------------------------------------------------------------------- */

/* The argument is the weak reference, or up to 3.6 a tuple that holds it. */
static PyObject* call_callback(PyObject* self, PyObject* argument) {
  int raised;
  (void)self;
  enter_callback(argument);
  adjust_recursion(1);
  raised = activate("callback", record_of(CALLBACK_TAKES_TUPLE ? PyTuple_GET_ITEM(argument, 0) : argument));
  adjust_recursion(-1);
  leave_callback(argument);
  return swallowed(raised);
}

static PyMethodDef callback_definition = {"callback", call_callback, CALLBACK_TAKES_TUPLE ? METH_VARARGS : METH_O,
                                          NULL};

/* An object that is a callback (W9). Its type's vectorcall is called without a tuple. */
#if CALLBACK_TAKES_TUPLE
static PyObject* call_object(PyObject* self, PyObject* arguments, PyObject* keywords) {
  (void)keywords;
  return call_callback(self, arguments);
}

void make_callable(PyTypeObject* cls, Py_ssize_t calls) {
  (void)calls;
  cls->tp_call = call_object;
}

void let_be_called(PyObject* object, Py_ssize_t calls) { (void)object, (void)calls; }
#else
#ifndef Py_TPFLAGS_HAVE_VECTORCALL
#define Py_TPFLAGS_HAVE_VECTORCALL _Py_TPFLAGS_HAVE_VECTORCALL
#endif

/* No level of the C stack is counted for it. */
static PyObject* call_object_fast(PyObject* self, PyObject* const* arguments, size_t size, PyObject* keywords) {
  int raised;
  PyObject* const weak = arguments[PyVectorcall_NARGS(size) - 1]; /* behind the object, if it is called as a method */
  (void)self, (void)keywords;
  enter_callback(weak);
  raised = activate("callback", record_of(weak));
  leave_callback(weak);
  return swallowed(raised);
}

/* Makes the class callable; nobody calls it so. */
static PyObject* call_object(PyObject* self, PyObject* arguments, PyObject* keywords) {
  (void)self, (void)arguments, (void)keywords;
  Py_RETURN_NONE;
}

void make_callable(PyTypeObject* cls, Py_ssize_t calls) {
  cls->tp_call = call_object;
  cls->tp_vectorcall_offset = calls;
  cls->tp_flags |= Py_TPFLAGS_HAVE_VECTORCALL;
}

void let_be_called(PyObject* object, Py_ssize_t calls) {
  PyObject* (**const place)(PyObject*, PyObject* const*, size_t, PyObject*) = (void*)((char*)object + calls);
  *place = call_object_fast;
}
#endif

void set_up_hooks(int (*runs_script)(int record)) {
  run_script = runs_script;
  callback = PyCFunction_New(&callback_definition, NULL);
  if (callback == NULL) fail("out of memory", "");
}
