// CPython, embedded, through its C API.
#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "bench/spec.hpp"

namespace cyclecheck::bench {

class CPython {
 public:
  // A counted reference.
  class Handle {
   public:
    Handle() = default;
    // Takes over a new reference.
    explicit Handle(PyObject* owned) : object_(owned) {}
    Handle(Handle&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
    Handle& operator=(Handle&& other) noexcept {
      Py_XDECREF(std::exchange(object_, std::exchange(other.object_, nullptr)));
      return *this;
    }
    ~Handle() { Py_XDECREF(object_); }
    [[nodiscard]] PyObject* get() const { return object_; }
    void reset() { Py_XDECREF(std::exchange(object_, nullptr)); }

   private:
    PyObject* object_ = nullptr;
  };
  static constexpr bool kFindsCycles = true;
  static constexpr bool kCountsReferences = true;

  // One at a time.
  explicit CPython(const Spec& spec);
  CPython(const CPython&) = delete;
  CPython& operator=(const CPython&) = delete;
  ~CPython();

  [[nodiscard]] Handle create() { return Handle(kind_ == Kind::list ? PyList_New(0) : PyObject_CallNoArgs(type_)); }
  [[nodiscard]] Handle create_holder(std::uint32_t /*objects*/) { return Handle(PyList_New(0)); }
  // A tuple is made with its items, all else without.
  [[nodiscard]] Handle create_pair(const Handle& first, const Handle& second);

  void append(const Handle& owner, const Handle& value) {
    if (PyList_Check(owner.get())) {
      PyList_Append(owner.get(), value.get());
    } else {
      // The first attribute that is not set.
      std::size_t i = 0;
      while (has_attribute(owner.get(), i)) ++i;
      PyObject_SetAttr(owner.get(), names_[i], value.get());
    }
  }
  void store(const Handle& owner, std::uint32_t index, const Handle& value) {
    if (PyList_Check(owner.get())) {
      Py_INCREF(value.get());
      PyList_SetItem(owner.get(), static_cast<Py_ssize_t>(index), value.get());
    } else {
      PyObject_SetAttr(owner.get(), names_[index], value.get());
    }
  }
  // REQUIRES: a list
  void clear(const Handle& owner) { PyList_SetSlice(owner.get(), 0, PY_SSIZE_T_MAX, nullptr); }
  [[nodiscard]] Handle create_weak(const Handle& referent, bool callback) {
    return Handle(PyWeakref_NewRef(referent.get(), callback ? callback_ : nullptr));
  }
  [[nodiscard]] bool is_alive(const Handle& weak) const {
#if PY_VERSION_HEX >= 0x030d0000
    PyObject* referent = nullptr;
    PyWeakref_GetRef(weak.get(), &referent);
    Py_XDECREF(referent);
    return referent != nullptr;
#else
    return PyWeakref_GET_OBJECT(weak.get()) != Py_None;
#endif
  }

  std::int64_t collect(int generation = 2);
  void enable();
  void disable();
  // From 3.12 on automatic collections run between bytecode instructions, and here.
  void safepoint() {
#if PY_VERSION_HEX >= 0x030c0000
    PyErr_CheckSignals();
#endif
  }
  [[nodiscard]] std::int64_t tracked() const;
  [[nodiscard]] std::int64_t collected() const;
  [[nodiscard]] std::int64_t finalized() const;
  [[nodiscard]] std::int64_t callbacks() const;
  void release_saved();

 private:
  [[nodiscard]] bool has_attribute(PyObject* owner, std::size_t index) const;

  Kind kind_;
  PyObject* type_ = nullptr;
  PyObject* callback_ = nullptr;
  PyObject* gc_collect_ = nullptr;
  PyObject* gc_get_objects_ = nullptr;
  PyObject* gc_get_stats_ = nullptr;
  std::array<PyObject*, 4> generations_{};
  std::array<PyObject*, 16> names_{};
};

}  // namespace cyclecheck::bench
