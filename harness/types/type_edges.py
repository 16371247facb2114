"""How an object of the type is made, and what in it holds references: found by trying. Runs on 2.7 and on 3.6 to 3.15.

What is tried is named before: it may crash or hang the interpreter, and is skipped by the next one.
"""
import gc
import re
import sys

import type_links
import type_uses
from type_target import ATOMS, LINKS, OWN, Unusable, filled, holes_in, said_of

MAKES = (
    "T()", "T(x)", "T(x, y)", "T(x, y, z)", "T([x])", "T([x, y])", "T((x, y))", "T({x: y})", "T({'k': x})",
    "T([(x, y)])", "T(x, [y])", "T(x, (y,))", "T([x], [y])", "T(x, 1)", "T(1, x)", "T(x, 'k')", "T('k', x)",
    "T('k')", "T(1)", "T(None)", "T(x, None)", "T(None, x)", "T(x, Link)", "T(Link, x)", "T('k', (), {'k': x})",
    "T(lambda: x)", "T(i for i in (x,))", "T(iter([x]))", "T(x, y, z, w)",
)
ITEMS = ("a[x] = y", "a['k'] = x", "a[0] = x")
METHODS = ("(x)", "(x, y)", "('k', x)", "(0, x)", "([x])", "((x, y))", "({'k': x})", "(k=x)")
KEPT_MAKES = 6
KEPT_EDGES = 12
KEPT_REFUSALS = 40
# A type may give back what is not its own. What it was given stays as long as the interpreter, and what was made where
# that can be kept from the collector, so that this does not end it: it is judged later. By address.
PADS = {}
PADDING = 8
PADDED = LINKS + OWN if hasattr(gc, "freeze") else LINKS


def stands_for_another(made):
    """A proxy: it says that it is of another class than it is."""
    try:
        return made.__class__ is not type(made)
    except Exception:
        return True


class Finder(object):
    def __init__(self, target, announce, skip):
        self.target = target
        self.announce = announce
        self.skip = set(skip)
        self.tried = []
        self.borrowed = []
        # Calls that raise an exception: what they were given they may not keep.
        self.refused = []
        # A function that is made there refers to it.
        self.spaces = []

    def attempt(self, lines, measure, is_put=True):
        """Runs lines in a new world. (counts of `measure` that the last line raised, the names), or None."""
        if lines[-1] in self.skip:
            self.tried.append("%s: did not return, or ended the interpreter" % lines[-1])
            return None
        self.announce(lines)
        space = self.target.names()
        self.spaces.append(space)
        for name in measure:
            space[name] = type_links.Link()
        self.pad(space)
        before = None
        try:
            for line in lines:
                before = [sys.getrefcount(space[name]) for name in measure]
                exec(compile(line, "<program>", "exec"), space)
                self.pad(space)
            after = [sys.getrefcount(space[name]) for name in measure]
            return [n - m for n, m in zip(after, before)], space
        except BaseException as error:
            self.tried.append("%s: %s" % (lines[-1], said_of(error)))
            if is_put and measure and len(self.refused) < KEPT_REFUSALS:
                self.refused.append(lines)
            return None
        finally:
            if hasattr(sys, "exc_clear"):
                sys.exc_clear()

    @staticmethod
    def pad(space):
        for name in PADDED:
            obj = space.get(name)
            if obj is not None and id(obj) not in PADS:
                PADS[id(obj)] = [obj] * PADDING

    # -- how one is made

    def make_candidates(self):
        if "make" in self.target.spec:
            return self.target.spec["make"]
        name = self.target.name
        texts = [re.sub(r"\bT\b", name, text) for text in MAKES]
        try:
            import inspect

            parameters = [p.name for p in inspect.signature(self.target.type).parameters.values()
                          if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
        except Exception:
            parameters = ["key", "value", "default", "func", "callback"]
        return texts + ["%s(%s=x)" % (name, parameter) for parameter in parameters]

    def makes(self):
        found, seen = [], set()
        for text in self.make_candidates():
            holes = [h for h in holes_in(text) if h in "wxyz"]
            result = self.attempt(["a = " + text], holes)
            if result is None:
                continue
            raised, space = result
            made = space["a"]
            if type(made) in ATOMS or type(made) is type_links.Link:
                self.tried.append("%s: gives %s" % (text, type(made).__name__))
                continue
            if stands_for_another(made):
                raise Unusable("%s gives an object that stands for another one" % text)
            held = dict((hole, n) for hole, n in zip(holes, raised) if n > 0)
            self.look_for_borrowed("a = " + text, None, holes, raised, made, space)
            key = (tuple(sorted(held.items())), type(made))
            if key not in seen:
                seen.add(key)
                found.append({"text": text, "holds": held})
        if not found:
            raise Unusable("no %s can be made; tried:\n  %s" % (self.target.name, "\n  ".join(self.tried[-40:])))
        plain = [make for make in found if not make["holds"]][:2]
        return plain + [make for make in found if make["holds"]][:KEPT_MAKES]

    # -- what holds references

    def put_candidates(self, made):
        type_ = type(made)
        for name in sorted(set(dir(made))):
            if name in self.target.never or name.startswith("_") and name not in ("__defaults__", "__wrapped__"):
                continue
            descriptor = getattr(type_, name, None)
            if hasattr(descriptor, "__set__") or not callable(descriptor):
                yield name, "a.%s = x" % name, ("del a.%s" % name, "a.%s = None" % name)
        yield "(any attribute)", "a.any_attribute = x", ("del a.any_attribute", "a.any_attribute = None")
        for text in ITEMS:
            place = text.split(" = ")[0]
            yield place[1:], text, ("del " + place, "%s = None" % place)
        for name in sorted(set(dir(made))):
            if name in self.target.never or name.startswith("_"):
                continue
            descriptor = getattr(type_, name, None)
            if any(line.startswith("a.%s(" % name) for line in self.skip):
                continue
            if callable(descriptor) and not isinstance(descriptor, type):
                for arguments in METHODS:
                    yield name + "()", "a.%s%s" % (name, arguments), None
        if type_.__init__ is not object.__init__:
            for arguments in ("(x)", "(x, y)", "([x])"):
                yield "__init__() again", "a.__init__" + arguments, None

    def clears(self, lines, put, wanted, candidates, made):
        """The first of the candidates that takes away what was put."""
        if candidates is None:
            names = [n for n in dir(made) if not n.startswith("_") and callable(getattr(type(made), n, None))]
            first = [n for n in ("clear", "pop", "popleft", "close") if n in names]
            candidates = ["a.%s()" % n for n in first + sorted(n for n in names if n not in first and n not in self.target.never)]
            candidates += ["a.remove(x)"] if "remove" in names else []
        for candidate in candidates:
            result = self.attempt(lines + [put, candidate], wanted, False)
            if result and all(n < 0 for n in result[0]):
                return candidate
        return None

    def edges(self, makes):
        found, labels = [], set()
        if "put" in self.target.spec:
            candidates = [(label, put, (self.target.spec.get("clear", {}).get(label),))
                          for label, put in sorted(self.target.spec["put"].items())]
            found = [self.edge_from_spec(label, put, clear[0], makes) for label, put, clear in candidates]
            return found
        types = set()
        for make in makes:
            lines = ["%s = Link()" % hole for hole in holes_in(make["text"]) if hole in "wxyz"]
            # What the constructor was given must not count for what a put holds.
            text = filled(make["text"], {"x": "u", "y": "v", "z": "u", "w": "v"})
            lines = ["u = Link()", "v = Link()", "a = " + text]
            result = self.attempt(lines, [], False)
            if result is None or type(result[1]["a"]) in types:
                continue
            made = result[1]["a"]
            types.add(type(made))
            for label, put, clear in self.put_candidates(made):
                if label in labels or len(found) >= KEPT_EDGES:
                    continue
                wanted = [hole for hole in holes_in(put) if hole in "xy"]
                result = self.attempt(lines + [put], wanted)
                if result is None:
                    continue
                raised, space = result
                held = dict((hole, n) for hole, n in zip(wanted, raised) if n > 0)
                if not held:
                    self.look_for_borrowed(put, text, wanted, raised, space["a"], space)
                    continue
                labels.add(label)
                clear = self.clears(lines, put, sorted(held), clear, made)
                found.append({"label": self.target.name + ("" if label[0] == "[" else ".") + label, "put": put,
                              "holds": held, "clear": clear, "make": text})
        return found

    def edge_from_spec(self, label, put, clear, makes):
        for make in makes:
            text = filled(make["text"], {"x": "u", "y": "v", "z": "u", "w": "v"})
            wanted = [hole for hole in holes_in(put) if hole in "xyz"]
            result = self.attempt(["u = Link()", "v = Link()", "a = " + text, put], wanted)
            if result is not None:
                held = dict((hole, n) for hole, n in zip(wanted, result[0]) if n > 0)
                return {"label": self.target.name + "." + label, "put": put, "holds": held, "clear": clear,
                        "make": text}
        raise Unusable("the spec's put '%s' works with nothing that can be made; tried:\n  %s"
                       % (put, "\n  ".join(self.tried[-10:])))

    # -- what else is done with it

    def uses(self, makes, edges):
        """Of the first kind of object that holds something, with every place filled."""
        text = edges[0]["make"] if edges else filled(makes[-1]["text"], {"x": "u", "y": "v", "z": "u", "w": "v"})
        begin = ["%s = Link()" % name for name in "uvxyz"] + ["a = " + text]
        puts = [edge for edge in edges if edge["make"] == text and "__init__" not in edge["put"]]
        # One place alone holds x: what is wrong with another one has another name.
        other = {"x": "y", "y": "z"}
        begin += ["%s  # %s" % (filled(edge["put"], other if i else {}), edge["label"]) for i, edge in enumerate(puts)]
        result = self.attempt(begin, [], False)
        if result is None:
            return []
        found = type_uses.uses_of(self, begin, result[1]["a"])
        held = "x" if puts else "u" if makes[-1]["holds"] else None
        return [dict(use, begin=begin, held=held) for use in found]

    # -- a reference that is not owned

    def look_for_borrowed(self, line, make, holes, raised, made, space):
        """An attribute gives back what was put, and no count has risen: a weak reference, or a borrowed one."""
        if not re.match(r"a = \w+\(\w(, \w)*\)$|a\.\w+ = \w$|a\.\w+\(\w\)$", line):
            return  # an object made for the call may be gone
        for hole, n in zip(holes, raised):
            if n > 0:
                continue
            for name in dir(made):
                if name in self.target.never or name.startswith("__"):
                    continue
                try:
                    if getattr(made, name) is space[hole]:
                        self.borrowed.append({"line": line, "make": make, "hole": hole, "read": "a." + name})
                        break
                except Exception:
                    pass

    def find(self):
        makes = self.makes()
        edges = self.edges(makes)
        uses = self.uses(makes, edges)
        for space in self.spaces:
            space.clear()
        if not edges and not self.borrowed and not any(make["holds"] for make in makes):
            raise Unusable("nothing in %s was found to hold a reference (say it with --spec); tried:\n  %s"
                           % (self.target.name, "\n  ".join(self.tried[-60:])))
        return {"makes": makes, "edges": edges, "uses": uses, "borrowed": self.borrowed[:4],
                "refused": self.refused}
