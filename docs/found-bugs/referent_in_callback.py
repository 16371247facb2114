# While its callback runs the referent of a weak reference is available, and comes back to life: 3.15.
import gc
import weakref


class Node(object):
    pass


got = []
gc.disable()
node = Node()
node.me = node
plain = weakref.ref(node)
watched = weakref.ref(node, lambda ref: got.append(plain()))
del node
gc.collect()
print("the callback got %s" % got)  # [None] is right
print("it was told of the death of %s" % plain())  # None is right: who was told of a death holds no living object
