# One resurrected object saves all other garbage of its collection: wrong in CPython 3.6 to 3.8.
import gc


class Node(list):
    pass


class Saved(Node):
    def __del__(self):
        saved.append(self)


saved = []
one, other = Saved(), Node()
one.append(one)
other.append(other)
del one, other
gc.collect()
left = [o for o in gc.get_objects() if type(o) is Node]
print("wrong: the other cycle is still there" if left else "right")
