"""What a program does with an object beside giving it references: it reads, compares, iterates, calls.

None of this may change who owns what but as tp_traverse shows. Runs on 2.7 and on 3.6 to 3.15.
"""
import re

from type_target import ATOMS, LINKS, filled, holes_in

EXPRESSIONS = (
    "repr(a)", "str(a)", "hash(a)", "len(a)", "bool(a)", "iter(a)", "next(a)", "next(iter(a))", "reversed(a)",
    "a == x", "x == a", "a != x", "a < x", "a == a", "a + x", "a + a", "a * 2", "a | a", "a & a", "a - a", "a[x]",
    "a[0]", "a['k']", "a[0:2]", "a()", "a(x)", "list(zip(range(9), a))", "a.__reduce_ex__(2)",
)
STATEMENTS = ("del a[x]", "del a[0]", "del a['k']", "with a: pass")
KEPT = 60
OFTEN = 100
CLEARS = 3


def uses_of(finder, begin, made):
    """The lines that do something with `a`, which the first lines make, and raise no exception. Those that give it a
    reference are no uses."""
    type_ = type(made)
    names = [name for name in sorted(set(dir(made))) if name not in finder.target.never and not name.startswith("_")]
    candidates = list(EXPRESSIONS + STATEMENTS)
    if hasattr(type_, "__contains__"):
        candidates.append("x in a")
    candidates += ["a.%s(a)" % name for name in ("__iadd__", "__ior__") if hasattr(type_, name)]
    for name in names:
        descriptor = getattr(type_, name, None)
        if not callable(descriptor):
            candidates.append("a." + name)
            if hasattr(descriptor, "__set__"):
                candidates.append("del a." + name)
        elif not isinstance(descriptor, type):
            candidates += ["a.%s()" % name, "a.%s(x)" % name]
    found = []
    for line in candidates:
        if len(found) >= KEPT:
            break
        if any(one.startswith(line + "  # ") for one in begin):
            continue
        result = finder.attempt(begin + [line], [], False)
        if result is None:
            continue
        answers = False
        if is_expression(line):
            result = finder.attempt(begin + ["b = " + line], [], False)
            answers = result is not None and type(result[1].get("b")) not in ATOMS
        found.append({"line": line, "answers": answers, "waits": False})
    return found


def is_expression(line):
    return line in EXPRESSIONS or not (line in STATEMENTS or line.startswith("del "))


def labelled(name, line):
    """The line, and what it is called in a finding: "len(a)  # len(deque)", "a.count(x)  # deque.count()"."""
    called = re.match(r"a(\.\w+)\(", line)
    return "%s  # %s" % (line, name + called.group(1) + "()" if called else re.sub(r"(?<![\w.])a(?!\w)", name, line))


class UsePrograms(object):
    """REQUIRES: programs is a type_programs.Programs."""

    def __init__(self, programs):
        self.programs = programs
        self.name = programs.target.name

    def all(self):
        for use in self.programs.uses:
            for program in self.of_use(use):
                # What waits is not run, and changes no number of another program.
                yield ["gc.collect()"] if use["waits"] else program
        for edge in self.programs.edges:
            for program in self.of_edge(edge):
                yield program
        clears = sorted(set(self.programs.clear(edge, {}) for edge in self.programs.edges if edge["clear"]))
        for clear in clears[:CLEARS]:
            for use in self.programs.uses:
                # What the call asks takes away what the call works on.
                yield self.meddling(use, clear.partition("  # ")[0])

    def meddling(self, use, clear):
        if use["waits"]:
            return ["gc.collect()"]
        begin = [line.replace(" = Link()", " = Meddler()") if line[0] in "xyz" else line for line in use["begin"]]
        names = sorted(set(line[0] for line in begin if line[1:4] == " = " and line[0] in LINKS))
        return begin + ["%s.does = lambda: %s" % (name, clear) for name in "xy"] + \
            ["del z", labelled(self.name, use["line"])] + self.programs.end(["a"]) + \
            self.programs.end([name for name in names if name != "z"])

    def of_use(self, use):
        begin, end = use["begin"], self.programs.end
        names = sorted(set(line[0] for line in begin if line[1:4] == " = " and line[0] in LINKS))
        line = labelled(self.name, use["line"])
        yield begin + [line] * 3 + end(["a"]) + end(names)
        if not use["answers"]:
            return
        yield begin + ["b = " + line, "c = " + line] + end(["b", "c"]) + end(["a"]) + end(names)
        line = "b = " + line
        if use["held"]:
            # What it answers is part of a cycle.
            yield begin + ["w = Link()", line, "%s.f = b" % use["held"], "%s.g = w" % use["held"]] + \
                end(["a", "b"] + names) + ["del w"]

    def of_edge(self, edge):
        programs = self.programs
        base, given = programs.base(edge)
        held = sorted(edge["holds"])
        wanted = [hole for hole in holes_in(edge["put"]) if hole in "xyz"]
        begin = base + ["%s = Link()" % name for name in wanted]
        put = programs.put(edge, {})
        every = ["a"] + given + wanted
        if programs.has_memory:
            # T20: the object that a call releases looks at who released it.
            told = base + ["%s = Observer()" % name for name in wanted] + [put, "del " + ", ".join(wanted)]
            other = dict((name, "w") for name in held)
            yield told + ["w = Link()", programs.put(edge, other)] + programs.end(["w", "a"] + given)
            if edge["clear"]:
                yield told + [programs.clear(edge, {"x": "a"})] + programs.end(["a"] + given)
            yield told + ["tp_clear(a)"] + programs.end(["a"] + given)
        # A container with many items is not always what it was with few.
        if not re.match(r"a\.\w+ = ", edge["put"]):
            many = "for i in range(%d): %s" % (OFTEN, put)
            yield begin + ["w = Link()", "%s.f = a" % held[0], "%s.g = w" % held[0], many] + programs.end(every) + \
                ["del w"]

    def random(self, draw, own):
        """A line, or None."""
        if not self.programs.uses:
            return None
        use = draw.one_of(self.programs.uses)
        if use["waits"]:
            return None
        line = filled(use["line"], {"a": own, "x": draw.one_of("wxyz")})
        line, _, label = labelled(self.name, use["line"]).replace(use["line"], line, 1).partition("  # ")
        if use["answers"] and draw.below(2):
            line = "%s = %s" % (draw.one_of("abcd"), line)
        return "%s  # %s" % (line, label)
