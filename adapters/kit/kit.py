"""The kit for Python: whatever a subject with a contract is made of but the objects themselves. It reads requests
(docs/subject-protocol.md), runs the operations of a trace (docs/memory-model.md, rules N1 to N15, and
docs/contracts.md, section 2), and writes the log. An adapter extends Machine. Python 3.6 and later; nothing but the standard library."""
import re
import sys


class Meta:
    """What is known of an object, also when it is dead."""
    __slots__ = ("name", "serial", "kind", "script", "dead", "script_ran", "is_proxy", "epoch", "place")

    def label(self):
        return "n%d#%d" % (self.name, self.serial) if self.serial else "n%d" % self.name


class Machine:
    """Every object of the trace has its Meta in `meta`. The machine holds objects in its own variables; no local
    variable holds one any longer than its operation runs."""

    def __init__(self, name, version, contract, without=""):
        self.name, self.version, self.contract, self.without = name, version, contract, without
        found = re.search(r"collections=(\d)", contract)
        self.quiet = int(found.group(1)) if found else 1
        self.has_finalizers = re.search(r"finalizers=(once|always)", contract) is not None
        self.has_callbacks = re.search(r"callbacks=(before|after)", contract) is not None
        self.epoch = 0
        self.is_over = True

    # --- The adapter's part ---

    def create(self, meta):
        """An object of meta.kind, with a finalizer if meta.script is not None; a tuple has its items from set_items."""
        raise NotImplementedError

    def refer(self, meta, referent):
        """A weak reference, with a callback if meta.script is not None."""
        raise NotImplementedError

    def answer(self, weak):
        raise NotImplementedError

    def find_labelled(self, meta):
        """The object, wherever it is; None: it cannot be had any more."""
        raise NotImplementedError

    def collect(self):
        raise NotImplementedError

    def settle(self):
        """What is left to be done behind an operation."""

    # Objects with attributes have sixteen slots, empty or not; the others have a list `slots`.

    @staticmethod
    def has_attributes(obj):
        return obj.meta.kind in ("instance", "dict")

    def size(self, obj):
        return 16 if self.has_attributes(obj) else len(obj.slots)

    def get(self, obj, slot):
        return getattr(obj, "a%d" % slot, None) if self.has_attributes(obj) else obj.slots[slot]

    def set(self, obj, slot, value):
        if not self.has_attributes(obj):
            obj.slots[slot] = value
        elif value is None:
            delattr(obj, "a%d" % slot)
        else:
            setattr(obj, "a%d" % slot, value)

    # --- What the adapter tells ---

    def died(self, meta):
        if self.is_over or meta.epoch != self.epoch:
            return
        meta.dead = True
        self.log("died " + meta.label())

    def finalizer(self, obj):
        self.activate("finalizer ", obj)

    def callback(self, weak):
        self.activate("callback ", weak)

    def activate(self, event, this):
        meta = this.meta
        if self.is_over or meta.epoch != self.epoch:
            return
        self.log(event + meta.label())
        if meta.script_ran:
            return
        meta.script_ran = True
        self.scripts += 1
        for op in meta.script:
            if op["word"] == "raise":
                self.log("raised " + meta.label())
                break
            self.run(op, this)
            self.step()
        self.scripts -= 1

    def log(self, event):
        self.events.append(event)

    def step(self):
        self.events.append("step")

    # --- Objects and variables ---

    def make(self, name, kind, script=None, referent=None):
        meta = Meta()
        meta.name, meta.kind, meta.epoch = name, kind, self.epoch
        meta.dead = meta.script_ran = meta.is_proxy = False
        meta.script = script
        obj = self.create(meta) if referent is None else self.refer(meta, referent)
        obj.meta = meta
        labelled = self.labels.setdefault(name, [])
        meta.serial = len(labelled)
        labelled.append(meta)
        if self.events:
            self.log("made " + meta.label())
        return obj

    def look_up(self, name):
        if not self.scripts and self.scopes and self.scopes[-1].get(name) is not None:
            return self.scopes[-1][name]
        return self.globals.get(name)

    def find(self, operand, this):
        kind, name, slot = operand
        if kind == "self":
            obj = this
        elif kind == "label":
            obj = self.find_labelled(self.labels[name][-1]) if name in self.labels else None
        else:
            obj = self.look_up(name)
        if obj is None or obj.meta.dead or slot is None:
            return None if obj is None or obj.meta.dead else obj
        if obj.meta.kind == "weak" or slot >= self.size(obj):
            return None
        obj = self.get(obj, slot)
        return None if obj is None or obj.meta.dead else obj

    def bind(self, name, value):
        scope = self.globals if self.scripts or not self.scopes else self.scopes[-1]
        if value is not None or name in scope:
            scope[name] = value

    # --- Operations ---

    def run(self, op, this):
        word, x = op["word"], op["x"]
        if word == "new":
            kind = "instance" if op["kind"] == "classic" else op["kind"]
            has_finalizer = self.has_finalizers and kind in ("node", "instance")
            self.bind(x, self.make(x, kind, op["script"] if has_finalizer else None))
        elif word == "bulk":
            into = self.look_up(x)
            if into is not None and not into.meta.dead and into.meta.kind == "node":
                for _ in range(op["n"]):
                    into.slots.append(self.make(x, "node"))
        elif word == "let":
            a = self.find(op["a"], this)
            if a is not None:
                self.bind(x, a)
        elif word == "root":
            a = self.find(op["a"], this)
            if a is not None and a.meta.kind != "weak":
                self.globals[a.meta.name] = a
        elif word == "drop":
            if not self.scripts and self.scopes and self.scopes[-1].get(x) is not None:
                self.scopes[-1][x] = None
            elif self.globals.get(x) is not None:
                self.globals[x] = None
        elif word in ("append", "remove", "store", "erase", "clear"):
            self.mutate(op, this)
        elif word == "tuple":
            a = self.find(op["a"], this)
            if a is None or a.meta.kind == "weak" or self.has_attributes(a) or not a.slots:
                return
            items = list(a.slots)
            made = self.make(x, "tuple")
            made.slots = items
            self.bind(x, made)
        elif word == "call":
            if not self.scripts and len(self.scopes) < 64:
                # Names are numbers; the arguments come first.
                self.scopes.append({"a": self.find(op["a"], this), "b": self.find(op["b"], this)})
        elif word == "return":
            if not self.scripts and self.scopes:
                self.leave()
        elif word in ("weakref", "subref", "proxy"):
            a = self.find(op["a"], this)
            if a is not None and a.meta.kind in ("node", "instance"):
                made = self.make(x, "weak", op["script"] if self.has_callbacks else None, a)
                made.meta.is_proxy = word == "proxy"
                self.bind(x, made)
        elif word in ("deref", "use"):
            weak = self.find(op["a"], this)
            if weak is None or weak.meta.kind != "weak" or (word == "use" and not weak.meta.is_proxy):
                return
            found = self.answer(weak)
            if word == "use":
                self.log("used %d" % (found is not None))
            else:
                self.log("deref " + ("None" if found is None else found.meta.label()))
                self.bind(x, found)
        elif word == "collect":
            if op["n"] > 2:
                self.log("error 0")
            else:
                self.log("collect %d" % op["n"])
                self.collect()
                self.log("returned 0")
        elif word == "shutdown" and not self.scripts:
            self.shut_down()

    def mutate(self, op, this):
        word, slot = op["word"], op["n"]
        a = self.find(op["a"], this)
        b = self.find(op["b"], this) if op["b"] else None
        if a is None or (op["b"] and b is None) or a.meta.kind in ("weak", "tuple"):
            return
        if word == "append":
            if not self.has_attributes(a):
                a.slots.append(b)
                return
            for i in range(16):
                if self.get(a, i) is None:
                    self.set(a, i, b)
                    return
        elif word == "store":
            if slot < self.size(a):
                self.set(a, slot, b)
        elif word == "erase":
            if slot < self.size(a):
                self.erase(a, slot)
        elif word == "remove":
            for i in range(self.size(a)):
                if self.get(a, i) is b:
                    self.erase(a, i)
                    return
        elif self.has_attributes(a):
            for i in range(16):
                if self.get(a, i) is not None:
                    self.set(a, i, None)
                    self.step()
        else:
            a.slots = []

    def erase(self, a, slot):
        if not self.has_attributes(a):
            del a.slots[slot]
        elif self.get(a, slot) is not None:
            self.set(a, slot, None)

    def leave(self):
        scope = self.scopes.pop()
        for name in list(scope):
            if scope[name] is not None:
                scope[name] = None
                self.step()

    def collect_and_settle(self):
        self.collect()
        self.settle()
        self.step()

    def shut_down(self):
        while self.scopes:
            self.leave()
        self.collect_and_settle()
        quiet = 0
        for _ in range(64):
            before, steps, i = len(self.events), 1, 0
            while i < len(self.globals):
                name = list(self.globals)[i]
                i += 1
                if self.globals[name] is not None:
                    self.globals[name] = None
                    self.step()
                    steps += 1
            self.collect_and_settle()
            happened = len(self.events) - before > steps or any(self.globals[name] is not None for name in self.globals)
            quiet = 0 if happened else quiet + 1
            if quiet == self.quiet:
                break
        for labelled in self.labels.values():
            for meta in labelled:
                if not meta.dead and meta.kind != "weak":
                    self.log("leaked " + meta.label())

    # --- The protocol ---

    def run_trace(self, lines):
        self.epoch += 1
        self.globals, self.scopes, self.labels, self.events, self.scripts = {}, [], {}, [], 0
        self.is_over = is_shut_down = False
        text, index = ["log"], 0
        for line in lines:
            if re.match(r"(run|cyclecheck-trace|profile|threshold|disabled|free_lists_filled)\b", line):
                continue
            op = Parser(line).operation()
            if not is_shut_down:
                self.run(op, None)
                self.settle()
            is_shut_down = is_shut_down or op["word"] == "shutdown"
            op = None
            if self.events:
                text.append("%d:" % index)
                text.extend(" " + event for event in self.events)
                self.events = []
            index += 1
        self.is_over = True
        self.globals, self.scopes = {}, []
        return "\n".join(text + ["end %d" % index]) + "\n"

    def serve(self):
        sys.stdout.write(
            "cyclecheck-subject 2\nname %s\nversion %s\ncontract %s\n" % (self.name, self.version, self.contract) +
            ("without %s\n" % self.without if self.without else "") +
            "operations new bulk let root drop append remove store erase clear call return safepoint weakref subref "
            "proxy deref use collect enable disable set_threshold tuple shutdown raise\nready\n")
        sys.stdout.flush()
        lines = []
        for line in iter(sys.stdin.readline, ""):
            line = line.rstrip("\r\n")
            if line != "end":
                lines.append(line)
                continue
            sys.stdout.write(self.run_trace(lines))
            sys.stdout.flush()
            lines = []


class Parser:
    """One line of a trace. Traces come from CycleCheck and are valid."""

    def __init__(self, line):
        self.words = re.findall(r"\w+|[@\[\]{}=;]", line)
        self.at = 0

    def peek(self):
        return self.words[self.at] if self.at < len(self.words) else None

    def next(self):
        self.at += 1
        return self.words[self.at - 1]

    def name(self):
        return int(self.next()[1:])

    def operand(self):
        kind = "variable"
        if self.peek() == "@":
            self.next()
            kind = "label"
        word = self.next()
        if word == "self":
            kind = "self"
        slot = None
        if self.peek() == "[":
            self.next()
            slot = int(self.next())
            self.next()
        return kind, 0 if kind == "self" else int(word[1:]), slot

    def script(self):
        if self.peek() not in ("del", "legacy", "cb"):
            return None
        self.at += 3
        made = []
        while self.peek() != "}":
            made.append(self.operation())
            if self.peek() == ";":
                self.next()
        self.next()
        return made

    def operation(self):
        op = {"word": self.next(), "x": None, "a": None, "b": None, "n": 0, "kind": None, "script": None}
        word = op["word"]
        if word in ("new", "bulk", "let", "deref", "tuple", "drop", "weakref", "subref", "proxy"):
            op["x"] = self.name()
        if word == "new":
            op["kind"] = self.next()
            op["script"] = self.script()
        elif word in ("bulk", "collect"):
            op["n"] = int(self.next())
        elif word in ("weakref", "subref", "proxy"):
            op["a"] = self.operand()
            op["script"] = self.script()
        elif word in ("store", "erase"):
            op["a"] = self.operand()
            op["n"] = int(self.next())
            if word == "store":
                op["b"] = self.operand()
        elif word in ("append", "remove", "call"):
            op["a"] = self.operand()
            op["b"] = self.operand()
        elif word in ("let", "root", "clear", "tuple", "deref", "use"):
            op["a"] = self.operand()
        elif word != "drop":
            # Nothing that the machine does.
            while self.peek() not in (None, ";", "}"):
                self.next()
        return op
