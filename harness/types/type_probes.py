"""Programs that are judged by one question of their own. Runs on 2.7 and on 3.6 to 3.15.

The first line names the rule: "# T9". The rest is a plain script.
"""
import gc
import sys
import weakref

from type_judge import Found
from type_programs import make_line
from type_memory import HEAP
from type_target import LINKS, filled, holes_in

TIMES = 100
# What is given to a type that gives back too much must not end the interpreter: it stays, with references to spare.
PADS = []


def _begin(make):
    names = [hole for hole in holes_in(make["text"]) if hole in "wxyz"]
    return ["%s = Link()" % name for name in names], names


def _as(make, name):
    return make_line("a", make, {}, name).partition("  # ")[0][len("a = "):]


def of_types(target, programs):
    """T18: an object gives its type back when it dies. What is written in Python leaves that to the interpreter."""
    if programs.in_python("__init__") or programs.in_python("__new__"):
        return
    for make in programs.makes[:2]:
        lines, names = _begin(make)
        if getattr(target.type, "__flags__", 0) & HEAP:
            yield ["# T18"] + lines + [
                "import sys", "pad = [%s] * 1000" % target.name, "n = sys.getrefcount(%s)" % target.name,
                "for i in range(%d): %s" % (TIMES, make["text"]), "gc.collect()",
                "n = sys.getrefcount(%s) - n" % target.name,
                "print(n)  # 0 is right"]
        if len(programs.types) > 1:
            yield ["# T18"] + lines + [
                "import sys", "class S(%s): pass" % target.name, "pad = [S] * 1000", "n = sys.getrefcount(S)",
                "for i in range(%d): %s" % (TIMES, _as(make, "S")), "gc.collect()", "n = sys.getrefcount(S) - n",
                "print(n)  # 0 is right"]


def of_heirs(target, programs):
    """T9: a subclass that refers to an object of its own goes away."""
    for make in programs.makes[:2]:
        lines, names = _begin(make)
        if len(programs.types) > 1:
            yield ["# T9"] + lines + [
                "import weakref", "class S(%s): pass" % target.name, "S.me = " + _as(make, "S"),
                "n = gc.get_referents(S.me).count(S)", "r = weakref.ref(S)", "del %s" % ", ".join(["S"] + names),
                "gc.collect()", "print(n, r() is None)  # 1 True is right: visited once, and gone"]


def of_depth(target, programs, deepest):
    """T13: nested ever deeper it dies without a crash. One program for each depth."""
    ways = []
    for make in programs.makes:
        for hole in sorted(make["holds"]):
            lines, names = _begin(make)
            again = filled(make["text"], {hole: "a"}).replace("%", "%%")
            ways.append(lines + ["a = " + make["text"], "for i in range(%d): a = " + again, "del a"])
    for edge in programs.edges:
        base, given = programs.base(edge)
        if not given:
            for hole in sorted(edge["holds"])[:1]:
                put = filled(edge["put"], {"a": "b", hole: "a"}).replace("%", "%%")
                other = [name for name in holes_in(edge["put"]) if name in "xyz" and name != hole]
                ways.append(base + ["%s = Link()" % name for name in other] +
                            ["for i in range(%%d): b = %s; %s; a = b" % (edge["make"].replace("%", "%%"), put),
                             "b = None", "del a"])
    if "nest" in target.spec:
        ways = [["x = Link()", "a = x", "for i in range(%d): a = " + target.spec["nest"], "del a"]]
    for way in ways[:2]:
        depth = 1000
        while depth <= deepest:
            yield ["# T13 %d" % depth] + [line % depth if line.startswith("for i") else line for line in way]
            depth *= 2 if depth != 512000 else 1000000 / 512000.0
            depth = int(depth)


def run(target, steps, at):
    """The answer of Judge.run() for a program whose first line names a rule."""
    rule = steps[0].split()[1]
    space = target.names()
    try:
        for i, line in enumerate(steps):
            at(i)
            if not line.startswith(("#", "print(")):
                exec(compile(line, "<program>", "exec"), space)
                PADS.extend([space[name]] * (3 * TIMES) for name in LINKS if line == name + " = Link()")
        return _judge(rule, target, space)
    except Found as found:
        return found
    except BaseException:
        return None
    finally:
        if hasattr(sys, "exc_clear"):
            sys.exc_clear()
        space.clear()
        gc.collect()


def _judge(rule, target, space):
    name = target.name
    n = space.get("n")
    if rule == "T18" and abs(n) >= TIMES:
        if n > 0 and sum(type(obj) is space.get("S", target.type) for obj in gc.get_objects()) >= TIMES:
            return None  # something keeps them
        what = "keeps a reference to its type when it dies" if n > 0 else "gives back a reference to its type too many"
        raise Found("T18", name, "an object of %s %s: the type's count is %+d after %d objects"
                    % (name, what, n, TIMES))
    if rule == "T9":
        if n > 1:
            raise Found("T9", name, "tp_traverse of a subclass visits the subclass %d times, and an object holds its "
                                    "type "
                        "once" % n)
        if n == 0 and space["r"]() is not None and sys.version_info >= (3, 9):
            raise Found("T9", name, "tp_traverse does not visit the object's type, which is a heap type: a subclass "
                                    "that "
                        "refers to an object of its own is never collected")
    return None
