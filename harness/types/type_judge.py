"""Runs a program, a list of Python lines, and judges each step. Runs on 2.7 and on 3.6 to 3.15.

The judge knows nothing of the type. It keeps a graph: the objects that the program made, what its variables, links and
tuples refer to, and what each tp_traverse shows. Every count must be what the graph says. What a step on an object of
the type takes beyond what is shown is held hidden by that object: it may, but a cycle through it leaks, and it must be
given back when the object dies. docs/contracts.md numbers the rules.
"""
import gc
import re
import sys
import types
import weakref

import type_links
from type_target import ATOMS, LINKS, OWN, TUPLES

LINK_TYPES = (type_links.Link, type_links.Observer, type_links.Meddler)
PADDING = 4
INNER_LIMIT = 3000
DANGLING = []
try:
    import contextvars

    # The first value that is set makes the thread's context, which holds it: that is no object of the program.
    contextvars.ContextVar("cyclecheck").set(None)
except ImportError:
    pass  # before 3.7
_NAME = re.compile(r"(?<![\w.'\"])([a-dstu-z])(?![\w'\"])")


class Mine(list):
    """A list of the judge: what it refers to does not count."""


class Node(object):
    """An object of the program, or one that an object of the type made for itself (inner)."""

    def __init__(self, serial, name, kind, obj):
        self.serial, self.name, self.kind, self.address = serial, name, kind, id(obj)
        self.out = {}       # serial: how often it is shown
        self.hidden = {}    # serial: how often it is held beside
        self.fields = None  # of a link
        self.ended = 0
        self.watch = None
        self.type_name = type(obj).__name__
        self.has_gc = bool(type(obj).__flags__ & (1 << 14)) if hasattr(type(obj), "__flags__") else True
        self.tracked = gc.is_tracked(obj)
        self.clear = None
        # What the type with __del__ had told when it was made.
        self.told = len(type(obj).ended) if type(obj).__name__ == "HeirWithDel" else None
        if kind != "inner":
            try:
                self.watch = weakref.ref(obj, self._end)
            except TypeError:
                pass

    def _end(self, ref):
        self.ended += 1


class Found(Exception):
    """What a program shows: the rule, the place in the type, and a sentence."""

    def __init__(self, rule, label, words):
        Exception.__init__(self, words)
        self.rule, self.label, self.words = rule, label, words
        # The memory may be damaged: what comes behind it in the same interpreter means nothing.
        self.is_fatal = rule in ("T7", "T18")


class OverReleased(Found):
    """A reference was given back that was not the type's own."""

    def __init__(self, rule, label, words):
        Found.__init__(self, rule, label, words)
        self.is_fatal = True


class Elsewhere(Exception):
    """Something outside of the program keeps an object: nothing can be judged."""


class Costs(Exception):
    """A cycle through a type without collection leaks."""

    def __init__(self, label):
        Exception.__init__(self, label)
        self.label = label


class Judge(object):
    def __init__(self, target):
        self.target = target
        self.memory = target.memory
        type_links.Observer.memory = target.memory
        gc.disable()
        # The collector looks no more at what was made while it was found out what holds references: it may be damaged.
        if not hasattr(gc, "freeze"):
            gc.collect()
        # Held, so that nothing gets the address of one of them.
        self.world_objects = Mine(gc.get_objects())
        self.world = set(map(id, self.world_objects))
        if hasattr(gc, "freeze"):
            gc.freeze()

    def run(self, steps, at=lambda i: None):
        """Nothing, or the exception that says what the steps show. The last step run is self.step."""
        self.space = self.target.names()
        self.fixed = set(self.space)
        self.nodes = {}
        self.by_address = {}
        self.serials = 0
        self.pads = Mine()
        self.pad_of = {}
        self.labels = {}
        self.own_born = set()
        self.gone = []
        self.step = -1
        self.last_label = None
        self.copies = any("copy.copy(" in step for step in steps)
        self.fails = any(step.startswith("fail_at(") for step in steps)
        # The steps that raised an exception.
        self.raised = []
        gc.collect()
        self.keep_garbage()
        self.world_objects_now = Mine(gc.get_objects())
        self.world_now = self.world | set(map(id, self.world_objects_now))
        self.world_now.update((id(self.space), id(self.nodes), id(self.__dict__)))
        watched = type_links.Observer.watched
        watched.clear()
        del type_links.Observer.tracked[:], type_links.Observer.shown[:]
        if self.target.heirs:
            del self.target.heirs[1].ended[:]
        try:
            for self.step, step in enumerate(steps):
                at(self.step)
                line, _, label = step.partition("  # ")
                for part in self.parts(line):
                    self.one(part, label)
            return None
        except (Found, Elsewhere, Costs) as result:
            return result
        finally:
            watched.clear()
            del self.pads[:]
            self.pad_of.clear()
            self.space.clear()
            self.nodes.clear()
            self.by_address.clear()
            del self.world_objects_now[:]

    # -- one step

    @staticmethod
    def parts(line):
        """A line that deletes objects of the type, then links, in two: what the type gives back is still held."""
        names = re.match(r"del (\w(?:, \w)+)$", line)
        if names is None:
            return [line]
        names = names.group(1).split(", ")
        own = max([0] + [i + 1 for i, name in enumerate(names) if name in OWN])
        return ["del " + ", ".join(part) for part in (names[:own], names[own:]) if part]

    def one(self, line, label):
        names = self.line_names = _NAME.findall(line)
        assigned = re.match(r"(\w) = ", line)
        unbound = [assigned.group(1)] if assigned else names if re.match(r"del \w(, \w)*$", line) else []
        for name in unbound:
            self.unpad(name)
        ghosts = self.ghosts() if line.startswith("gc.collect(") else []
        subjects = [self.nodes[self.serial_of(name)] for name in names
                    if name in OWN and self.serial_of(name) is not None]
        before = dict((node.serial, dict(node.out)) for node in subjects)
        result = self.execute(line)
        self.ask_referrers(line, result)
        del result
        self.after_line(line, label, names, subjects, ghosts, before)

    def execute(self, line):
        try:
            if line.startswith("gc.get_ref"):
                return Mine(eval(compile(line, "<program>", "eval"), self.space))
            exec(compile(line, "<program>", "exec"), self.space)
        except BaseException:
            self.raised.append(self.step)
        finally:
            if hasattr(sys, "exc_clear"):
                sys.exc_clear()
        return None

    def serial_of(self, name):
        obj = self.space.get(name)
        node = None if obj is None else self.by_address.get(id(obj))
        return None if node is None else node.serial

    def ask_referrers(self, line, result):
        """T15: who shows an object is found when the collector asks who refers to it."""
        if not line.startswith("gc.get_referrers("):
            return
        name = _NAME.findall(line)[0]
        serial = self.serial_of(name)
        if serial is None:
            return
        found = set(map(id, result))
        for node in self.nodes.values():
            if node.kind == "own" and node.out.get(serial) and node.address not in found and node.tracked:
                label = self.label(node, serial)
                raise Found("T15", label, "tp_traverse visits %s, but goes on when visit answers 1: it must return "
                                          "what "
                            "visit returns, and does not; gc.get_referrers() does not find the object" % label)

    def after_line(self, line, label, names, subjects, ghosts, before):
        collecting = line.startswith("gc.collect(")
        objects = self.observe()
        # What the step made comes first: a copy holds what it holds itself.
        now = [self.nodes[s] for s in [self.serial_of(n) for n in names if n in OWN] if s is not None]
        subjects = [node for node in now if node not in subjects] + subjects
        self.line_label = "" if label == "borrowed" or " of " in label else label
        if label != "borrowed":
            self.last_label = label.partition(" of ")[2] or label or self.last_label
        for node in subjects[:1] if label and label != "borrowed" else ():
            self.name_edges(node, names, label)
        # What was garbage, and must be gone. Weak references to it tell nothing: they were cleared in any case.
        self.collected = ghosts if collecting else []
        if collecting:
            del objects
            self.after_collect(ghosts)
            objects = self.observe()
        else:
            self.let_die()
        self.known_before = before
        self.compare(line, objects, subjects, before)
        del objects
        self.check_watches(line, subjects)
        self.check_told(line)
        dead = [node.address for node in self.gone if node.kind == "link" and node.ended]
        if label == "borrowed" and id(self.space.get("s")) in dead:
            raise Found("T4", self.blame(), "%s keeps an object and owns no reference to it: when the object has died "
                                            "it "
                        "gives what is in that memory now" % self.blame())

    def name_edges(self, node, names, label):
        """A label is the place in the type, or for a constructor "x=u,y=v of T(x, y)": what it calls what it is "
                                                                                     "given."""
        given, _, call = label.partition(" of ")
        holes = dict(part.split("=")[::-1] for part in given.split(",")) if call else {}
        for name in names:
            serial = self.serial_of(name)
            if serial is not None and (serial != node.serial or names.count(name) > 1):
                self.labels[node.serial, serial] = "%s of %s" % (holes.get(name, name), call) if call else label

    def observe(self):
        """Walks what can be reached, and brings the graph up to date: two lists, nodes and objects."""
        nodes, objects, seen = [], Mine(), set()
        bound = {}
        for name in sorted(self.space):
            obj = self.space[name]
            if name in self.fixed or len(name) != 1 or type(obj) in ATOMS:
                continue
            node = self.known(obj)
            if node is None:
                if id(obj) in self.world_now:
                    continue
                kind = "own" if name in OWN else "link" if name in LINKS else "tuple"
                if kind == "link" and type(obj) not in LINK_TYPES or kind == "tuple" and type(obj) is not tuple:
                    continue
                node = self.add(name, kind, obj)
            bound[node.serial] = bound.get(node.serial, 0) + 1
            if node.serial not in seen:
                seen.add(node.serial)
                nodes.append(node)
                objects.append(obj)
            if name not in self.pad_of:
                self.pads.append(Mine([obj] * PADDING))
                self.pad_of[name] = self.pads[-1]
        obj = None
        self.bound = bound
        at = 0
        while at < len(nodes):
            self.look_into(nodes[at], objects, at, nodes, seen)
            at += 1
        for node in self.nodes.values():
            # Links that nothing shows are still reached by their weak references.
            if node.serial not in seen and node.kind == "link" and not node.ended:
                obj = node.watch()
                if obj is not None:
                    seen.add(node.serial)
                    nodes.append(node)
                    objects.append(obj)
                    obj = None
        obj = None
        self.seen = seen
        return nodes, objects

    def known(self, obj):
        node = self.by_address.get(id(obj))
        return node

    def add(self, name, kind, obj):
        self.serials += 1
        node = Node(self.serials, name, kind, obj)
        self.nodes[node.serial] = node
        self.by_address[node.address] = node
        if kind == "own":
            if node.has_gc and not self.memory.missing:
                type_links.Observer.watched[node.address] = name
            if not self.memory.missing:
                node.clear = self.memory.slot(type(obj), "clear") != 0
        return node

    def look_into(self, node, objects, at, nodes, seen):
        if node.kind == "link":
            children = Mine()
            fields = {}
            for field in ("f", "g"):
                try:
                    children.append(getattr(objects[at], field))
                    fields[field] = id(children[-1])
                except AttributeError:
                    pass
            if node.fields is not None and any(fields.get(f) != a for f, a in node.fields.items()):
                if not self.is_named_first(node):
                    raise Found("T6", self.blame(), "%s is reachable, and its attributes are gone: the collector took "
                                                    "it "
                                "for garbage" % node.name)
            node.fields = fields
        elif node.kind == "tuple":
            children = Mine(objects[at])
        else:
            try:
                children = Mine(gc.get_referents(objects[at]))
            except SystemError:
                raise Found("T1", node.type_name, "tp_traverse calls visit with NULL")
            node.tracked = gc.is_tracked(objects[at])
        out = {}
        for child in children:
            other = self.known(child)
            if other is None:
                if not self.is_inner(child):
                    continue
                if len(self.nodes) > INNER_LIMIT:
                    raise Elsewhere("an object of the type leads to more than %d others" % INNER_LIMIT)
                other = self.add(type(child).__name__, "inner", child)
            out[other.serial] = out.get(other.serial, 0) + 1
            if other.serial not in seen:
                seen.add(other.serial)
                nodes.append(other)
                objects.append(child)
        node.out = out

    def is_named_first(self, node):
        """Whether the step is one on this link itself."""
        return self.serial_of(self.line_names[0]) == node.serial if self.line_names else False

    def is_inner(self, obj):
        if id(obj) in self.world_now or not getattr(type(obj), "__flags__", 0) & (1 << 14):
            return False
        if isinstance(obj, (type, types.ModuleType, Mine, type_links.Link)):
            return False
        if isinstance(obj, types.FrameType):
            return obj.f_code.co_filename == "<program>"
        return True

    def unpad(self, name):
        pad = self.pad_of.pop(name, None)
        if pad is not None:
            del pad[:]
            self.pads[:] = [p for p in self.pads if p]

    # -- what the graph says

    def incoming(self, among=None):
        """How often each is referred to, by these nodes or by all and by the variables."""
        counts = dict((serial, 0 if among is not None else self.bound.get(serial, 0)) for serial in self.nodes)
        for node in self.nodes.values() if among is None else among:
            for edges in (node.out, node.hidden):
                for serial, n in edges.items():
                    if serial in counts:
                        counts[serial] += n
        return counts

    def let_die(self):
        """Takes out of the graph what no reference is left of, and what that held."""
        counts = self.incoming()
        dying = [serial for serial, n in counts.items() if n == 0]
        while dying:
            node = self.nodes.pop(dying.pop())
            self.forget(node)
            for edges in (node.out, node.hidden):
                for serial, n in edges.items():
                    if serial in counts and serial in self.nodes:
                        counts[serial] -= n
                        if counts[serial] == 0:
                            dying.append(serial)

    def forget(self, node):
        if self.by_address.get(node.address) is node:
            del self.by_address[node.address]
        type_links.Observer.watched.pop(node.address, None)
        if node.kind != "inner":
            self.gone.append(node)
        if node.told is not None and node.ended:
            ran = self.target.heirs[1].ended[node.told:].count(node.address)
            if ran != 1:
                raise Found("T8", self.target.name, "__del__ of a subclass ran %d times for one object" % ran)

    def ghosts(self, by_hidden=True):
        """What no variable leads to, by what is shown, and by what is hidden."""
        reached = set(s for s in map(self.serial_of, list(self.space)) if s is not None)
        todo = list(reached)
        while todo:
            node = self.nodes[todo.pop()]
            for edges in (node.out, node.hidden if by_hidden else ()):
                for serial in edges:
                    if serial in self.nodes and serial not in reached:
                        reached.add(serial)
                        todo.append(serial)
        return [node for serial, node in sorted(self.nodes.items()) if serial not in reached]

    # -- judging

    def label(self, node, serial):
        return self.labels.get((node.serial, serial)) or self.any_label(serial) or node.type_name

    def any_label(self, serial):
        for (_, other), label in sorted(self.labels.items(), reverse=True):
            if other == serial:
                return label
        return None

    def blame(self):
        return sorted(self.labels.values())[-1] if self.labels else self.target.name

    def place_of(self, serial):
        # What another object holds that a place in the type keeps is about that place.
        holders = [node.serial for node in list(self.nodes.values()) + self.gone if serial in node.out]
        labels = [label for label in map(self.any_label, [serial] + holders) if label]
        return labels[0] if labels else self.last_label or self.target.name

    def compare(self, line, observed, subjects, before):
        nodes, objects = observed
        expected = self.incoming()
        # Nothing leads to a ghost, so that nobody saw what it holds by now.
        slack = self.incoming(self.ghosts())
        pads = {}
        for name in self.pad_of:
            serial = self.serial_of(name)
            pads[serial] = pads.get(serial, 0) + PADDING
        for at in range(len(nodes)):
            node = nodes[at]
            if node.kind == "inner" or node.serial not in self.nodes:
                continue
            n = sys.getrefcount(objects[at]) - 2 - expected[node.serial] - pads.get(node.serial, 0)
            if n > 0:
                if self.collected and node.kind == "link":
                    self.not_freed(objects[at])
                self.higher(line, node, n, subjects)
            elif n + slack[node.serial] < 0:
                self.lower(line, node, -n, subjects, before)

    def alive_own(self):
        return [node for _, node in sorted(self.nodes.items()) if node.kind == "own"]

    def higher(self, line, node, n, subjects):
        if line.startswith("gc.get_referents("):
            label = self.place_of(node.serial)
            raise Found("T14", label, "tp_traverse changes counts: gc.get_referents() left that of what %s holds "
                        "higher by %d" % (label, n))
        if line.startswith("tp_clear(") and node in subjects:
            raise Found("T16", node.type_name + ".tp_clear", "tp_clear keeps a reference to the object itself")
        holders = [s for s in subjects if s.serial in self.nodes] + self.alive_own()
        # What the step gave to the program, and was there before, another one holds rather than it itself.
        for holder in sorted(holders, key=lambda one: one is node and node.serial not in self.known_before):
            holder.hidden[node.serial] = holder.hidden.get(node.serial, 0) + n
            if self.line_label and all(self.serial_of(name) != node.serial for name in self.line_names):
                self.labels[holder.serial, node.serial] = self.line_label
            return
        self.kept(node, n)

    def kept(self, node, n):
        """What died kept something."""
        obj = node.watch() if node.watch is not None else None
        if obj is not None:
            # The type may make cycles of its own, which hold it until they are collected.
            before = sys.getrefcount(obj)
            gc.collect()
            if sys.getrefcount(obj) < before or node.ended:
                return
            holder = self.elsewhere(obj)
            del obj
            if holder:
                raise Elsewhere(holder)
        label = self.place_of(node.serial)
        if self.fails:
            raise Found("T11", label, "when a request for memory fails in %s, a reference to what it was given is "
                                      "never "
                        "given back" % label)
        shown = self.shown_before(node.serial)
        if self.copies and not shown:
            raise Elsewhere("a copy may share what its original held unseen")
        if shown:
            raise Found("T5", label, "what %s held is not given back when the object dies: its count stays %d too high"
                        % (label, n))
        what = "does not give back a reference" if label.startswith("del ") else \
            "takes a reference that is never given back"
        raise Found("T4", label, "%s %s: no object is left, and the count stays %d too high" % (label, what, n))

    def shown_before(self, serial):
        return any(node.out.get(serial) and not node.hidden.get(serial) for node in self.gone if node.kind == "own")

    def lower(self, line, node, n, subjects, before):
        for holder in subjects + self.alive_own():
            taken = min(n, holder.hidden.get(node.serial, 0))
            if taken:
                n -= taken
                holder.hidden[node.serial] -= taken
                if not holder.hidden[node.serial]:
                    del holder.hidden[node.serial]
            if not n:
                return
        label = self.place_of(node.serial)
        if line.startswith("tp_clear("):
            raise Found("T16", label, "after tp_clear tp_traverse still visits what %s held, and its count has fallen: "
                        "the reference is given up and not set to NULL" % label)
        if line.startswith("del ") or line.startswith("gc.collect("):
            raise OverReleased("T6", label, "the object that %s held has a count of %d less than it has references: "
                               "the type gave back a reference that was not its own" % (label, n))
        for subject in subjects:
            rose = subject.out.get(node.serial, 0) - before.get(subject.serial, {}).get(node.serial, 0)
            if rose > 0:
                if rose > n:
                    raise Found("T1", label, "tp_traverse visits %s %d times, and it owns %d reference%s"
                                % (label, rose, rose - n, "" if rose - n == 1 else "s"))
                raise Found("T1", label, "tp_traverse visits %s, which owns no reference: it is borrowed" % label)
        raise OverReleased("T4", label, "`%s` gives back a reference to what %s holds that it does not own: the count "
                           "is %d less than the references" % (line, label, n))

    def check_watches(self, line, subjects):
        ghosts = set(node.serial for node in self.ghosts(by_hidden=False))
        ended = [node for node in self.nodes.values() if node.watch is not None and node.ended]
        for node in ended:
            if node.serial in ghosts:
                # What held it unseen let it go: a dictionary of weak keys, say.
                del self.nodes[node.serial]
                self.forget(node)
            else:
                label = self.any_label(node.serial) or node.type_name
                raise OverReleased("T6", label, "%s was freed, and there are references to it: the type gave back what "
                                   "was not its own"
                                   % (node.name if node.kind == "link" else "an object of " + node.type_name))
        for node in self.gone:
            if node.watch is None:
                continue
            if node.ended > 1:
                raise Found("T7", node.type_name, "the callback of a weak reference was called %d times" % node.ended)
            if not node.ended:
                self.still_there(node)
        for node in self.gone:
            node.watch = None

    def still_there(self, node):
        """No reference is left by the graph, and its weak reference was not called: it lives, or it died in silence."""
        if node.kind == "own":
            if self.memory.missing or not node.has_gc:
                raise Elsewhere("it cannot be seen whether an object without references lives")
            if self.memory.count_at(node.address) == 0 or self.memory.is_freed(node.address):
                # To end the weak reference would write to the object's memory.
                DANGLING.append(node.watch)
                raise Found("T7", node.type_name, "an object died by its count, and its weak reference was neither "
                                                  "cleared "
                            "nor called")
        owners = self.alive_own()
        if owners:
            # A copy may share what its original held.
            owners[0].hidden[node.serial] = owners[0].hidden.get(node.serial, 0) + 1
            self.nodes[node.serial] = node
            self.by_address[node.address] = node
            self.gone.remove(node)
            return
        self.kept(node, 1)

    def check_told(self, line):
        if type_links.Observer.shown:
            label = self.last_label or self.target.name
            raise Found("T20", label, "`%s` releases what the object holds before it forgets it: in the finalizer of "
                        "what is released tp_traverse still shows it" % line)
        if type_links.Observer.tracked:
            raise Found("T12", self.blame(), "the object gives back what %s held while its count is 0 and the "
                                             "collector "
                        "still tracks it: PyObject_GC_UnTrack() comes too late" % self.blame())

    def after_collect(self, ghosts):
        if self.keep_garbage():
            raise Found("T3", self.blame(), "a cycle through %s goes to gc.garbage" % self.blame())
        alive = [node for node in ghosts if node.watch is not None and not node.ended]
        if alive:
            self.survived(alive, ghosts)
        for node in ghosts:
            self.nodes.pop(node.serial, None)
            self.forget(node)
        for node in list(self.nodes.values()):
            for serial in list(node.hidden):
                if serial not in self.nodes:
                    del node.hidden[serial]

    @staticmethod
    def keep_garbage():
        """Whether gc.garbage had something. It is held, or the next collection would put it there again."""
        had = bool(gc.garbage)
        DANGLING.extend(gc.garbage)
        del gc.garbage[:]
        return had

    def survived(self, alive, ghosts):
        for node in alive:
            obj = node.watch()
            holder = self.elsewhere(obj) if obj is not None else None
            del obj
            if holder:
                raise Elsewhere(holder)
        self.leaks([node for node in ghosts if node.kind == "own"], ghosts)

    def leaks(self, owns, ghosts):
        """Names what in these objects of the type keeps garbage from being collected."""
        inside = set(node.serial for node in ghosts)
        for node in owns:
            for serial, n in sorted(node.hidden.items()):
                if serial not in inside:
                    continue
                label = self.label(node, serial)
                if not node.has_gc or node.type_name.startswith("Heir") and not self.target.has_gc():
                    raise Costs(label)
                if node.out.get(serial):
                    raise Found("T4", label, "%s takes %d references, tp_traverse visits %d: a cycle through it is "
                                             "never "
                                "collected" % (label, n + node.out[serial], node.out[serial]))
                raise Found("T2", label, "%s holds a reference (its referent's count says so) but tp_traverse does not "
                            "visit it: a cycle through %s is never collected" % (label, label))
        for node in owns:
            if node.has_gc and not node.tracked:
                raise Found("T17", node.type_name, "an object that holds references is not tracked by the collector: a "
                            "cycle through it is never collected")
        self.not_cleared(owns, inside)

    def not_cleared(self, owns, inside):
        labels = sorted(set(self.label(node, serial) for node in owns for serial in node.out if serial in inside))
        label = labels[0] if labels else self.target.name
        if any(node.clear is False for node in owns):
            raise Found("T3", label, "%s has no tp_clear: a cycle through %s that nothing else can break is never "
                        "collected" % (owns[0].type_name, label))
        raise Found("T3", label, "tp_traverse shows the cycle through %s, and it is not collected: tp_clear does not "
                                 "give "
                    "up %s" % (label, " nor ".join(labels) or label))

    def not_freed(self, obj):
        """The collector found a cycle, and what it held is still held."""
        owns = [node for node in self.collected if node.kind == "own"]
        if not owns:
            return
        holder = self.elsewhere(obj)
        if holder:
            raise Elsewhere(holder)
        self.leaks(owns, self.collected)

    def elsewhere(self, obj):
        """Who outside of the program leads to the object, in words; None: nobody that can be seen."""
        if hasattr(gc, "unfreeze"):
            gc.unfreeze()
        try:
            todo, seen = Mine([obj]), set([id(obj)])
            while todo and len(seen) < 500:
                one = Mine([todo.pop(0)])
                referrers = Mine(gc.get_referrers(one[0]))
                for other in referrers:
                    if id(other) in seen or isinstance(other, (Mine, types.FrameType)) or other is self.space:
                        continue
                    if id(other) in self.world_now and other is not self.__dict__:
                        return "an object of %s keeps it" % type(other).__name__
                    seen.add(id(other))
                    todo.append(other)
            return None
        finally:
            if hasattr(gc, "freeze"):
                gc.freeze()
