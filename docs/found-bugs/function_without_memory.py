# A code object is given back twice when there is no memory for its function: 3.12 and 3.13.
import _testcapi
import sys

code = compile("lambda: None", "line", "exec")
inner = code.co_consts[0]
before = sys.getrefcount(inner)
_testcapi.set_nomemory(1, 2)
try:
    exec(code)
except MemoryError:
    pass
finally:
    _testcapi.remove_mem_hooks()
print(sys.getrefcount(inner) - before)  # 0 is right
