# Classes as users of Cython write them, for `ci/check-stdlib-types --extensions`.
# cython: language_level=3
cimport cython


cdef class Node:
    """Cython writes tp_traverse and tp_clear for what is declared as an object."""

    cdef public object left, right
    cdef list items
    cdef object __weakref__

    def __init__(self, left=None, right=None):
        self.left, self.right = left, right
        self.items = []

    def add(self, item):
        self.items.append(item)


cdef class Child(Node):
    cdef public dict names

    def __init__(self, left=None, right=None):
        Node.__init__(self, left, right)
        self.names = {}


@cython.no_gc_clear
cdef class Uncleared:
    cdef public object left

    def __init__(self, left=None):
        self.left = left


@cython.no_gc
cdef class Untracked:
    cdef public object left

    def __init__(self, left=None):
        self.left = left


cdef class Callback:
    """A pointer to an object is no object to Cython: who owns one has to write what is needed."""

    cdef object function

    def __init__(self, function):
        self.function = function

    def __call__(self):
        return self.function()


def generator(held):
    yield held


def closure(held):
    def inner():
        return held

    return inner
