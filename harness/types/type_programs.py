"""The programs that are run on a type: lists of Python lines. Runs on 2.7 and on 3.6 to 3.15.

First those that show each rule on each place that holds a reference, then random ones. A line may end in "  # " and the
place in the type that it is about.
"""
import re
import sys
import types

import type_uses
from type_target import filled, holes_in


class Random(object):
    """splitmix64, as in harness/system/random.hpp: one seed gives the same programs everywhere."""

    MASK = (1 << 64) - 1

    def __init__(self, seed, stream):
        self.state = (seed * 0xD1342543DE82EF95 + stream) & self.MASK
        self.next()

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & self.MASK
        word = self.state
        word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & self.MASK
        word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & self.MASK
        return word ^ (word >> 31)

    def below(self, bound):
        return ((self.next() >> 32) * bound) >> 32

    def one_of(self, choices):
        return choices[self.below(len(choices))]


def make_line(name, make, names, as_type=None):
    """"a = T(u, v)  # x=u,y=v of T(x, y)"."""
    text = make["text"]
    holes = [hole for hole in holes_in(text) if hole in "wxyz"]
    line = filled(text, names)
    if as_type is not None:
        line = re.sub(r"^\w+\(", as_type + "(", line)
    given = ",".join("%s=%s" % (hole, names.get(hole, hole)) for hole in holes)
    return "%s = %s%s" % (name, line, "  # %s of %s" % (given, text) if given else "")


class Programs(object):
    """REQUIRES: found is what type_edges.Finder.find() answers."""

    def __init__(self, target, found):
        self.target = target
        self.makes = found["makes"]
        self.edges = found["edges"]
        self.uses = found["uses"]
        self.borrowed = found["borrowed"]
        self.refused = found["refused"]
        name = target.name + "("
        self.types = [None]
        if target.heirs and all(make["text"].startswith(name) for make in self.makes):
            self.types.append("Heir")
            # Before 3.4 a cycle with __del__ is not collected.
            self.types += ["HeirWithDel"] if sys.version_info >= (3, 4) else []
        self.has_memory = not target.memory.missing

    def links(self, make, also=()):
        names = sorted(set([hole for hole in holes_in(make["text"]) if hole in "wxyz"]) | set(also))
        return ["%s = Link()" % name for name in names], names

    def base(self, edge, as_type=None):
        """The lines that make an object for an edge, and the names of what is given to it."""
        text = edge["make"]
        names = [hole for hole in holes_in(text) if hole in "uv"]
        lines = ["%s = Link()" % name for name in names]
        line = re.sub(r"^\w+\(", as_type + "(", text) if as_type else text
        return lines + ["a = " + line], names

    def put(self, edge, names, own="a"):
        return "%s  # %s" % (filled(edge["put"], dict(names, a=own)), edge["label"])

    def clear(self, edge, names, own="a"):
        return "%s  # %s" % (filled(edge["clear"], dict(names, a=own)), edge["label"])

    @staticmethod
    def end(names):
        return ["del " + ", ".join(names), "gc.collect()"]

    def first(self):
        """Each rule on each edge; what names a fault best comes first."""
        for as_type in self.types:
            for make in self.makes:
                for program in self.of_make(make, as_type):
                    yield program
            for edge in self.edges:
                for program in self.of_edge(edge, as_type):
                    yield program
        for borrowed in self.borrowed:
            yield self.of_borrowed(borrowed)
        for lines in self.refused:
            names = sorted(set(name for line in lines for name in holes_in(line) if name in "wxyz"))
            label = lines[-1][4:] if lines[-1].startswith("a = ") else lines[-1]
            yield ["%s = Link()" % name for name in names] + lines[:-1] + [lines[-1] + "  # " + label] + \
                (self.end(["a"]) if len(lines) > 1 else []) + self.end(names)

    def of_make(self, make, as_type):
        lines, names = self.links(make)
        new = make_line("a", make, {}, as_type)
        begin = lines + [new]
        yield begin + ["gc.get_referents(a)"] + self.end(["a"] + names)
        yield begin + ["gc.get_referrers(%s)" % name for name in sorted(make["holds"])] + self.end(["a"] + names)
        if as_type is None and self.has_memory:
            yield begin + ["tp_clear(a)", "gc.get_referents(a)", "tp_clear(a)"] + self.reads() + self.end(["a"] + names)
        for name in sorted(make["holds"]):
            # The witness is still held when the cycle must be gone.
            yield begin + ["w = Link()", "%s.f = a" % name, "%s.g = w" % name] + self.end(["a"] + names) + ["del w"]
            if self.has_memory and as_type is None:
                told = [line.replace("%s = Link()" % name, "%s = Observer()" % name) for line in begin]
                yield told + self.end(names)[:1] + ["del a", "gc.collect()"]
        if make["holds"]:
            yield begin + ["gc.collect()"] + self.end(names) + self.end(["a"])
            same = dict((name, sorted(make["holds"])[0]) for name in names)
            yield ["%s = Link()" % n for n in sorted(set(same.values()))] + [make_line("a", make, same, as_type)] + \
                self.end(["a"] + sorted(set(same.values())))
            yield begin + ["b = copy.copy(a)"] + self.end(["a"]) + self.end(["b"] + names)
            yield begin + ["b = copy.copy(a)", "%s.f = b" % sorted(make["holds"])[0]] + self.end(["a", "b"] + names)
            yield begin + [make_line("b", make, dict((name, "a") for name in names), as_type), "del b"] + \
                self.end(["a"] + names)
            yield begin + ["w = Link()", "w.f = a", "w.g = w"] + self.end(["a", "w"]) + self.end(names)

    def reads(self):
        """What a program may still do with an object that was cleared."""
        names = [e["put"][2:].split(" = ")[0] for e in self.edges if re.match(r"a\.\w+ = ", e["put"])]
        return ["getattr(a, '%s', None)" % name for name in names[:4]]

    def of_edge(self, edge, as_type):
        base, given = self.base(edge, as_type)
        held = sorted(edge["holds"])
        wanted = [hole for hole in holes_in(edge["put"]) if hole in "xyz"]
        begin = base + ["%s = Link()" % name for name in wanted]
        put = self.put(edge, {})
        every = ["a"] + given + wanted
        yield begin + [put, "gc.get_referents(a)"] + self.end(every)
        yield begin + [put] + ["gc.get_referrers(%s)" % name for name in held] + self.end(every)
        if as_type is None and self.has_memory:
            yield begin + [put, "tp_clear(a)", "gc.get_referents(a)", "tp_clear(a)"] + self.reads() + self.end(every)
        attribute = re.match(r"a\.\w+(?= = )", edge["put"])
        if attribute:
            yield begin + [put, attribute.group(0) + "  # reading " + edge["label"]] + self.end(every)
        if edge["clear"]:
            yield begin + [put, self.clear(edge, {}), put, self.clear(edge, {}), self.clear(edge, {})] + self.end(every)
            yield begin + [put, put, self.clear(edge, {}), "gc.collect()"] + self.end(every)
        other = dict((name, "w") for name in held)
        yield begin + ["w = Link()", put, put, self.put(edge, other)] + self.end(wanted) + self.end(["w", "a"] + given)
        for name in held:
            yield begin + [put, "w = Link()", "%s.f = a" % name, "%s.g = w" % name] + self.end(every) + ["del w"]
            yield begin + [put, "del %s" % name, "gc.collect()"] + self.end(["a"] + given)
            if as_type is None and self.has_memory:
                told = [line.replace("%s = Link()" % name, "%s = Observer()" % name) for line in begin]
                yield told + [put, "del %s" % ", ".join(given + wanted), "del a", "gc.collect()"]
            # Nothing in this cycle but the type can break it: a tuple has no tp_clear.
            yield begin + ["w = Link()", "t = (a, w)", self.put(edge, {name: "t"})] + \
                self.end(every + ["t"]) + ["del w"]
            yield begin + [self.put(edge, {name: "a"})] + self.end(every)
        yield begin + [put, "b = copy.copy(a)"] + self.end(["a"]) + self.end(["b"] + given + wanted)
        yield begin + [put, "w = Link()", "w.f = a", "w.g = w"] + self.end(["a", "w"]) + self.end(given + wanted)

    def of_borrowed(self, borrowed):
        line, hole = borrowed["line"], borrowed["hole"]
        base = ["u = Link()", "v = Link()", "a = " + borrowed["make"]] if borrowed["make"] else []
        wanted = [name for name in holes_in(line) if name in "wxyz"]
        label = "%s.%s" % (self.target.name, borrowed["read"].split(".")[-1])
        return base + ["%s = Link()" % name for name in wanted] + \
            ["%s  # %s" % (line, label), "del " + hole, "%s = Link()" % hole, "s = %s  # borrowed" % borrowed["read"]]

    def failing(self):
        """T11: each request for memory of a step fails once. Of what is written in Python, and of a function or a generator
        that is given, it would be the interpreter's own that fail."""
        name = self.target.name
        makes = [make for make in self.makes if make["text"].startswith(name + "(") and not self.in_python("__init__")
                 and not self.in_python("__new__") and not re.search(r"\blambda\b| for ", make["text"])]
        edges = [edge for edge in self.edges if edge["put"].startswith("a.") and edge["make"].startswith(name + "(")
                 and not self.in_python(re.match(r"a\.(\w+)", edge["put"]).group(1))]
        for n in range(1, 25):
            for make in makes:
                lines, names = self.links(make)
                line, _, label = make_line("a", make, {}).partition("  # ")
                yield lines + ['fail_at(%d, "%s")%s' % (n, line, label and "  # " + label)] + self.end(["a"]) + \
                    self.end(names)
            for edge in edges:
                base, given = self.base(edge)
                wanted = [hole for hole in holes_in(edge["put"]) if hole in "xyz"]
                yield base + ["%s = Link()" % name for name in wanted] + \
                    ['fail_at(%d, "%s")  # %s' % (n, edge["put"], edge["label"])] + self.end(["a"] + given) + \
                    self.end(wanted)

    def in_python(self, name):
        return isinstance(self.target.type, types.FunctionType) or \
            hasattr(getattr(self.target.type, name, None), "__code__")

    # -- random ones

    def random(self, seed, index):
        """REQUIRES: nothing; a line that does not fit does nothing."""
        draw = Random(seed, index)
        lines = []
        size = 6 + draw.below(24)
        as_type = self.types[draw.below(len(self.types))] if draw.below(3) == 0 else None
        made = []
        while len(lines) < size:
            kind = draw.below(100)
            own, link = draw.one_of("abcd"), draw.one_of("wxyz")
            if kind < 14 or not lines:
                lines.append("%s = Link()" % link)
            elif kind < 32 or not made:
                make = draw.one_of(self.makes)
                names = dict((hole, draw.one_of("wxyz" if draw.below(4) else "abcdst")) for hole in "wxyz")
                lines.append(make_line(own, make, names, as_type))
                made.append(own)
            elif kind < 38:
                line = type_uses.UsePrograms(self).random(draw, draw.one_of(made))
                lines += [line] if line else []
            elif kind < 52 and self.edges:
                edge = draw.one_of(self.edges)
                names = dict((hole, draw.one_of("wxyz" if draw.below(3) else "abcdst")) for hole in "xyz")
                lines.append(self.put(edge, names, draw.one_of(made)))
            elif kind < 58 and self.edges:
                edge = draw.one_of(self.edges)
                if edge["clear"]:
                    lines.append(self.clear(edge, {"x": link}, draw.one_of(made)))
            elif kind < 72:
                lines.append("%s.%s = %s" % (link, draw.one_of("fg"), draw.one_of("abcdwxyzst")))
            elif kind < 78:
                lines.append("%s = (%s, %s)" % (draw.one_of("st"), draw.one_of(made), link))
            elif kind < 82:
                lines.append("%s = copy.copy(%s)" % (own, draw.one_of(made)))
            elif kind < 84 and len(made) > 1:
                lines.append("%s = %s" % (own, draw.one_of(made)))
            elif kind < 94:
                lines.append("del %s" % draw.one_of("abcdwxyzst"))
            else:
                lines.append("gc.collect()")
        return lines + ["del %s" % name for name in "abcdwxyzst" if any(re.match(name + " = ", l) for l in lines)] + \
            ["gc.collect()"]
