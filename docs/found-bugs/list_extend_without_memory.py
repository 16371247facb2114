# list.extend() keeps a reference to its argument when its request for memory fails.
import sys

import _testcapi

x = [1]
count = sys.getrefcount(x)
argument = [x]
del argument
empty = []
_testcapi.set_nomemory(1, 2)
try:
    empty.extend([x])
except MemoryError:
    pass
finally:
    _testcapi.remove_mem_hooks()
print(sys.getrefcount(x) - count)  # 0 is right
