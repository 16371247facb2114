# gc.collect() does not count what a finalizer freed: wrong in CPython 3.7 to 3.15.
import gc


class Emptied(list):
    def __del__(self):
        del self[:]


one = Emptied()
one.append(one)
gc.collect()
del one
print("wrong: 0, and it is gone" if gc.collect() == 0 else "right: 1")
