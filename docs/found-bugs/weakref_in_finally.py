# A weak reference that a generator's `finally` makes to the dying generator is not cleared, and later answers another
# object in its place: wrong in CPython 2.7 to 3.15.
import gc
import types
import weakref


def suspended():
    try:
        yield
    finally:
        for found in gc.get_objects():
            if type(found) is types.GeneratorType and found.gi_code is suspended.__code__:
                seen.append(weakref.ref(found))
        del found


seen = []
dying = suspended()
next(dying)
del dying
before = seen[0]()
others = [suspended() for _ in range(3)]
after = seen[0]()
print("right" if before is None and after is None else "wrong: it answers %r, of which there was none then" % (after,))
