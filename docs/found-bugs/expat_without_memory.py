# An expat parser that cannot be made for want of memory ends the interpreter: 3.10 to 3.13.
import _testcapi
from xml.parsers import expat

for n in range(1, 12):
    _testcapi.set_nomemory(n, n + 1)
    try:
        expat.ParserCreate()
    except Exception:
        pass
    finally:
        _testcapi.remove_mem_hooks()
print("no crash")
