# A weak reference in a resurrected cycle has lost its referent, which lived all the time: wrong in CPython 3.8 to 3.14.
import gc
import weakref


class Node(list):
    pass


class Saved(Node):
    def __del__(self):
        saved.append(self)


saved = []
living = Node()
cycle = Saved()
cycle.append(cycle)
cycle.append(weakref.ref(living))
del cycle
gc.collect()
if saved:
    print("right" if saved[0][1]() is living else "wrong: the weak reference answers %r" % saved[0][1]())
else:
    print("right")
