"""Writes what is in the heap of a running interpreter, for `cyclecheck objgraph --from-dump FILE`.

    import cyclecheck_dump
    cyclecheck_dump.dump("heap.dump")

For CPython 2.7, and 3.6 to 3.15. It calls no code of the program: no __repr__, no property, no __getattr__; and it does
not collect, so that garbage can be seen. Other threads wait, or change the heap meanwhile.

Lines of the file, whose fields are separated by tabs:

    cyclecheck-heap 1
    gc      VERSION ENABLED DEBUG THRESHOLDS COUNTS
    type    ADDRESS NAME SHORT-NAME FLAGS       FLAGS: d, it has a __del__
    object  ADDRESS TYPE REFERENCES HOW NAME (LABEL ADDRESS)...
    root    NAME HOW SAME (LABEL ADDRESS)...
    end     OBJECTS

REFERENCES is the reference count, 0 if it is not known. HOW of an object: t, the collector tracks it; f, it is frozen;
u, it is not tracked. HOW of a root: h, its references are counted by the objects; v, they are those of the object SAME,
told again: the dictionary of a module, a frame.
"""
import gc
import sys
import types
import weakref
from collections import deque

# Nothing that the collector could see refers to anything from these. Types are compared by address everywhere: a
# metaclass of the program may have an __eq__ and a __hash__.
_ATOM_TYPES = [
    type(None), bool, int, float, complex, bytes, bytearray, str, type(Ellipsis), type(NotImplemented), types.CodeType,
]
_CLASSIC = type(None)
_CLASSIC_OBJECT = type(None)
if sys.version_info[0] == 2:
    _ATOM_TYPES += [long, unicode]  # noqa: F821
    _CLASSIC = types.ClassType
    _CLASSIC_OBJECT = types.InstanceType

_ATOMS = frozenset(map(id, _ATOM_TYPES))
_TYPE = type.__dict__
_MODULE_DICT = types.ModuleType.__dict__["__dict__"]
_MEMBER = type(types.FunctionType.__dict__["__closure__"])
_GETSET = type(types.FunctionType.__dict__["__code__"])
_LONGEST = 60
# What C code computes for these types is what they hold.
_HOLDERS = {
    id(type((lambda held: lambda: held)(0).__closure__[0])): ("cell_contents",),
    id(BaseException): ("args", "__traceback__", "__cause__", "__context__"),
}


def _mro(cls):
    return _TYPE["__mro__"].__get__(cls) or ()


def _is_in(cls, classes):
    return any(cls is one for one in classes)


def _class_dict(cls):
    return _TYPE["__dict__"].__get__(cls) or {}  # 2.7 has types that are not ready, and have none.


def _word(text):
    """Text as one field of a line."""
    if type(text) is not str:
        return "?"
    if str is not bytes:
        text = text.encode("ascii", "backslashreplace").decode("ascii")
    if len(text) > 4 * _LONGEST:
        text = text[: 4 * _LONGEST] + "..."
    return "".join(c if " " <= c <= "~" else "?" for c in text)


def _key(key):
    """A key of a dict as a label. Only keys whose repr is not the program's are shown."""
    kind = type(key)
    if kind is tuple and len(key) <= 4 and all(id(type(part)) in _ATOMS for part in key):
        text = repr(key)
    elif id(kind) in _ATOMS:
        text = repr(key[:_LONGEST] if hasattr(kind, "__len__") else key)
    else:
        text = "<" + _word(_TYPE["__name__"].__get__(kind)) + ">"
    return "[" + _word(text) + "]"


def _is_python(kind):
    """Whether the type was made by a class statement: its instances may have attributes."""
    return _TYPE["__flags__"].__get__(kind) & (1 << 9) != 0


class _Kind(object):
    """What instances of one type call their references."""

    def __init__(self, kind):
        self.kind = kind
        mro = _mro(kind)
        self.members = []
        self.dictionary = None
        for base in mro:
            attributes = _class_dict(base)
            for name, value in list(attributes.items()):
                if type(value) is _MEMBER and type(name) is str:
                    self.members.append((name, value))
            for name in _HOLDERS.get(id(base), ()):
                if name in attributes:
                    self.members.append((name, attributes[name]))
            if self.dictionary is None and "__dict__" in attributes and base is not type:
                found = attributes["__dict__"]
                if type(found) is _GETSET:
                    self.dictionary = found
        self.items = None
        for base, iterate in ((list, list.__iter__), (tuple, tuple.__iter__), (deque, deque.__iter__)):
            if _is_in(base, mro):
                self.items = iterate
        self.is_dict = _is_in(dict, mro)
        self.is_set = _is_in(set, mro) or _is_in(frozenset, mro)
        self.is_class = _is_in(type, mro)
        # Names of attributes that instances keep without a dictionary (3.11 on), as far as they are known.
        self.names = []
        self.patience = 8

    def learn(self, o):
        """Looks into the dictionary of one instance; the interpreter makes it."""
        known = set(self.names)
        new = []
        for name in list(self.dictionary.__get__(o)):
            if type(name) is str and name not in known and self.is_plain(name):
                new.append(name)
        self.names += new
        if not new:
            self.patience -= 1
        return bool(new)

    def is_plain(self, name):
        """Whether reading the attribute of an instance runs nothing."""
        for base in _mro(self.kind):
            attributes = _class_dict(base)
            if name in attributes:
                kind = type(attributes[name])
                return kind is types.FunctionType or not any("__get__" in _class_dict(one) for one in _mro(kind))
        return True


_GETATTR = object.__getattribute__


def _edges_of_dict(o):
    edges = []
    add = edges.append
    for key, value in list(dict.items(o)):
        if id(type(key)) not in _ATOMS:
            add(("key", key))
        if id(type(value)) not in _ATOMS:
            add((_key(key), value))
    return edges


class _Dumper(object):
    def __init__(self, out):
        self.out = out
        self.kinds = {}
        self.told_types = set()

    def edges(self, o, kind):
        """Pairs of a label and an object: every reference that the collector sees, but not those to atoms."""
        if kind is dict:
            return _edges_of_dict(o)
        if kind is list or kind is tuple:
            return [("[%d]" % i, item) for i, item in enumerate(o) if id(type(item)) not in _ATOMS]
        referents = [r for r in gc.get_referents(o) if id(type(r)) not in _ATOMS]
        if not referents:
            return ()
        if kind is set or kind is frozenset:
            return [("element", r) for r in referents]
        if kind is _CLASSIC_OBJECT or kind is _CLASSIC:
            return [("__dict__" if type(r) is dict else "__bases__" if type(r) is tuple else "__class__", r)
                    for r in referents]
        if kind is weakref.ref:
            return [("callback", r) for r in referents]
        return self.edges_by_name(o, self.kind_of(kind), referents)

    def kind_of(self, kind):
        found = self.kinds.get(id(kind))
        if found is None:
            found = self.kinds[id(kind)] = _Kind(kind)
        return found

    def edges_by_name(self, o, kind, referents):
        names = {id(kind.kind): "__class__"}
        for name, member in kind.members:
            try:
                names[id(member.__get__(o))] = name
            except Exception:
                pass  # A slot that is not set.
        if kind.items is not None:
            for i, item in enumerate(kind.items(o)):
                names[id(item)] = "[%d]" % i
        if kind.is_dict:
            for label, item in _edges_of_dict(o):
                names[id(item)] = label
        missing = [r for r in referents if id(r) not in names]
        if not missing:
            pass
        elif kind.is_class:
            for r in missing:
                names[id(r)] = "__dict__" if type(r) is dict else "__mro__" if type(r) is tuple else ""
        elif kind.is_set:
            for r in missing:
                names[id(r)] = "element"
        elif kind.kind is types.ModuleType:
            for r in missing:
                names[id(r)] = "__dict__" if type(r) is dict else ""
        elif kind.dictionary is not None:
            self.name_attributes(o, kind, missing, names)
        return [(names.get(id(r), ""), r) for r in referents]

    @staticmethod
    def name_attributes(o, kind, missing, names):
        for r in missing:
            if type(r) is dict:
                if kind.dictionary.__get__(o) is r:
                    names[id(r)] = "__dict__"
                    return
        while True:
            for name in kind.names:
                try:
                    names[id(_GETATTR(o, name))] = name
                except AttributeError:
                    pass
            if all(id(r) in names for r in missing) or kind.patience <= 0 or sys.version_info < (3, 11):
                return
            if not kind.learn(o):
                return

    def tell_type(self, kind, o):
        """Writes the type once. Answers what stands for it."""
        if kind is _CLASSIC_OBJECT:
            kind = o.__class__
        address = id(kind)
        if address in self.told_types:
            return address
        self.told_types.add(address)
        if type(kind) is _CLASSIC:
            module = kind.__dict__.get("__module__")
            name = kind.__name__
            has_del = hasattr(kind, "__del__")
        else:
            name = _TYPE["__name__"].__get__(kind)
            qualified = _TYPE["__qualname__"].__get__(kind) if "__qualname__" in _TYPE else name
            module = _class_dict(kind).get("__module__") if _is_python(kind) else None
            has_del = any("__del__" in _class_dict(base) for base in _mro(kind))
        short = _word(name)
        full = _word(qualified if type(kind) is not _CLASSIC else name)
        if type(module) is str and module not in ("builtins", "__builtin__"):
            full = _word(module) + "." + full
        self.line("type\t%x\t%s\t%s\t%s" % (address, full, short, "d" if has_del else ""))
        return address

    @staticmethod
    def name_of(o, kind):
        """A name that the object gives itself; empty: none."""
        if kind is types.ModuleType:
            return "module " + _word(_MODULE_DICT.__get__(o).get("__name__"))
        if kind is types.FunctionType:
            return "function " + _word(o.__module__) + "." + _word(getattr(o, "__qualname__", o.__name__))
        if kind is _CLASSIC:
            return "class " + _word(o.__name__)
        if kind is type or _is_in(type, _mro(kind)):
            name = _TYPE["__qualname__" if "__qualname__" in _TYPE else "__name__"].__get__(o)
            module = _class_dict(o).get("__module__")
            return "class " + (_word(module) + "." if type(module) is str else "") + _word(name)
        return ""

    def line(self, text):
        self.out.append(text)


def _own_frames():
    """The ids of the frames of this module's functions that run."""
    frame = sys._getframe()
    own = set()
    while frame is not None and frame.f_globals is globals():
        own.add(id(frame))
        frame = frame.f_back
    return own


def _variables(frame):
    """The local variables of a call, as they are: nothing is left behind in the frame."""
    kept = frame.f_locals
    pairs = [(name, value) for name, value in dict(kept).items() if id(type(value)) not in _ATOMS]
    # Before 3.13 this is a copy that the frame keeps.
    if sys.version_info < (3, 13) and frame.f_code.co_flags & 1:
        kept.clear()
    return pairs


def _roots():
    """(name, how, same, pairs): modules, __main__ first; then the calls of every thread."""
    modules = [(name, module) for name, module in list(sys.modules.items()) if type(module) is types.ModuleType]
    modules.sort(key=lambda item: (item[0] != "__main__", item[0]))
    for name, module in modules:
        if module is not sys.modules[__name__]:
            names = _MODULE_DICT.__get__(module)
            yield "module " + _word(name), "v", id(names), [
                (_word(key) if type(key) is str else _key(key), value)
                for key, value in list(names.items()) if id(type(value)) not in _ATOMS
            ]
    for thread, frame in list(sys._current_frames().items()):
        while frame is not None:
            if frame.f_globals is not globals() and frame.f_code.co_name != "<module>":
                code = frame.f_code
                name = "call of %s (%s:%d)" % (_word(code.co_name), _word(code.co_filename), frame.f_lineno or 0)
                # From 3.11 on a frame that runs is no object that refers to its variables.
                yield name, "v" if sys.version_info < (3, 11) else "h", id(frame), _variables(frame)
            frame = frame.f_back


def _forget_exceptions():
    """2.7 keeps the last exception that was caught, and with it the calls of this module."""
    if sys.version_info[0] == 2:
        sys.exc_clear()


def dump(path):
    """Writes the heap to a file. Answers how many objects it has."""
    was_enabled = gc.isenabled()
    state = (gc.get_debug(), gc.get_threshold(), gc.get_count())
    gc.disable()
    try:
        with open(path, "wb") as file:
            return _write(file, was_enabled, state)
    finally:
        _forget_exceptions()
        if was_enabled:
            gc.enable()


def _write(file, was_enabled, state):
    own = _own_frames()
    objects = gc.get_objects()
    objects.append([])  # Nothing but `objects` refers to it: what it counts is due to this function.
    counts = [sys.getrefcount(o) for o in objects]
    ours = counts.pop()
    objects.pop()

    lines = []
    dumper = _Dumper(lines)
    lines.append("cyclecheck-heap 1")
    lines.append("gc\t%s\t%d\t%d\t%s\t%s" % (
        "%d.%d.%d" % tuple(sys.version_info[:3]), was_enabled, state[0], ",".join(map(str, state[1])),
        ",".join(map(str, state[2]))))

    def flush():
        lines.append("")
        file.write("\n".join(lines).encode("ascii"))
        del lines[:]

    known = set(map(id, objects))
    module = sys.modules[__name__]
    skipped = own | {id(objects), id(counts), id(lines), id(dumper), id(known), id(module), id(module.__dict__)}
    found = []  # What the collector does not list: objects of types without references, and frozen ones.
    written = 0

    def tell(o, references, how):
        kind = type(o)
        parts = ["object\t%x\t%x\t%d\t%s\t%s" % (
            id(o), dumper.tell_type(kind, o), references, how, dumper.name_of(o, kind))]
        for label, to in dumper.edges(o, kind):
            address = id(to)
            if address in skipped:
                continue
            if address not in known:
                known.add(address)
                found.append(to)
            parts.append("%s\t%x" % (label, address))
        lines.append("\t".join(parts))

    # What these functions share is known to the collector, too.
    skipped.update(map(id, tell.__closure__ + flush.__closure__ + (tell, flush, found, skipped)))
    for i, o in enumerate(objects):
        if id(o) in skipped:
            continue
        tell(o, counts[i] - ours, "t")
        written += 1
        if len(lines) > 20000:
            flush()
    _forget_exceptions()
    for name, how, same, pairs in _roots():
        parts = ["root\t%s\t%s\t%x" % (name, how, same)]
        for label, to in pairs:
            address = id(to)
            if address in skipped:
                continue
            if address not in known:
                known.add(address)
                found.append(to)
            parts.append("%s\t%x" % (label, address))
        lines.append("\t".join(parts))
    # It grows as they are told.
    for o in found:
        tell(o, 0, "f" if gc.is_tracked(o) else "u")
        written += 1
        if len(lines) > 20000:
            flush()
    lines.append("end\t%d" % written)
    flush()
    # The call's own frame is among the objects: a cycle that would stay.
    del objects[:], found[:]
    return written
