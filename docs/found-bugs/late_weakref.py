# A weak reference that a finalizer makes shows an object that was cleared: wrong in CPython 3.6 to 3.13.5.
import gc
import weakref


class Node(list):
    pass


class Sees(Node):
    def __del__(self):  # of an older generation: it dies when `c` is cleared
        seen.append(weak() if weak else None)


class Cycle(Node):
    def __del__(self):
        global weak
        weak = weakref.ref(self)


weak, seen = None, []
sees = Sees()
gc.collect()
c = Cycle()
c.append(c)
c.append(sees)
del c, sees
gc.collect(0)
print("right" if seen in ([], [None]) else "wrong: the finalizer saw %r" % seen[0])
