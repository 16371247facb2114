import gc

gc.set_threshold(700, 10, 10)
try:
    gc.set_threshold(0, "x")
except TypeError:
    pass
print(gc.get_threshold())  # (0, 10, 10): the collector is off
