# The callback of a weak reference that a finalizer makes in a collection never runs: 3.13.13 and later, 3.14.4 and later, 3.15.
import gc
import weakref

called = []
kept = []


class Node(object):
    def __del__(self):
        kept.append(weakref.ref(self, called.append))


gc.disable()
node = Node()
node.me = node
del node
gc.collect()
print("the weak reference answers %s, its callback ran %d times" % (kept[0](), len(called)))  # None, 1 is right
