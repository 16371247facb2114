#include "bench/collectors/cpython.hpp"

#include <stdexcept>
#include <string>

namespace cyclecheck::bench {
namespace {

// Reached from the functions below, which CPython calls.
struct Counters {
  std::int64_t finalized = 0;
  std::int64_t callbacks = 0;
  bool saves = false;
  std::vector<CPython::Handle> saved;
};
Counters counters;

PyObject* checked(PyObject* result) {
  if (result == nullptr) {
    PyErr_Print();
    throw std::runtime_error("CPython raised an exception");
  }
  return result;
}

// A finalizer written in C: what CPython itself can do at best, without running bytecode.
void finalize(PyObject* self) {
  if (++counters.finalized % 10 == 0 && counters.saves) {
    Py_INCREF(self);
    counters.saved.emplace_back(self);
  }
}

PyObject* called_back(PyObject* /*module*/, PyObject* /*weak*/) {
  ++counters.callbacks;
  Py_RETURN_NONE;
}

PyObject* with_finalizer(PyObject* base) {
  // A cast between kinds of pointers that the C API asks for.
  PyType_Slot slots[] = {{Py_tp_finalize, reinterpret_cast<void*>(&finalize)}, {0, nullptr}};
  PyType_Spec spec{"bench.Finalized", 0, 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, slots};
  return checked(PyType_FromSpecWithBases(&spec, base));
}

PyObject* run_source(const char* source, const char* name) {
  PyObject* const names = checked(PyDict_New());
  PyDict_SetItemString(names, "__builtins__", PyEval_GetBuiltins());
  PyDict_SetItemString(names, "__name__", checked(PyUnicode_FromString("bench")));
  Py_DECREF(checked(PyRun_String(source, Py_file_input, names, names)));
  PyObject* const result = checked(PyDict_GetItemString(names, name));
  Py_INCREF(result);
  return result;
}

}  // namespace

CPython::CPython(const Spec& spec) : kind_(spec.kind) {
  // Once for the whole process: what an earlier workload left is collected below.
  if (Py_IsInitialized() == 0) Py_InitializeEx(0);
  counters = {};
  counters.saves = spec.observed == Observed::resurrection;
  PyObject* const gc = checked(PyImport_ImportModule("gc"));
  gc_collect_ = checked(PyObject_GetAttrString(gc, "collect"));
  gc_get_objects_ = checked(PyObject_GetAttrString(gc, "get_objects"));
  gc_get_stats_ = checked(PyObject_GetAttrString(gc, "get_stats"));
  disable();
  for (std::size_t i = 0; i < 3; ++i) generations_[i] = checked(PyLong_FromLong(static_cast<long>(i)));
  for (std::size_t i = 0; i < names_.size(); ++i) {
    names_[i] = checked(PyUnicode_InternFromString(("a" + std::to_string(i)).c_str()));
  }
  static PyMethodDef method{"called_back", &called_back, METH_O, nullptr};
  callback_ = checked(PyCFunction_New(&method, nullptr));
  switch (kind_) {
    case Kind::node:
      type_ = run_source("class Node(list):\n  __slots__ = ('__weakref__',)\n", "Node");
      break;
    case Kind::instance:
      type_ = run_source("class Instance:\n  pass\n", "Instance");
      break;
    case Kind::list:
    case Kind::tuple:
      break;
  }
  if (spec.observed == Observed::finalizer || spec.observed == Observed::resurrection) {
    if (type_ == nullptr) throw std::invalid_argument("lists have no finalizers");
    type_ = with_finalizer(type_);
  }
  // What the interpreter itself consists of takes no part in collections. First calls make objects that stay.
  static_cast<void>(tracked());
  static_cast<void>(collected());
  collect();
  Py_DECREF(checked(PyObject_CallMethod(gc, "freeze", nullptr)));
}

CPython::~CPython() { counters.saved.clear(); }

CPython::Handle CPython::create_pair(const Handle& first, const Handle& second) {
  if (kind_ == Kind::tuple) return Handle(PyTuple_Pack(2, first.get(), second.get()));
  Handle made = create();
  append(made, first);
  append(made, second);
  return made;
}

bool CPython::has_attribute(PyObject* owner, std::size_t index) const {
  PyObject* const value = PyObject_GetAttr(owner, names_[index]);
  if (value == nullptr) {
    PyErr_Clear();
    return false;
  }
  Py_DECREF(value);
  return true;
}

std::int64_t CPython::collect(int generation) {
  PyObject* const result = PyObject_CallOneArg(gc_collect_, generations_[static_cast<std::size_t>(generation)]);
  const std::int64_t collected = PyLong_AsLongLong(checked(result));
  Py_DECREF(result);
  return collected;
}

void CPython::enable() { PyGC_Enable(); }
void CPython::disable() { PyGC_Disable(); }

std::int64_t CPython::tracked() const {
  PyObject* const objects = checked(PyObject_CallNoArgs(gc_get_objects_));
  const std::int64_t size = PyList_Size(objects);
  Py_DECREF(objects);
  return size;
}

std::int64_t CPython::collected() const {
  PyObject* const stats = checked(PyObject_CallNoArgs(gc_get_stats_));
  std::int64_t sum = 0;
  for (Py_ssize_t i = 0; i < PyList_Size(stats); ++i) {
    sum += PyLong_AsLongLong(PyDict_GetItemString(PyList_GetItem(stats, i), "collected"));
  }
  Py_DECREF(stats);
  return sum;
}

std::int64_t CPython::finalized() const { return counters.finalized; }
std::int64_t CPython::callbacks() const { return counters.callbacks; }
void CPython::release_saved() { counters.saved.clear(); }

}  // namespace cyclecheck::bench
