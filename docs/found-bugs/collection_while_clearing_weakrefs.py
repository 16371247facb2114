import gc
import weakref


class Node(list):
    __slots__ = ("__weakref__",)


class Ref(weakref.ref):
    pass


def called(ref):
    pass


b = Node()
c = Ref(b)  # one weak reference to b that stays alive
gc.collect()
a = [weakref.ref(b, called)]  # and one in a cycle
a.append(a)
gc.disable()
keep = [[] for i in range(5)]
gc.set_threshold(1)
del a  # the cycle is garbage now
gc.enable()
del b  # two weak references: the tuple's allocation collects the cycle
