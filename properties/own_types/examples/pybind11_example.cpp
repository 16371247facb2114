// Classes as users of pybind11 write them, for `ci/check-stdlib-types --extensions`.
#include <pybind11/pybind11.h>

#include <utility>
#include <vector>

namespace py = pybind11;

namespace {

// A type of its own for each class.
template <int>
struct Node {
  py::object left = py::none(), right = py::none();
  std::vector<py::object> items;
};

// Before 2.13 nothing says whether the object in C++ is there; the collector may come before it is.
template <int Which>
Node<Which>* node_of(PyObject* self) {
  auto* const instance = reinterpret_cast<py::detail::instance*>(self);
  if (!instance->get_value_and_holder().holder_constructed()) return nullptr;
  return py::cast<Node<Which>*>(py::handle(self));
}

// As the documentation of pybind11 2.10 has it ("Custom type setup"): the type of the object is not visited.
template <int Which, bool kVisitsType>
int traverse(PyObject* self, visitproc visit, void* arg) {
#if PY_VERSION_HEX >= 0x03090000
  if (kVisitsType) Py_VISIT(Py_TYPE(self));
#endif
  const Node<Which>* const node = node_of<Which>(self);
  if (node == nullptr) return 0;
  Py_VISIT(node->left.ptr());
  Py_VISIT(node->right.ptr());
  for (const py::object& item : node->items) Py_VISIT(item.ptr());
  return 0;
}

template <int Which>
int clear(PyObject* self) {
  if (Node<Which>* const node = node_of<Which>(self)) std::exchange(*node, Node<Which>{});
  return 0;
}

template <int Which, bool kVisitsType>
py::custom_type_setup with_collection() {
  return py::custom_type_setup([](PyHeapTypeObject* heap_type) {
    PyTypeObject* const type = &heap_type->ht_type;
    type->tp_flags |= Py_TPFLAGS_HAVE_GC;
    type->tp_traverse = traverse<Which, kVisitsType>;
    type->tp_clear = clear<Which>;
  });
}

template <int Which, typename... Extra>
void define(const py::module_& module, const char* name, const Extra&... extra) {
  py::class_<Node<Which>>(module, name, extra...)
      .def(py::init<>())
      .def(py::init([](py::object left, py::object right) {
        return Node<Which>{std::move(left), std::move(right), {}};
      }))
      .def_readwrite("left", &Node<Which>::left)
      .def_readwrite("right", &Node<Which>::right)
      .def("add", [](Node<Which>& node, py::object item) { node.items.push_back(std::move(item)); });
}

}  // namespace

PYBIND11_MODULE(pybind11_example, module) {
  define<0>(module, "Plain");
  define<1>(module, "WithDict", py::dynamic_attr());
  define<2>(module, "Documented", with_collection<2, false>());
  define<3>(module, "Complete", with_collection<3, true>());
}
