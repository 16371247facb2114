# A null pointer is released for a weak reference in the trashcan: ends with SIGSEGV in CPython 2.7 to 3.12.1.
import weakref


class Node(list):
    __slots__ = ("__weakref__",)


class Ref(weakref.ref):
    pass


for length in (48, 49):  # what the trashcan takes: 2.7 to 3.7, 3.8 to 3.12
    target = Node()
    chain = Node([target, Ref(target)])  # released last to first: the weak reference, then its target
    keep = Ref(target, lambda ref: None)
    del target
    for i in range(length):
        chain = Node([chain])
    del chain
print("right: the process lives")
