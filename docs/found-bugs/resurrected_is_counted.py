# gc.collect() counts an object that its finalizer resurrected: wrong in CPython 3.6.
import gc


class Saved(list):
    def __del__(self):
        saved.append(self)


saved = []
one = Saved()
one.append(one)
gc.collect()
del one
print("wrong: 1, and it lives" if gc.collect() and saved else "right: 0")
