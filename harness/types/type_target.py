"""The type that is checked, and the names that its programs see. Runs on 2.7 and on 3.6 to 3.15."""
import copy
import gc
import re
import sys

import type_links
import type_memory

OWN = "abcd"
LINKS = "uvwxyz"
TUPLES = "st"
# What holds nothing, whatever the type is.
ATOMS = (type(None), int, str, float, bool, type, type(NotImplemented))

# What would end or block the process, or is tried in other ways.
NEVER = ("mro", "__class__", "__init__", "__new__", "__del__", "__delattr__", "__setattr__", "__getattribute__",
         "__dict__", "__weakref__", "__doc__", "__module__", "__name__", "__qualname__", "__slots__", "fork", "kill")


class Unusable(Exception):
    """What cannot be checked, in words."""


def said_of(error):
    text = str(error)
    return type(error).__name__ + (": " + text if text else "")


class Target(object):
    """REQUIRES: name is MODULE:NAME, NAME may have dots."""

    def __init__(self, name, spec=None):
        module, _, path = name.partition(":")
        if not module or not path:
            raise Unusable("'%s' is not MODULE:NAME" % name)
        self.path = path.split(".")
        self.module = module
        self.name = self.path[-1]
        self.spec = self._read(spec) if spec else {}
        self.never = frozenset(NEVER) | frozenset(self.spec.get("never", ()))
        self.type = self._resolve(module)
        self.memory = type_memory.Memory()
        # What gives back references to its type that are not its own must not end it.
        self.padding = [self.type] * 100000
        # Until the judge asks for it nothing is collected.
        gc.disable()
        self.heirs = None
        self.why_no_heir = "it is not a class"
        if isinstance(self.type, type):
            try:
                self.heirs = type_links.heirs_of(self.type)
            except Exception as error:
                self.why_no_heir = said_of(error)

    def _read(self, path):
        spec = {}
        try:
            with open(path) as file:
                text = file.read()
            exec(compile(text, path, "exec"), spec)
        except Exception as error:
            raise Unusable("the spec %s: %s" % (path, said_of(error)))
        known = {"make": list, "put": dict, "clear": dict, "never": list, "depth": int, "nest": str, "takes_part": bool,
                 "alone": bool}
        for key, value in spec.items():
            if key in known and not isinstance(value, known[key]):
                raise Unusable("the spec %s: %s is no %s" % (path, key, known[key].__name__))
        for key in spec.get("clear", {}):
            if key not in spec.get("put", {}):
                raise Unusable("the spec %s: clear has '%s', put has not" % (path, key))
        return spec

    def _resolve(self, module):
        try:
            __import__(module)
            found = sys.modules[module]
        except Exception as error:
            raise Unusable("the module %s cannot be imported: %s" % (module, said_of(error)))
        for part in self.path:
            try:
                found = getattr(found, part)
            except AttributeError:
                raise Unusable("%s has no %s" % (module, ".".join(self.path)))
        if not callable(found):
            raise Unusable("%s:%s cannot be called, so that nothing can be made" % (module, ".".join(self.path)))
        return found

    def has_gc(self):
        return bool(getattr(self.type, "__flags__", 0) & type_memory.HAVE_GC)

    def names(self):
        """What a program sees: a dictionary for exec."""
        space = {"__name__": "program", "gc": gc, "copy": copy, "Link": type_links.Link, self.name: self.type}
        space["Observer"], space["Meddler"] = type_links.Observer, type_links.Meddler
        space["fail_at"] = fail_at
        space["tp_clear"] = self.memory.tp_clear if not self.memory.missing else None
        if self.heirs:
            space["Heir"], space["HeirWithDel"] = self.heirs
        for key, value in self.spec.items():
            if key != "__builtins__":
                space.setdefault(key, value)
        return space

    def header(self, lines, rule):
        """The lines of a plain script before these: imports and helpers, as far as they are used."""
        text = "\n".join(lines)
        first, rest = self.path[0], self.path[1:]
        result = ["import gc"]
        if re.search(r"\bcopy\.", text):
            result.append("import copy")
        if "tp_clear(" in text:
            result.append("import ctypes")
        result.append("from %s import %s" % (self.module, first))
        if rest:
            result.append("%s = %s" % (self.name, ".".join(self.path)))
        if self.spec:
            result.append("from spec import *  # the file that --spec names")
        if "Link(" in text:
            result += ["", "class Link(object):", "    def __call__(self, *arguments, **named): pass",
                       "    def __iter__(self): return self",
                       "    def __next__(self): raise StopIteration", "    next = __next__"]
        if "Observer(" in text:
            looks = "print(any(self is one for one in gc.get_referents(a)))  # False is right" if rule == "T20" else \
                "gc.collect()  # finds an object that is being torn apart"
            result += ["", "class Observer(object):", "    def __call__(self, *arguments, **named): pass",
                       "    def __del__(self): " + looks]
        if "Meddler(" in text:
            result += ["", "class Meddler(object):", "    def meddle(self, *arguments, **named):",
                       "        does, self.does = getattr(self, 'does', None), None",
                       "        if does: does()", "        return NotImplemented",
                       "    __eq__ = __ne__ = __lt__ = __call__ = meddle",
                       "    def __hash__(self): return (self.meddle(), 7)[1]",
                       "    def __iter__(self): return self",
                       "    def __next__(self): raise StopIteration(self.meddle())", "    next = __next__"]
        for name, body in (("Heir", ["    pass"]), ("HeirWithDel", ["    def __del__(self): print('__del__')"])):
            if name + "(" in text or name + "." in text:
                result += ["", "class %s(%s):" % (name, self.name)] + body
        if "tp_clear(" in text:
            result += ["", "def tp_clear(obj):  # as the collector calls it",
                       "    slot = ctypes.c_size_t.from_address(id(type(obj)) + 192).value",
                       "    if slot: ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_void_p)(slot)(id(obj))"]
        if "fail_at(" in text:
            result += ["", "def fail_at(n, line):  # the n-th request for memory fails", "    import _testcapi",
                       "    code = compile(line, 'line', 'exec')", "    _testcapi.set_nomemory(n, n + 1)",
                       "    try: exec(code, globals())", "    except MemoryError: pass",
                       "    finally: _testcapi.remove_mem_hooks()"]
        return result + [""]


def fail_at(n, line):
    """Runs a line of the caller's whose n-th request for memory fails."""
    import _testcapi

    space = sys._getframe(1).f_globals
    code = compile(line, "<program>", "exec")
    _testcapi.set_nomemory(n, n + 1)
    try:
        exec(code, space)
    finally:
        _testcapi.remove_mem_hooks()


# A name of a program in a template: not an attribute, not the name of an argument.
_HOLE = re.compile(r"(?<![\w.'\"])([a-dstu-z])(?![\w'\"])(?!\s*=[^=])")


def filled(template, names):
    """The template with names in place of its own; "a.left = x" with {"x": "y"} is "a.left = y"."""
    return _HOLE.sub(lambda hole: names.get(hole.group(1), hole.group(1)), template)


def undefined_in(steps):
    """The steps that use a name which no step before has made."""
    defined, result = set(), []
    for i, step in enumerate(steps):
        line = step.partition("  # ")[0]
        assigned = re.match(r"(\w) = (.*)", line)
        used = assigned.group(2) if assigned else re.sub(r'^fail_at\(\d+, "(\w = )?(.*)"\)$', r"\2", line)
        names = set(_HOLE.findall(used))
        if not names <= defined:
            result.append(i)
            continue
        if assigned:
            defined.add(assigned.group(1))
        failing = re.match(r'fail_at\(\d+, "(\w) = ', line)
        if failing:
            defined.add(failing.group(1))
        if re.match(r"del \w(, \w)*$", line):
            defined -= names
    return result


def holes_in(template):
    """The names in a template, each once."""
    return sorted(set(_HOLE.findall(template)))
