"""The types of extensions that `ci/check-stdlib-types --extensions` checks: what people import, and examples of what they
write, which are compiled for the interpreter (properties/own_types/examples/).

By MODULE:NAME a spec (docs/check-type.md); None: trying finds it.
"""
import os
import shutil
import subprocess
import sys

EXAMPLES = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "properties/own_types/examples")


def stream_of(kind, text):
    """Of a specification: stream(x), a stream over `text` that holds x."""
    return f"""
import io
class Stream(io.{kind}):
    pass
def stream(x):
    made = Stream({text})
    made.held = x
    return made"""


EXTENSIONS = {
    "numpy:ndarray": """
import numpy
make = ["numpy.array([x, y], dtype=object)", "numpy.full((2, 2), x)"]
put = {"item": "a[0] = x", "fill": "a.fill(x)"}
clear = {"item": "a[0] = None", "fill": "a.fill(None)"}
""",
    "numpy:flatiter": """
import numpy
make = ["numpy.array([x, y], dtype=object).flat"]
put = {}
""",
    "numpy:nditer": """
import numpy
make = ["numpy.nditer(numpy.array([x, y], dtype=object), flags=['refs_ok'])"]
put = {}
""",
    "numpy:frompyfunc": 'make = ["frompyfunc(x, 1, 1)"]\nput = {}\n',
    "numpy:dtype": "make = [\"dtype('i4', metadata={'k': x})\"]\nput = {}\n",
    "numpy:vectorize": 'make = ["vectorize(x)"]\nput = {"attribute": "a.any_attribute = x"}\n',
    "numpy.random:Generator": """
import numpy
class Bits(numpy.random.PCG64):
    pass
def generator(x):
    bits = Bits()
    bits.held = x
    return numpy.random.Generator(bits)
make = ["generator(x)"]
put = {}
""",
    "lxml.etree:XMLParser": """
class Target(object):
    def __init__(self, held):
        self.held = held
    def start(self, tag, attributes): pass
    def end(self, tag): pass
    def close(self): return self
make = ["XMLParser(target=Target(x))", "XMLParser()"]
put = {"resolver": "a.resolvers.add(resolver(x))"}
import lxml.etree
class Resolver(lxml.etree.Resolver):
    pass
def resolver(x):
    made = Resolver()
    made.held = x
    return made
""",
    "lxml.etree:XPath": 'make = ["XPath(\'a\', extensions={(None, \'f\'): x})"]\nput = {}\n',
    "lxml.etree:XPathEvaluator": """
import lxml.etree
tree = lxml.etree.XML("<a/>")
make = ["XPathEvaluator(tree, extensions={(None, 'f'): x})"]
put = {}
""",
    "lxml.etree:XSLT": """
import lxml.etree
sheet = lxml.etree.XML("<xsl:stylesheet version='1.0' xmlns:xsl='http://www.w3.org/1999/XSL/Transform'/>")
make = ["XSLT(sheet, extensions={('k', 'f'): x})"]
put = {}
""",
    "lxml.etree:ElementNamespaceClassLookup": """
import lxml.etree
class Fallback(lxml.etree.CustomElementClassLookup):
    pass
def fallback(x):
    made = Fallback()
    made.held = x
    return made
make = ["ElementNamespaceClassLookup(fallback(x))"]
put = {}
""",
    "lxml.etree:iterparse": stream_of("BytesIO", 'b"<a><b/></a>"') + """
make = ["iterparse(stream(x))"]
put = {}
""",
    "yaml:CLoader": stream_of("StringIO", '"a: 1"') + """
make = ["CLoader(stream(x))"]
put = {"attribute": "a.any_attribute = x", "anchors": "a.constructed_objects['k'] = x"}
clear = {"attribute": "del a.any_attribute", "anchors": "a.constructed_objects.clear()"}
""",
    "yaml._yaml:CParser": stream_of("StringIO", '"a: 1"') + """
make = ["CParser(stream(x))"]
put = {}
""",
    "yaml._yaml:CEmitter": stream_of("StringIO", '') + """
make = ["CEmitter(stream(x))"]
put = {}
""",
    "yaml:Loader": stream_of("StringIO", '"a: 1"') + """
make = ["Loader(stream(x))"]
put = {"attribute": "a.any_attribute = x"}
clear = {"attribute": "del a.any_attribute"}
""",
    "cython_example:Node": None,
    "cython_example:Child": None,
    "cython_example:Uncleared": None,
    "cython_example:Untracked": None,
    "cython_example:Callback": None,
    "cython_example:generator": """
import cython_example
def started(x):
    made = cython_example.generator(x)
    next(made)
    return made
make = ["generator(x)", "started(x)"]
put = {}
""",
    "cython_example:closure": 'make = ["closure(x)"]\nput = {}\n',
    "pybind11_example:Plain": None,
    "pybind11_example:WithDict": None,
    "pybind11_example:Documented": None,
    "pybind11_example:Complete": None,
}


def build_examples(python, folder):
    """Compiles the examples for an interpreter into a folder. What cannot be compiled here is said, and left out."""
    asked = subprocess.run([python, "-c", "import sysconfig; print(sysconfig.get_path('include'))"],
                           capture_output=True, text=True)
    include = asked.stdout.strip()
    cython = shutil.which("cython3") or shutil.which("cython")
    steps = {
        "cython_example": [[cython, "-3", os.path.join(EXAMPLES, "cython_example.pyx"), "-o",
                            os.path.join(folder, "cython_example.c")],
                           ["cc", "-O1", "-w", "-shared", "-fPIC", "-I" + include,
                            os.path.join(folder, "cython_example.c"), "-o",
                            os.path.join(folder, "cython_example.so")]],
        "pybind11_example": [["c++", "-std=c++17", "-O1", "-shared", "-fPIC", "-fvisibility=hidden", "-I" + include,
                              os.path.join(EXAMPLES, "pybind11_example.cpp"), "-o",
                              os.path.join(folder, "pybind11_example.so")]],
    }
    for name, commands in steps.items():
        for command in commands:
            try:
                done = subprocess.run([word or "cython3" for word in command], capture_output=True, text=True)
                problem = done.stderr[-2000:] if done.returncode != 0 else None
            except OSError as error:
                problem = str(error)
            if problem is not None:
                print("%s: %s is not compiled: %s" % (python, name, problem), file=sys.stderr)
                break
