"""Calls every function of the gc module with many arguments and prints those calls that raise an exception, and yet
changed something: a line each, the simplest of a function. Runs on 2.7 and on 3.6 to 3.15.
"""
import gc
import itertools
import sys


class NoIndex(object):
    def __index__(self):
        raise OverflowError("no index")

    def __repr__(self):
        return "NoIndex()"


ARGUMENTS = (0, 1, 5, -1, "x", None, 1.5, (), 2 ** 31, 2 ** 63, NoIndex())


def state():
    # What only some versions have is left out there.
    freeze_count = getattr(gc, "get_freeze_count", lambda: 0)()
    return {
        "isenabled()": gc.isenabled(),
        "get_threshold()": gc.get_threshold(),
        "get_debug()": gc.get_debug(),
        "len(garbage)": len(gc.garbage),
        "len(callbacks)": len(getattr(gc, "callbacks", ())),
        "get_freeze_count()": freeze_count,
    }


def restore():
    gc.enable()
    gc.set_debug(0)
    gc.set_threshold(700, 10, 10)
    del gc.garbage[:]


def try_call(name, arguments):
    restore()
    before = state()
    try:
        getattr(gc, name)(*arguments)
    except Exception:
        error = type(sys.exc_info()[1]).__name__
        after = state()
        changes = [key for key in sorted(before) if before[key] != after[key]]
        if changes:
            return "gc.%s(%s) raises %s, but %s" % (
                name,
                ", ".join(map(repr, arguments)),
                error,
                "; ".join("%s %r -> %r" % (key, before[key], after[key]) for key in changes),
            )
    return None


def simplest(name):
    for size in range(4):
        for arguments in itertools.product(ARGUMENTS, repeat=size):
            found = try_call(name, arguments)
            if found:
                return found
    return None


for name in sorted(dir(gc)):
    if callable(getattr(gc, name)) and not name.startswith("_"):
        found = simplest(name)
        if found:
            restore()
            print(found)
