#include "weak.h"

#include "faults.h"
#include "free_lists.h"
#include "guard.h"
#include "hooks.h"
#include "records.h"
#include "window.h"

static PyTypeObject* subref_class;
/* Argument tuples by their size. The collector does not know them; each call exchanges their items and borrows them. */
static PyObject* weak_arguments[3];

/* Weak references own no token, so their deallocation is watched. */
static destructor ref_dealloc, proxy_dealloc, callable_proxy_dealloc;

static void watch_dealloc(PyObject* self, destructor original) {
  int record;
  ENTER();
  record = record_of(self);
  if (record >= 0) records[record].is_dead = 1;
  original(self);
}
static void watched_ref_dealloc(PyObject* self) { watch_dealloc(self, ref_dealloc); }
static void watched_proxy_dealloc(PyObject* self) { watch_dealloc(self, proxy_dealloc); }
static void watched_callable_proxy_dealloc(PyObject* self) { watch_dealloc(self, callable_proxy_dealloc); }

void set_up_weak(PyTypeObject* subref) {
  int i;
  Py_INCREF(subref);
  subref_class = subref;
  for (i = 1; i < 3; ++i) weak_arguments[i] = untracked_tuple(i);
  ref_dealloc = _PyWeakref_RefType.tp_dealloc;
  proxy_dealloc = _PyWeakref_ProxyType.tp_dealloc;
  _PyWeakref_RefType.tp_dealloc = watched_ref_dealloc;
  _PyWeakref_ProxyType.tp_dealloc = watched_proxy_dealloc;
  /* A proxy of what can be called. */
  callable_proxy_dealloc = _PyWeakref_CallableProxyType.tp_dealloc;
  _PyWeakref_CallableProxyType.tp_dealloc = watched_callable_proxy_dealloc;
}

PyObject* make_weak(int code, int name, PyObject* referent, int script, PyObject* called) {
  static const signed char kinds[] = {KIND_WEAK, KIND_SUBREF, KIND_PROXY};
  PyObject* weak;
  int record;
  if (called == NULL && script != NO_SCRIPT) called = callback;
  await_allocation(ANY_SIZE);
  if (code == OP_PROXY) {
    weak = PyWeakref_NewProxy(referent, called);
  } else {
    PyTypeObject* type = code == OP_SUBREF ? subref_class : &_PyWeakref_RefType;
    PyObject* arguments = weak_arguments[called == NULL ? 1 : 2];
    PyTuple_SET_ITEM(arguments, 0, referent);
    if (called != NULL) PyTuple_SET_ITEM(arguments, 1, called);
    weak = _PyWeakref_RefType.tp_new(type, arguments, NULL);
  }
  ENTER();
  if (!got_memory(weak != NULL)) return NULL;
  record = record_of(weak);
  /* W2, W3: an old one, or one that a collection during the allocation made. */
  if (record >= 0 && !records[record].is_dead) return weak;
  new_record(weak, name, kinds[code - OP_WEAKREF], script);
  return weak;
}

PyObject* weak_referent(PyObject* weak) {
#if PY_VERSION_HEX >= 0x030D0000
  PyObject* referent;
  if (PyWeakref_GetRef(weak, &referent) < 1) return NULL;
  Py_DECREF(referent); /* the trace or the interpreter holds another reference */
  return referent;
#else
  PyObject* referent = PyWeakref_GetObject(weak);
  return referent == Py_None ? NULL : referent;
#endif
}

PyObject* read_through_proxy(PyObject* proxy) {
  const struct guard guard = begin_question();
  PyObject* value = PyObject_GetAttrString(proxy, "__class__");
  if (value == NULL) PyErr_Clear();
  end_question(guard);
  return value;
}
