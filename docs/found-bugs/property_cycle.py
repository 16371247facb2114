# A property whose __init__ is called again can be part of a cycle that tp_clear does not break.
import gc
import sys

witness = [1]
p = property()
p.__init__((p, witness))
del p
gc.collect()
print(sys.getrefcount(witness))  # 2 is right: nothing else holds it
