"""The types of the standard library that ci/check-stdlib-types checks.

Each line: MODULE:NAME, and for those that trying does not find how to make, a spec (docs/check-type.md).
"""

PLAIN = """
builtins:list builtins:tuple builtins:dict builtins:set builtins:frozenset builtins:property builtins:staticmethod
builtins:classmethod builtins:slice builtins:enumerate builtins:reversed builtins:map builtins:filter builtins:zip
builtins:super builtins:Exception builtins:StopIteration builtins:OSError builtins:KeyError builtins:ImportError
builtins:SyntaxError builtins:AttributeError builtins:NameError builtins:SystemExit
collections:deque collections:OrderedDict collections:defaultdict collections:Counter collections:ChainMap
collections:UserDict collections:UserList
functools:partial functools:partialmethod functools:cached_property functools:singledispatchmethod
itertools:chain itertools:combinations itertools:combinations_with_replacement itertools:compress itertools:cycle
itertools:dropwhile itertools:takewhile itertools:filterfalse itertools:groupby itertools:islice itertools:permutations
itertools:product itertools:repeat itertools:starmap itertools:tee itertools:zip_longest itertools:accumulate
itertools:pairwise itertools:batched
operator:itemgetter
types:SimpleNamespace types:MappingProxyType types:MethodType types:CellType types:ModuleType types:GenericAlias
types:DynamicClassAttribute
weakref:ref weakref:WeakKeyDictionary weakref:WeakValueDictionary weakref:WeakSet weakref:finalize
queue:Queue queue:LifoQueue queue:SimpleQueue
contextvars:ContextVar threading:local threading:Condition threading:Thread
xml.etree.ElementTree:Element xml.etree.ElementTree:TreeBuilder xml.etree.ElementTree:XMLParser
xml.etree.ElementTree:ElementTree
csv:reader csv:writer csv:DictReader
io:BytesIO io:StringIO io:BufferedReader io:BufferedWriter io:TextIOWrapper
pickle:Pickler pickle:Unpickler
ctypes:py_object
random:Random string:Formatter concurrent.futures:Future
""".split()

SPECS = {
    "types:GeneratorType": """
def generator(x):
    yield x
def started(x):
    made = generator(x)
    next(made)
    return made
make = ["generator(x)", "started(x)"]
put = {}
""",
    "types:FunctionType": """
def function(x, y):
    def inner(argument=y):
        return x
    return inner
make = ["function(x, y)"]
put = {"defaults": "a.__defaults__ = (x,)", "dict": "a.attribute = x", "doc": "a.__doc__ = x"}
clear = {"defaults": "a.__defaults__ = None", "dict": "del a.attribute", "doc": "a.__doc__ = None"}
""",
    "types:FrameType": """
def generator(x):
    yield x
def frame(x):
    made = generator(x)
    next(made)
    return made.gi_frame
make = ["frame(x)"]
put = {}
""",
    "types:TracebackType": """
import sys
def traceback_of(x):
    try:
        raise x_error(x)
    except Exception:
        return sys.exc_info()[2].tb_next
class x_error(Exception):
    pass
def inner(x):
    raise ValueError()
def traced(x):
    try:
        inner(x)
    except ValueError:
        return sys.exc_info()[2].tb_next
make = ["traced(x)"]
put = {}
""",
    "builtins:BaseException": """
import sys
def inner(x):
    raise ValueError(x)
def caught(x):
    try:
        inner(x)
    except ValueError as error:
        if hasattr(error, "__traceback__"):
            error.__traceback__ = error.__traceback__.tb_next
        return error
make = ["caught(x)"]
put = {"args": "a.args = (x,)", "attribute": "a.attribute = x"}
clear = {"args": "a.args = ()", "attribute": "del a.attribute"}
""",
    "builtins:BaseExceptionGroup": """
make = ["BaseExceptionGroup('group', [ValueError(x), KeyError(y)])"]
put = {"attribute": "a.attribute = x"}
clear = {"attribute": "del a.attribute"}
""",
    "builtins:iter": """
make = ["iter(x, y)", "iter([x])", "iter((x, y))", "iter({x: y})"]
put = {}
""",
    "builtins:object": """
class Instance(object):
    pass
make = ["Instance()"]
put = {"attribute": "a.attribute = x", "dict": "a.__dict__ = {'k': x}"}
clear = {"attribute": "del a.attribute", "dict": "a.__dict__ = {}"}
""",
    "functools:lru_cache": """
import functools
def cached(x):
    return functools.lru_cache(maxsize=4)(x)
make = ["cached(x)"]
put = {"call": "a(x)", "attribute": "a.attribute = x"}
clear = {"call": "a.cache_clear()", "attribute": "del a.attribute"}
""",
    "functools:cmp_to_key": """
import functools
make = ["functools.cmp_to_key(x)(y)"]
put = {}
""",
    "operator:methodcaller": "make = [\"methodcaller('k', x)\", \"methodcaller('k', k=x)\"]\nput = {}\n",
    "types:CoroutineType": """
class Awaitable(object):
    def __await__(self):
        yield self
exec("async def coroutine(x):\\n    await x\\n")
def started(x):
    made = coroutine(Wrapped(x))
    made.send(None)
    return made
class Wrapped(Awaitable):
    def __init__(self, held):
        self.held = held
make = ["started(x)"]
put = {}
""",
    "types:AsyncGeneratorType": """
exec("async def generator(x):\\n    yield x\\n")
make = ["generator(x)"]
put = {}
""",
    "asyncio:Future": """
import asyncio
loop = asyncio.new_event_loop()
make = ["Future(loop=loop)"]
put = {"callback": "a.add_done_callback(x)", "result": "a.set_result(x)", "cancel": "a.cancel(x)"}
clear = {"callback": "a.remove_done_callback(x)"}
""",
    "asyncio:Queue": """
import asyncio
make = ["Queue()"]
put = {"put": "a.put_nowait(x)", "attribute": "a.attribute = x"}
clear = {"put": "a.get_nowait()", "attribute": "del a.attribute"}
""",
    "contextvars:Context": """
import contextvars
variable = contextvars.ContextVar("variable")
make = ["contextvars.Context()"]
put = {"set": "a.run(variable.set, x)"}
""",
    "json.scanner:c_make_scanner": """
class Settings(object):
    strict = True
    parse_float = parse_int = parse_constant = object_pairs_hook = object_hook = None
    memo = {}
    encoding = "utf-8"
    def __init__(self, x):
        self.object_hook = x
make = ["c_make_scanner(Settings(x))"]
put = {}
""",
    "json.encoder:c_make_encoder": """
make = ["c_make_encoder({'k': x}, y, lambda text: text, None, ':', ',', False, False, True)"]
put = {}
""",
    "sqlite3:Connection": """
make = ["Connection(':memory:')"]
put = {"row_factory": "a.row_factory = x", "text_factory": "a.text_factory = x",
       "function": "a.create_function('f', 1, x)", "trace": "a.set_trace_callback(x)",
       "progress": "a.set_progress_handler(x, 5)", "authorizer": "a.set_authorizer(x)",
       "collation": "a.create_collation('c', x)", "aggregate": "a.create_aggregate('g', 1, x)"}
clear = {"row_factory": "a.row_factory = None", "trace": "a.set_trace_callback(None)",
         "progress": "a.set_progress_handler(None, 5)"}
""",
    "sqlite3:Cursor": """
import sqlite3
class Holder(sqlite3.Connection):
    pass
def cursor(x):
    connection = sqlite3.connect(':memory:', factory=Holder)
    connection.held = x
    return connection.cursor()
make = ["cursor(x)"]
put = {"row_factory": "a.row_factory = x"}
clear = {"row_factory": "a.row_factory = None"}
""",
    "pyexpat:ParserCreate": """
make = ["ParserCreate()"]
put = {"handler": "a.StartElementHandler = x", "end": "a.EndElementHandler = x", "intern": "a.intern['k'] = x"}
clear = {"handler": "a.StartElementHandler = None", "end": "a.EndElementHandler = None", "intern": "a.intern.clear()"}
""",
    "ctypes:CFUNCTYPE": """
import ctypes
prototype = ctypes.CFUNCTYPE(ctypes.c_int)
make = ["prototype(x)"]
put = {"errcheck": "a.errcheck = x"}
clear = {"errcheck": "del a.errcheck"}
""",
    "ctypes:Structure": """
import ctypes
class Record(ctypes.Structure):
    _fields_ = [("o", ctypes.py_object), ("p", ctypes.py_object)]
make = ["Record()"]
put = {"o": "a.o = x", "p": "a.p = x", "attribute": "a.attribute = x"}
clear = {"attribute": "del a.attribute"}
""",
    "ctypes:Array": """
import ctypes
kind = ctypes.py_object * 2
make = ["kind()"]
put = {"item": "a[0] = x", "attribute": "a.attribute = x"}
clear = {"attribute": "del a.attribute"}
""",
    "datetime:datetime": """
from datetime import tzinfo
class Zone(tzinfo):
    def __init__(self, held=None):
        self.held = held
make = ["datetime(2020, 1, 1, tzinfo=Zone(x))"]
put = {}
""",
    "datetime:time": """
from datetime import tzinfo
class Zone(tzinfo):
    def __init__(self, held=None):
        self.held = held
make = ["time(1, tzinfo=Zone(x))"]
put = {}
""",
    "builtins:memoryview": """
class Bytes(bytearray):
    pass
def view(x):
    made = Bytes(b"123")
    made.held = x
    return memoryview(made)
make = ["view(x)"]
put = {}
""",
    "re:Scanner": "make = [\"Scanner([('k', x)])\"]\nput = {\"attribute\": \"a.attribute = x\"}\n",
    "typing:TypeVar": "make = [\"TypeVar('T', bound=x)\"]\nput = {}\n",
    "itertools:count": "import fractions\nclass Number(fractions.Fraction):\n    pass\n"
                       "def number(x):\n    made = Number(1)\n    made.held = x\n    return made\n"
                       "make = [\"count(number(x))\"]\nput = {}\n",
}
