"""deposited_weakref_without_callback: a trace of CycleCheck as a script for CPython 3.11.

    cyclecheck-trace 1
    profile python3.11
    new a node
    new b node
    subref c b
    subref d b cb={}
    append a b
    append a c
    drop b
    drop c
    new e node
    append e a
    drop a
    new f node
    append f e
    new e node
    append e f
    new f node
    append f e
    new e node
    append e f
    new f node
    append f e
    new e node
    append e f
    new f node
    append f e
    new e node
    append e f
    new f node
    append f e
    new e node
    append e f
    new f node
    append f e
    new e node
    append e f
    new f node
    append f e
    new e node
    append e f
    new f node
    append f e
    new e node
    append e f
    new f node
    append f e
    new e node
    append e f
    new f node
    append f e
    new e node
    append e f
    new f node
    append f e
    new e node
    append e f
    new f node
    append f e
    new e node
    append e f
    new f node
    append f e
    new e node
    append e f
    new f node
    append f e
    new e node
    append e f
    new f node
    append f e
    new e node
    append e f
    new f node
    append f e
    new e node
    append e f
    new f node
    append f e
    new e node
    append e f
    new f node
    append f e
    new e node
    append e f
    new f node
    append f e
    new e node
    append e f
    new f node
    append f e
    new e node
    append e f
    new f node
    append f e
    new e node
    append e f
    new f node
    append f e
    new e node
    append e f
    new f node
    append f e
    new e node
    append e f
    new f node
    append f e
    drop e
    drop f
    new a node
    new b node
    subref c b
    subref d b cb={}
    append a b
    append a c
    drop b
    drop c
    new e node
    append e a
    drop a
    new f node
    append f e
    new e node
    append e f
    new f node
    append f e
    new e node
    append e f
    new f node
    append f e
    new e node
    append e f
    new f node
    append f e
    new e node
    append e f
    new f node
    append f e
    new e node
    append e f
    new f node
    append f e
    new e node
    append e f
    new f node
    append f e
    new e node
    append e f
    new f node
    append f e
    new e node
    append e f
    new f node
    append f e
    new e node
    append e f
    new f node
    append f e
    new e node
    append e f
    new f node
    append f e
    new e node
    append e f
    new f node
    append f e
    new e node
    append e f
    new f node
    append f e
    new e node
    append e f
    new f node
    append f e
    new e node
    append e f
    new f node
    append f e
    new e node
    append e f
    new f node
    append f e
    new e node
    append e f
    new f node
    append f e
    new e node
    append e f
    new f node
    append f e
    new e node
    append e f
    new f node
    append f e
    new e node
    append e f
    new f node
    append f e
    new e node
    append e f
    new f node
    append f e
    new e node
    append e f
    new f node
    append f e
    new e node
    append e f
    new f node
    append f e
    new e node
    append e f
    new f node
    append f e
    new e node
    append e f
    drop f
    drop e

Run it with CPython 3.11; it refuses another version, unless --any-version is given. It needs nothing but the
standard library.

What it prints is the trace's log at level `garbage`: deaths, finalizers, callbacks, what weak references and
gc.collect() answer, and gc.garbage are those of the log. Not everything beyond that is: plain Python cannot
know how many containers the trace alone allocated, so counts and sizes of generations are left out.
"""
FIRST, BEHIND = (3, 11, 0), (3, 12, 0)

import gc
import os
import sys
import weakref

if not FIRST <= sys.version_info[:3] < BEHIND and "--any-version" not in sys.argv[1:]:
    sys.stderr.write(
        "this trace is for CPython from %d.%d.%d on, before %d.%d.%d, not %d.%d.%d; --any-version runs it all the same\n"
        % (FIRST + BEHIND + sys.version_info[:3])
    )
    sys.exit(2)

# --- What happens, and to whom -----------------------------------------------------------------------------------

labels = {}  # address: the label of the object that was created there last
created = {}  # name: how many objects were created under it
dead = set()  # labels of objects whose token is gone
hand = []  # what an operation holds until it binds it
variables = {}  # name, or name@depth in a called function: what it refers to
bound = []  # names of globals in the order in which they were first bound
selves = []  # the objects whose finalizers run, and the weak references whose callbacks run
scripts = {}  # label: what its finalizer or callback does, once
state = {"enabled": True, "garbage": 0, "operations": 0}
with_callback = set()  # labels of weak references


def event(text):
    sys.stdout.write("  " + text + "\n")


def end_operation():
    if len(gc.garbage) != state["garbage"]:
        state["garbage"] = len(gc.garbage)
        event("garbage_size %d" % state["garbage"])
    # A crash shall not take with it what happened before.
    sys.stdout.flush()


def operation(text):
    if state["operations"] > 0:
        end_operation()
    sys.stdout.write("%d: %s\n" % (state["operations"], text))
    state["operations"] += 1


def end():
    end_operation()
    # What the end of the interpreter would finalize is no part of the trace.
    os._exit(0)


class Watch(weakref.ref):
    __slots__ = ("label",)


watches = []


def token_died(watch):
    dead.add(watch.label)
    event("died " + watch.label)


def new_token(label):
    """Something that an object alone owns and whose release tells that the object was cleared or deallocated.

    A code object is in none of the collector's lists, is no container, and can be weakly referenced.
    """
    token = compile("0", label, "eval")
    watch = Watch(token, token_died)
    watch.label = label
    watches.append(watch)
    return token


def identify(name):
    """The label of the object in hand, which was created just now."""
    serial = created.get(name, 0)
    created[name] = serial + 1
    label = name if serial == 0 else "%s#%d" % (name, serial)
    labels[id(hand[-1])] = label
    return label


def activate(word, holder):
    """Runs the script of a finalizer or callback when it is entered for the first time.

    A list holds the object, and no caller does: up to 3.10 a frame that ends deep in the trashcan is released later,
    with its variables.
    """
    this = holder.pop()
    label = labels[id(this)]
    event(word + " " + label)
    script = scripts.pop(label, None)
    if script is None:
        del this
        return
    selves.append(this)
    del this
    try:
        script()
    finally:
        selves.pop()


# --- Classes -----------------------------------------------------------------------------------------------------


class Node(list):
    __slots__ = ("token", "__weakref__")

    def itself(self):
        return self


class SubRef(weakref.ref):
    __slots__ = ()


CONTAINERS = [
    Node,
]
WEAK = [
    SubRef,
]


# --- Names -------------------------------------------------------------------------------------------------------


def key_of(name):
    """The variable that a name looks up."""
    return name


def bind(name):
    """Binds a variable to what is in hand. The old value is released after the store."""
    key, known = name, bound
    old = variables.get(key)
    if hand[-1] is None:
        hand.pop()
        variables.pop(key, None)
    else:
        if key not in known:
            known.append(key)
        variables[key] = hand.pop()


def find(operand):
    """The object that an operand names; None if there is none or it is dead.

    x: what a variable refers to; @x: what was created last under a name; self; and with [i] a slot of that.
    """
    name, _, index = operand.partition("[")
    if name == "self":
        found = selves[-1] if selves else None
    else:
        found = variables.get(key_of(name))
    if found is None or labels[id(found)] in dead:
        return None
    return found


def first(a):
    """Where the slots of a list begin."""
    return 0


# --- Operations --------------------------------------------------------------------------------------------------


def new(name, cls, script=None):
    hand.append(cls())
    label = identify(name)
    if script is not None:
        scripts[label] = script
    hand[-1].token = new_token(label)
    bind(name)


def drop(name):
    variables.pop(key_of(name), None)


def append(a, b):
    a, b = find(a), find(b)
    if type(a) not in CONTAINERS or b is None:
        del b
        return
    if isinstance(a, list):
        a.append(b)
    del b


def can_be_reused(referent, kind):
    for weak in weakref.getweakrefs(referent):
        if type(weak) is kind and labels[id(weak)] not in with_callback:
            return True
    return False


def make_weak(name, operand, kind, make, callback, script):
    referent = find(operand)
    if type(referent) not in CONTAINERS or type(referent) in (list, dict):
        return
    reused = callback is False and kind is not SUBREF and can_be_reused(referent, kind)
    hand.append(make(referent, called) if callback else make(referent))
    if not reused:
        label = identify(name)
        if callback:
            with_callback.add(label)
        if script is not None:
            scripts[label] = script
    bind(name)


def called(weak):
    holder = [weak]
    del weak
    activate("callback", holder)


SUBREF = SubRef
def subref(name, a, callback=False, script=None):
    make_weak(name, a, SubRef, SubRef, callback, script)


# --- The trace ---------------------------------------------------------------------------------------------------


gc.disable()
gc.set_threshold(700, 10, 10)
sys.setrecursionlimit(10000)
gc.collect()
variables[""] = hand  # so that it is tracked
if hasattr(gc, "freeze"):  # from 3.7 on
    gc.freeze()
del variables[""]
sys.stdout.write("cyclecheck-log 1\n")

operation("new a node")
new("a", Node)

operation("new b node")
new("b", Node)

operation("subref c b")
subref("c", "b")

operation("subref d b cb={}")
subref("d", "b", callback=True)

operation("append a b")
append("a", "b")

operation("append a c")
append("a", "c")

operation("drop b")
drop("b")

operation("drop c")
drop("c")

operation("new e node")
new("e", Node)

operation("append e a")
append("e", "a")

operation("drop a")
drop("a")

operation("new f node")
new("f", Node)

operation("append f e")
append("f", "e")

operation("new e node")
new("e", Node)

operation("append e f")
append("e", "f")

operation("new f node")
new("f", Node)

operation("append f e")
append("f", "e")

operation("new e node")
new("e", Node)

operation("append e f")
append("e", "f")

operation("new f node")
new("f", Node)

operation("append f e")
append("f", "e")

operation("new e node")
new("e", Node)

operation("append e f")
append("e", "f")

operation("new f node")
new("f", Node)

operation("append f e")
append("f", "e")

operation("new e node")
new("e", Node)

operation("append e f")
append("e", "f")

operation("new f node")
new("f", Node)

operation("append f e")
append("f", "e")

operation("new e node")
new("e", Node)

operation("append e f")
append("e", "f")

operation("new f node")
new("f", Node)

operation("append f e")
append("f", "e")

operation("new e node")
new("e", Node)

operation("append e f")
append("e", "f")

operation("new f node")
new("f", Node)

operation("append f e")
append("f", "e")

operation("new e node")
new("e", Node)

operation("append e f")
append("e", "f")

operation("new f node")
new("f", Node)

operation("append f e")
append("f", "e")

operation("new e node")
new("e", Node)

operation("append e f")
append("e", "f")

operation("new f node")
new("f", Node)

operation("append f e")
append("f", "e")

operation("new e node")
new("e", Node)

operation("append e f")
append("e", "f")

operation("new f node")
new("f", Node)

operation("append f e")
append("f", "e")

operation("new e node")
new("e", Node)

operation("append e f")
append("e", "f")

operation("new f node")
new("f", Node)

operation("append f e")
append("f", "e")

operation("new e node")
new("e", Node)

operation("append e f")
append("e", "f")

operation("new f node")
new("f", Node)

operation("append f e")
append("f", "e")

operation("new e node")
new("e", Node)

operation("append e f")
append("e", "f")

operation("new f node")
new("f", Node)

operation("append f e")
append("f", "e")

operation("new e node")
new("e", Node)

operation("append e f")
append("e", "f")

operation("new f node")
new("f", Node)

operation("append f e")
append("f", "e")

operation("new e node")
new("e", Node)

operation("append e f")
append("e", "f")

operation("new f node")
new("f", Node)

operation("append f e")
append("f", "e")

operation("new e node")
new("e", Node)

operation("append e f")
append("e", "f")

operation("new f node")
new("f", Node)

operation("append f e")
append("f", "e")

operation("new e node")
new("e", Node)

operation("append e f")
append("e", "f")

operation("new f node")
new("f", Node)

operation("append f e")
append("f", "e")

operation("new e node")
new("e", Node)

operation("append e f")
append("e", "f")

operation("new f node")
new("f", Node)

operation("append f e")
append("f", "e")

operation("new e node")
new("e", Node)

operation("append e f")
append("e", "f")

operation("new f node")
new("f", Node)

operation("append f e")
append("f", "e")

operation("new e node")
new("e", Node)

operation("append e f")
append("e", "f")

operation("new f node")
new("f", Node)

operation("append f e")
append("f", "e")

operation("new e node")
new("e", Node)

operation("append e f")
append("e", "f")

operation("new f node")
new("f", Node)

operation("append f e")
append("f", "e")

operation("new e node")
new("e", Node)

operation("append e f")
append("e", "f")

operation("new f node")
new("f", Node)

operation("append f e")
append("f", "e")

operation("new e node")
new("e", Node)

operation("append e f")
append("e", "f")

operation("new f node")
new("f", Node)

operation("append f e")
append("f", "e")

operation("new e node")
new("e", Node)

operation("append e f")
append("e", "f")

operation("new f node")
new("f", Node)

operation("append f e")
append("f", "e")

operation("drop e")
drop("e")

operation("drop f")
drop("f")

operation("new a node")
new("a", Node)

operation("new b node")
new("b", Node)

operation("subref c b")
subref("c", "b")

operation("subref d b cb={}")
subref("d", "b", callback=True)

operation("append a b")
append("a", "b")

operation("append a c")
append("a", "c")

operation("drop b")
drop("b")

operation("drop c")
drop("c")

operation("new e node")
new("e", Node)

operation("append e a")
append("e", "a")

operation("drop a")
drop("a")

operation("new f node")
new("f", Node)

operation("append f e")
append("f", "e")

operation("new e node")
new("e", Node)

operation("append e f")
append("e", "f")

operation("new f node")
new("f", Node)

operation("append f e")
append("f", "e")

operation("new e node")
new("e", Node)

operation("append e f")
append("e", "f")

operation("new f node")
new("f", Node)

operation("append f e")
append("f", "e")

operation("new e node")
new("e", Node)

operation("append e f")
append("e", "f")

operation("new f node")
new("f", Node)

operation("append f e")
append("f", "e")

operation("new e node")
new("e", Node)

operation("append e f")
append("e", "f")

operation("new f node")
new("f", Node)

operation("append f e")
append("f", "e")

operation("new e node")
new("e", Node)

operation("append e f")
append("e", "f")

operation("new f node")
new("f", Node)

operation("append f e")
append("f", "e")

operation("new e node")
new("e", Node)

operation("append e f")
append("e", "f")

operation("new f node")
new("f", Node)

operation("append f e")
append("f", "e")

operation("new e node")
new("e", Node)

operation("append e f")
append("e", "f")

operation("new f node")
new("f", Node)

operation("append f e")
append("f", "e")

operation("new e node")
new("e", Node)

operation("append e f")
append("e", "f")

operation("new f node")
new("f", Node)

operation("append f e")
append("f", "e")

operation("new e node")
new("e", Node)

operation("append e f")
append("e", "f")

operation("new f node")
new("f", Node)

operation("append f e")
append("f", "e")

operation("new e node")
new("e", Node)

operation("append e f")
append("e", "f")

operation("new f node")
new("f", Node)

operation("append f e")
append("f", "e")

operation("new e node")
new("e", Node)

operation("append e f")
append("e", "f")

operation("new f node")
new("f", Node)

operation("append f e")
append("f", "e")

operation("new e node")
new("e", Node)

operation("append e f")
append("e", "f")

operation("new f node")
new("f", Node)

operation("append f e")
append("f", "e")

operation("new e node")
new("e", Node)

operation("append e f")
append("e", "f")

operation("new f node")
new("f", Node)

operation("append f e")
append("f", "e")

operation("new e node")
new("e", Node)

operation("append e f")
append("e", "f")

operation("new f node")
new("f", Node)

operation("append f e")
append("f", "e")

operation("new e node")
new("e", Node)

operation("append e f")
append("e", "f")

operation("new f node")
new("f", Node)

operation("append f e")
append("f", "e")

operation("new e node")
new("e", Node)

operation("append e f")
append("e", "f")

operation("new f node")
new("f", Node)

operation("append f e")
append("f", "e")

operation("new e node")
new("e", Node)

operation("append e f")
append("e", "f")

operation("new f node")
new("f", Node)

operation("append f e")
append("f", "e")

operation("new e node")
new("e", Node)

operation("append e f")
append("e", "f")

operation("new f node")
new("f", Node)

operation("append f e")
append("f", "e")

operation("new e node")
new("e", Node)

operation("append e f")
append("e", "f")

operation("new f node")
new("f", Node)

operation("append f e")
append("f", "e")

operation("new e node")
new("e", Node)

operation("append e f")
append("e", "f")

operation("new f node")
new("f", Node)

operation("append f e")
append("f", "e")

operation("new e node")
new("e", Node)

operation("append e f")
append("e", "f")

operation("new f node")
new("f", Node)

operation("append f e")
append("f", "e")

operation("new e node")
new("e", Node)

operation("append e f")
append("e", "f")

operation("new f node")
new("f", Node)

operation("append f e")
append("f", "e")

operation("new e node")
new("e", Node)

operation("append e f")
append("e", "f")

operation("new f node")
new("f", Node)

operation("append f e")
append("f", "e")

operation("new e node")
new("e", Node)

operation("append e f")
append("e", "f")

operation("drop f")
drop("f")

operation("drop e")
drop("e")

end()
