"""PyPy: a Python without counts. A death is seen by the finalizer of a token that only the object holds: it runs when
neither can be reached any more, one collection later than the object's own finalizer.

An object that nobody holds cannot be had through a label, so traces do without labels; objects that own references
which the collector is not shown do not exist."""
import gc
import os
import sys
import weakref

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "kit"))
from kit import Machine  # noqa: E402


class Token:
    __slots__ = ("meta",)

    def __init__(self, meta):
        self.meta = meta

    def __del__(self):
        SUBJECT.died(self.meta)


class Plain:
    pass


class Finalized:
    def __del__(self):
        SUBJECT.finalizer(self)


class PyPy(Machine):
    def create(self, meta):
        obj = Plain() if meta.script is None else Finalized()
        if meta.kind not in ("instance", "dict"):
            obj.slots = []
        obj.token = Token(meta)
        return obj

    def refer(self, meta, referent):
        weak = Plain()
        weak.token = Token(meta)
        if meta.script is None:
            weak.reference = weakref.ref(referent)
            return weak
        here = weakref.ref(weak)

        def called(_):
            this = here()
            if this is not None:
                self.callback(this)

        weak.reference = weakref.ref(referent, called)
        return weak

    def answer(self, weak):
        return weak.reference()

    def collect(self):
        # After gc.disable() a finalizer that collects gets "ValueError: finalizers are already enabled".
        if not self.scripts:
            gc.collect()


# Finalizers then run in gc.collect() alone, and not between any two lines of the kit.
gc.disable()
SUBJECT = PyPy("pypy", "%d.%d.%d" % sys.pypy_version_info[:3] if hasattr(sys, "pypy_version_info") else "none",
               "counts=lazy collections=2 finalizers=once weakrefs=unreachable callbacks=before left=none",
               "labels opaque")
SUBJECT.serve()
