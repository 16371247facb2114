"""What Python does not tell of an object: read from memory by ctypes. Runs on 2.7 and on 3.6 to 3.15.

Every place is tried on objects whose answers are known; what cannot be read is said not to be checked.
"""
import gc
import sys

HAVE_GC = 1 << 14
HEAP = 1 << 9
IMMUTABLE = 1 << 8
BASE = 1 << 10


class Memory(object):
    def __init__(self):
        self.missing = None
        try:
            import ctypes
        except ImportError:
            self.missing = "this interpreter has no ctypes"
            return
        self.ctypes = ctypes
        self.shift = 0
        probe = [[]]
        for self.shift in (0, 16):
            if self.count_at(id(probe[0])) == 1 and self._counts_well():
                break
        else:
            self.missing = "the reference count is not where it is looked for"
            return
        untracked = tuple([1, 2.5])
        gc.collect()
        flags = ctypes.c_ulong.from_address(id(list) + self.shift + 168).value
        if not self.is_tracked_at(id(probe)) or self.is_tracked_at(id(untracked)) or gc.is_tracked(untracked):
            self.missing = "the collector's mark is not where it is looked for"
        elif flags != list.__flags__ or not self.slot(list, "clear") or self.slot(tuple, "clear"):
            self.missing = "a type's fields are not where they are looked for"

    def _counts_well(self):
        one = []
        many = [one] * 5
        return self.count_at(id(one)) == len(many) + 1

    def count_at(self, address):
        return self.ctypes.c_uint32.from_address(address + self.shift).value

    def is_freed(self, address):
        """Whether the allocator has overwritten what was there (PYTHONMALLOC=debug; another byte up to 3.7)."""
        return self.count_at(address) in (0xDDDDDDDD, 0xDBDBDBDB)

    def object_at(self, address):
        """REQUIRES: an object that lives is there."""
        return self.ctypes.cast(address, self.ctypes.py_object).value

    def is_tracked_at(self, address):
        """REQUIRES: the object's type takes part in collection."""
        word = self.ctypes.c_ssize_t
        if sys.version_info >= (3, 8):
            return word.from_address(address - 16).value != 0
        state = word.from_address(address - 16).value
        return (state if sys.version_info < (3, 4) else state >> 1) != -2

    def slot(self, type_, name):
        """The address of a function of a type; 0: it has none."""
        place = {"traverse": 184, "clear": 192}[name]
        return self.ctypes.c_size_t.from_address(id(type_) + self.shift + place).value

    def tp_clear(self, obj):
        """Calls tp_clear of the object's type, as the collector does, if it would."""
        if not type(obj).__flags__ & HAVE_GC or not self.slot(type(obj), "clear"):
            return None
        # By its address: ctypes would look for obj.__class__, and a cleared object may be used no more.
        function = self.ctypes.PYFUNCTYPE(self.ctypes.c_int, self.ctypes.c_void_p)
        return function(self.slot(type(obj), "clear"))(id(obj))
