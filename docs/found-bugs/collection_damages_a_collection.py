import functools, gc, operator

gc.collect()
gc.set_threshold(50, 0, 0)
kept = []

def make_trash():
    trash = []
    class First:
        # All of it is C code: 100 new lists that hold trash, and nobody looks for a collection that is due.
        __del__ = staticmethod(functools.partial(kept.extend, map(list, [trash] * 100)))
    class Later:
        def __del__(self):                  # the first Python function: the collection that is due begins here
            pass
    first = First()
    first.cycle = [first, trash]
    trash += [first, Later(), Later(), Later(), Later(), Later(), trash]

make_trash()
# Two calls from C, without a look in between: 200 lists make a collection due, then one is asked for.
calls = [functools.partial(list, map(list, [()] * 200)), gc.collect]
print("collecting")
list(map(operator.call, calls))             # 3.12.1 does not come back: its list has become circular
print("done")
