import gc
import os
import sys
import weakref
#if ctypes
import ctypes
#end

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
#if shutdown
leavable = []  # labels of all objects that may be left over at the end
#end
#if call
scopes = []  # for each called function, the length of bound_locals at the call
bound_locals = []
#end
#if label
latest = {}  # name: the label of the object that was created under it last
addresses = {}  # label: where the object was created
types = {}  # label: the address of its type
#end
#if weak
with_callback = set()  # labels of weak references
#end
#if refcount_in_script
held_by_call = {}  # type: references that the call of a finalizer or callback holds
#end


#if refcount
def local_references():
    """What sys.getrefcount() counts of a local variable's own: 2 up to 3.13, since its argument is another one."""
    a = object()
    return sys.getrefcount(a)


COUNTED = local_references()


#end
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
#if label
    latest[name] = label
    addresses[label] = id(hand[-1])
    types[label] = id(type(hand[-1]))
#end
    return label


#if automatic
def may_collect():
    """A place where the collector runs by itself. It is switched off, so that nothing else here can start it; the
    collections that the trace's own allocations start are these.
    """
    state["places"] = state.get("places", 0) + 1
    generation = AUTOMATIC.get(state["places"])
    if generation is not None:
        gc.collect(generation)


#end
#if raise
class ScriptError(Exception):
    pass


#end
#if activate
def activate(word, holder):
    """Runs the script of a finalizer or callback when it is entered for the first time.

    A list holds the object, and no caller does: up to 3.10 a frame that ends deep in the trashcan is released later,
    with its variables.
    """
    this = holder.pop()
#if refcount_in_script
    if type(this) not in held_by_call:
        # As refcount() finds it: held by `selves` and by one variable.
        selves.append(this)
        del this
        a = selves[-1]
        held_by_call[type(a)] = sys.getrefcount(a) - COUNTED - 1
        selves.pop()
        return
#end
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
#if raise
    except ScriptError:  # the interpreter would print it and go on
        pass
#end
    finally:
        selves.pop()


#end
#if finalizers
def finalize(self):
    holder = [self]
    del self
    activate("finalizer", holder)


#end
#if legacy3
# A legacy finalizer, which Python code cannot define any more: the slot tp_del of a class.
@ctypes.CFUNCTYPE(None, ctypes.c_void_p)
def tp_del(address):
    count = ctypes.c_ssize_t.from_address(address)
    count.value = 1
    this = ctypes.cast(address, ctypes.py_object).value
    finalize(this)
    del this
    count.value -= 1


def with_tp_del(cls):
    slot = id(cls) + 47 * ctypes.sizeof(ctypes.c_void_p)
    ctypes.c_void_p.from_address(slot).value = ctypes.cast(tp_del, ctypes.c_void_p).value
    return cls


#end
# --- Classes -----------------------------------------------------------------------------------------------------


#if node
class Node(list):
    __slots__ = ("token", "__weakref__")

    def itself(self):
        return self

#if callable
    def __call__(self, weak):
        called(weak)

#end

#if node_del
class NodeWithDel(Node):
    __slots__ = ()
    __del__ = finalize


#end
#if node_legacy
@with_tp_del
class NodeWithLegacyDel(Node):
    __slots__ = ()


#end
#if node_both
@with_tp_del
class NodeWithBoth(Node):
    __slots__ = ()
    __del__ = finalize


#end
#end
#if opaque
class Opaque(list):
    """Never tracked: the collector does not know it."""

    __slots__ = ("token",)


#end
#if instance
class Instance(object):
#if !inline_attributes
    __slots__ = ("token", "__weakref__", "__dict__")

#end
    def itself(self):
        return self


#if instance_del
class InstanceWithDel(Instance):
#if !inline_attributes
    __slots__ = ()
#end
    __del__ = finalize


#end
#if instance_legacy
@with_tp_del
class InstanceWithLegacyDel(Instance):
#if !inline_attributes
    __slots__ = ()
#else
    pass
#end


#end
#if instance_both
@with_tp_del
class InstanceWithBoth(Instance):
#if !inline_attributes
    __slots__ = ()
#end
    __del__ = finalize


#end
#end
#if classic
class Classic:
    def itself(self):
        return self


#if classic_del
class ClassicWithDel(Classic):
    __del__ = finalize


#end
#end
#if attributes
#if python2
def attribute_names():
    """Names of a token and of 16 attributes in the order of their hashes, in which a dictionary keeps them."""
    by_place = {}
    i = 0
    while len(by_place) < 32:
        by_place.setdefault(hash("a%d" % i) & 31, intern("a%d" % i))
        i += 1
    names = [by_place[place] for place in range(17)]
    return names[0], names[1:]


TOKEN, ATTRIBUTES = attribute_names()
#else
#if dict
TOKEN = "token"
#end
ATTRIBUTES = ["a%d" % i for i in range(16)]
#end


#end
#if subref
class SubRef(weakref.ref):
    __slots__ = ()


#end
CONTAINERS = [
#if node
    Node,
#end
#if node_del
    NodeWithDel,
#end
#if node_legacy
    NodeWithLegacyDel,
#end
#if node_both
    NodeWithBoth,
#end
#if opaque
    Opaque,
#end
#if instance
    Instance,
#end
#if instance_del
    InstanceWithDel,
#end
#if instance_legacy
    InstanceWithLegacyDel,
#end
#if instance_both
    InstanceWithBoth,
#end
#if classic
    type(Classic()),
#end
#if list
    list,
#end
#if dict
    dict,
#end
]
#if proxy
# Those of what can be called are of a type of their own.
PROXIES = (weakref.ProxyType, weakref.CallableProxyType)
#end
#if weak
WEAK = [
#if weakref
    weakref.ref,
#end
#if subref
    SubRef,
#end
#if proxy
    weakref.ProxyType,
#if callable
    weakref.CallableProxyType,
#end
#end
]
#end


# --- Names -------------------------------------------------------------------------------------------------------


def key_of(name):
    """The variable that a name looks up."""
#if call
    if scopes and not selves:
        key = "%s@%d" % (name, len(scopes))
        if key in variables:
            return key
#end
    return name


def bind(name):
    """Binds a variable to what is in hand. The old value is released after the store."""
    key, known = name, bound
#if call
    if scopes and not selves:
        key, known = "%s@%d" % (name, len(scopes)), bound_locals
#end
    old = variables.get(key)
    if hand[-1] is None:
        hand.pop()
        variables.pop(key, None)
    else:
        if key not in known:
            known.append(key)
        variables[key] = hand.pop()


#if label
def object_at(name):
    """The object that was created last under a name, whoever holds it; None once it is dead or dying."""
    label = latest.get(name)
    if label is None or label in dead or labels[addresses[label]] != label:
        return None
    address = addresses[label]
    if ctypes.c_ssize_t.from_address(address).value <= 0:
        return None
    # A weak reference has no token: its memory may serve something else by now.
    if ctypes.c_void_p.from_address(address + ctypes.sizeof(ctypes.c_ssize_t)).value != types[label]:
        return None
    return ctypes.cast(address, ctypes.py_object).value


#end
#if find
def find(operand):
    """The object that an operand names; None if there is none or it is dead.

    x: what a variable refers to; @x: what was created last under a name; self; and with [i] a slot of that.
    """
    name, _, index = operand.partition("[")
    if name == "self":
        found = selves[-1] if selves else None
#if label
    elif name[0] == "@":
        found = object_at(name[1:])
#end
    else:
        found = variables.get(key_of(name))
    if found is None or labels[id(found)] in dead:
        return None
#if slot
    if index:
        found = slot(found, int(index[:-1]))
        if found is None or labels[id(found)] in dead:
            return None
#end
    return found


#end
#if list
CODE = type(compile("0", "", "eval"))


#end
#if slot append erase remove store clear tuple
def first(a):
    """Where the slots of a list begin."""
#if list
    # Behind the token of an exact one, unless that is gone.
    if type(a) is list and a and type(a[0]) is CODE:
        return 1
#end
    return 0


#if attributes
def attribute(a, index):
#if dict
    if type(a) is dict:
        return a.get(ATTRIBUTES[index])
#end
    return getattr(a, ATTRIBUTES[index], None)


def set_attribute(a, index, value):
    """With the value None: unsets it."""
#if dict
    if type(a) is dict:
        if value is None:
            a.pop(ATTRIBUTES[index], None)
        else:
            a[ATTRIBUTES[index]] = value
        return
#end
    setattr(a, ATTRIBUTES[index], value)


#end
#end
#if slot
def slot(a, index):
#if tuple
    if type(a) is tuple:
        return a[index + 1] if index + 1 < len(a) else None
#end
    if type(a) not in CONTAINERS:
        return None
    if isinstance(a, list):
        index += first(a)
        return a[index] if index < len(a) else None
#if attributes
    return attribute(a, index) if index < 16 else None
#end


#end
# --- Operations --------------------------------------------------------------------------------------------------


#if new
def new(name, cls, script=None):
#if in_allocation
    may_collect()
#if classic
    if type(cls) is not type:
        may_collect()  # the dictionary comes first
#end
#end
    hand.append(cls())
    label = identify(name)
    if script is not None:
        scripts[label] = script
#if classic
    if type(cls) is not type:
        hand[-1].__dict__[TOKEN] = new_token(label)
    else:
        hand[-1].token = new_token(label)
#else
    hand[-1].token = new_token(label)
#end
#if attributes
    if not isinstance(hand[-1], list):
#if own_dictionary
#if in_allocation
#if classic
        if type(cls) is type:
            may_collect()  # its dictionary
#else
        may_collect()  # its dictionary
#end
#end
        labels[id(hand[-1].__dict__)] = label + ".__dict__"
        for attribute in ATTRIBUTES:
            hand[-1].__dict__[attribute] = None
#else
        for attribute in ATTRIBUTES:
            setattr(hand[-1], attribute, None)
#end
#end
#if shutdown
    leavable.append(label)
#end
#if at_safepoint
    may_collect()
#end
    bind(name)


#if opaque
def new_opaque(name):
    hand.append(Opaque())
    ctypes.pythonapi.PyObject_GC_UnTrack(ctypes.py_object(hand[-1]))
    label = identify(name)
    hand[-1].token = new_token(label)
#if shutdown
    leavable.append(label)
#end
#if at_safepoint
    may_collect()
#end
    bind(name)


#end
#end
#if list
def new_list(name):
#if in_allocation
    may_collect()
#end
    hand.append([])
    label = identify(name)
    hand[-1].append(new_token(label))
#if shutdown
    leavable.append(label)
#end
#if at_safepoint
    may_collect()
#end
    bind(name)


#end
#if dict
def new_dict(name):
#if in_allocation
    may_collect()
#end
    hand.append({})
    label = identify(name)
    hand[-1][TOKEN] = new_token(label)
#if python2
    # A table of 32 places, so that every key has a place of its own.
    for attribute_name in ATTRIBUTES:
        hand[-1][attribute_name] = None
    for attribute_name in ATTRIBUTES:
        del hand[-1][attribute_name]
#end
#if shutdown
    leavable.append(label)
#end
#if at_safepoint
    may_collect()
#end
    bind(name)


#end
#if tuple
def make_tuple(name, a):
    a = find(a)
    items = ()
    if type(a) is tuple:
        items = a[1:]
    elif issubclass(type(a), list):  # what a proxy refers to may be gone, or be no list of the trace's
        items = tuple(a[first(a):])
    del a
    if not items:
        return
#if in_allocation
    may_collect()
#end
    serial = created.get(name, 0)
    label = name if serial == 0 else "%s#%d" % (name, serial)
    hand.append((new_token(label),) + items)
    del items
    identify(name)
#if shutdown
    leavable.append(label)
#end
#if at_safepoint
    may_collect()
#end
    bind(name)


#end
#if bulk
def bulk(name, count):
    a = find(name)
    if not issubclass(type(a), Node):
        return
    for _ in range(count):
#if in_allocation
        may_collect()
#end
        hand.append(Node())
        label = identify(name)
        hand[-1].token = new_token(label)
#if shutdown
        leavable.append(label)
#end
        a.append(hand[-1])
        hand.pop()


#end
#if let
def let(name, a):
    hand.append(find(a))
    if hand[-1] is None:
        hand.pop()
    else:
        bind(name)


#end
#if root
def root(a):
    hand.append(find(a))
    if hand[-1] is None or is_weak(hand[-1]):
        hand.pop()
        return
    name = labels[id(hand[-1])].partition(".")[0].partition("#")[0]
    if name not in bound:
        bound.append(name)
    old = variables.get(name)
    variables[name] = hand.pop()


#end
#if drop
def drop(name):
    variables.pop(key_of(name), None)


#end
#if append
def append(a, b):
    a, b = find(a), find(b)
    if type(a) not in CONTAINERS or b is None:
        del b
        return
    if isinstance(a, list):
        a.append(b)
#if attributes
    else:
        for index in range(16):
            if attribute(a, index) is None:
                set_attribute(a, index, b)
                break
#end
    del b


#end
#if erase remove
def erase_slot(a, index):
    if isinstance(a, list):
        if index + first(a) < len(a):
            del a[index + first(a)]
#if attributes
    elif index < 16:
        old = attribute(a, index)
        set_attribute(a, index, None)
#end


#end
#if remove
def position(a, b):
#if attributes
    if not isinstance(a, list):
        for index in range(16):
            if attribute(a, index) is b:
                return index
        return None
#end
    for index in range(first(a), len(a)):
        if a[index] is b:
            return index - first(a)
    return None


def remove(a, b):
    a, b = find(a), find(b)
    if type(a) not in CONTAINERS or b is None:
        del b
        return
    index = position(a, b)
    del b
    if index is not None:
        erase_slot(a, index)


#end
#if store
def store(a, index, b):
    a, b = find(a), find(b)
    old = None
    if type(a) in CONTAINERS and b is not None:
        if isinstance(a, list):
            index += first(a)
            if index < len(a):
                old = a[index]
                a[index] = b
#if attributes
        elif index < 16:
            old = attribute(a, index)
            set_attribute(a, index, b)
#end
    del b
    del old


#end
#if erase
def erase(a, index):
    a = find(a)
    if type(a) in CONTAINERS:
        erase_slot(a, index)


#end
#if clear
def clear(a):
    a = find(a)
    if type(a) not in CONTAINERS:
        return
    if isinstance(a, list):
        del a[first(a):]
#if attributes
    else:
        for index in range(16):
            old = attribute(a, index)
            if old is not None:
                set_attribute(a, index, None)
            del old
#end


#end
#if call
def call(a, b):
    """Enters a function: a scope with two arguments."""
    if len(scopes) == 64:
        return
    a, b = find(a), find(b)
    scopes.append(len(bound_locals))
    for name, argument in (("1", a), ("2", b)):
        bound_locals.append("%s@%d" % (name, len(scopes)))
        if argument is not None:
            variables[bound_locals[-1]] = argument
    argument = None


def leave():
    """Leaves a function: releases its arguments, then its locals."""
    if not scopes:
        return
    begin = scopes.pop()
    keys = bound_locals[begin:]
    del bound_locals[begin:]
    for key in keys:
        variables.pop(key, None)


#end
#if safepoint
def safepoint():
#if at_safepoint
    may_collect()
#else
    pass
#end


#end
#if is_weak
def is_weak(a):
#if weak
    return type(a) in WEAK
#else
    return False
#end


#end
#if weak
def can_be_reused(referent, kind):
    for weak in weakref.getweakrefs(referent):
#if callable
        if kind is weakref.ProxyType and type(weak) is weakref.CallableProxyType:
            return labels[id(weak)] not in with_callback
#end
        if type(weak) is kind and labels[id(weak)] not in with_callback:
            return True
    return False


def make_weak(name, operand, kind, make, callback, script):
    referent = find(operand)
#if callable
    # An object that is the callback, or True: none of the trace's is.
    if callback and callback is not True:
        callback = find(callback)
        if not issubclass(type(callback), Node):
            return
#end
#if opaque
    if type(referent) is Opaque:
        return
#end
    if type(referent) not in CONTAINERS or type(referent) in (list, dict):
        return
    reused = callback is False and kind is not SUBREF and can_be_reused(referent, kind)
#if in_allocation
    if not reused:
        may_collect()
        reused = callback is False and kind is not SUBREF and can_be_reused(referent, kind)
#end
#if callable
    if callback is not False and callback is not True:
        hand.append(make(referent, callback))
    else:
        hand.append(make(referent, called) if callback else make(referent))
    callback = callback is not False
#else
    hand.append(make(referent, called) if callback else make(referent))
#end
    if not reused:
        label = identify(name)
        if callback:
            with_callback.add(label)
        if script is not None:
            scripts[label] = script
#if at_safepoint
        may_collect()
#end
    bind(name)


def called(weak):
    holder = [weak]
    del weak
    activate("callback", holder)


#end
#if subref
SUBREF = SubRef
#else
#if weak
SUBREF = None
#end
#end
#if weakref
def weak_reference(name, a, callback=False, script=None):
    make_weak(name, a, weakref.ref, weakref.ref, callback, script)


#end
#if subref
def subref(name, a, callback=False, script=None):
    make_weak(name, a, SubRef, SubRef, callback, script)


#end
#if proxy
def proxy(name, a, callback=False, script=None):
    make_weak(name, a, weakref.ProxyType, weakref.proxy, callback, script)


#end
#if weakrefs
def weakrefs(name, operand, count):
    a, referent = find(name), find(operand)
    if not issubclass(type(a), Node) or type(referent) not in CONTAINERS or type(referent) in (list, dict):
        return
#if opaque
    if type(referent) is Opaque:
        return
#end
    for _ in range(count):
#if in_allocation
        may_collect()
#end
        hand.append(SubRef(referent, called))
        with_callback.add(identify(name))
        a.append(hand[-1])
        hand.pop()


#end
#if hold unhold
held = []  # labels of what hold() took, in the order in which it took it first
times = {}  # label: how often hold() holds it; each time is a variable of its own


def hold(operand, count):
    a = find(operand)
    if a is None:
        return
    label = labels[id(a)]
    if label not in times:
        times[label] = 0
        held.append(label)
    for _ in range(count):
        times[label] += 1
        variables["%s held %d" % (label, times[label])] = a
    del a


def let_go(label):
    times[label] -= 1
    del variables["%s held %d" % (label, times[label] + 1)]


def unhold(operand, count):
    a = find(operand)
    if a is None:
        return
    label = labels[id(a)]
    del a
    for _ in range(count):
        if times.get(label, 0) > 0:
            let_go(label)


#end
#if fill
def fill(a, b, count):
    for _ in range(count):
        append(a, b)


#end
#if deref
def deref(name, operand):
    weak = find(operand)
    if not is_weak(weak):
        return
#if proxy
    if type(weak) in PROXIES:
        try:
            hand.append(weak.itself())
        except ReferenceError:
            hand.append(None)
    else:
        hand.append(weak())
#else
    hand.append(weak())
#end
    del weak
    event("deref " + ("None" if hand[-1] is None else labels[id(hand[-1])]))
    bind(name)


#end
#if use
def use(operand):
#if proxy
    weak = find(operand)
    if type(weak) not in PROXIES:
        return
    try:
        weak.itself
    except ReferenceError:
        event("used 0")
    else:
        event("used 1")
#else
    pass
#end


#end
#if collect
def collect(generation):
    if generation == 3:
        try:
            gc.collect(3)
        except ValueError:
            event("error 0")
        return
    event("collect %d" % generation)
    event("returned %d" % gc.collect(generation))


#end
#if enable
def enable():
    state["enabled"] = True


#end
#if disable
def disable():
    state["enabled"] = False


#end
#if isenabled
def isenabled():
    # Of the trace; the real collector starts nothing here.
    event("flag %d" % state["enabled"])


#end
#if set_threshold
def set_threshold(*thresholds):
    gc.set_threshold(*thresholds)


#end
#if get_threshold
def get_threshold():
    event("threshold %d %d %d" % gc.get_threshold())


#end
#if get_count
def get_count():
    """The script's own functions allocate, too: what gc.get_count() answers here is not what the trace allocated."""


#end
#if set_debug
def set_debug(flags):
    gc.set_debug(flags)


#end
#if get_debug
def get_debug():
    event("flag %d" % gc.get_debug())


#end
#if garbage
def garbage():
    for i in range(len(gc.garbage)):
        event("garbage " + labels[id(gc.garbage[i])])


#end
#if clear_garbage
def clear_garbage():
    del gc.garbage[:]


#end
#if take_garbage
def take_garbage(name, index):
    if index < len(gc.garbage):
        hand.append(gc.garbage.pop(index))
        bind(name)


#end
#if known
def known(a):
    """Whether an object is one of the trace."""
#if tuple
    if type(a) is tuple:
        return id(a) in labels
#end
    if (type(a) in CONTAINERS and type(a) is not dict) or is_weak(a):
        return id(a) in labels
#if dict
    if type(a) is dict and TOKEN in a:
        return id(a) in labels
#end
    return type(a) is dict and labels.get(id(a), "").endswith(".__dict__")


#end
#if listing
def answer(objects):
    for i in range(len(objects)):
        if known(objects[i]):
            event("object " + labels[id(objects[i])])
    event("answer_end")


#end
#if get_objects
def get_objects(*generation):
#if generation_argument
    if generation == (3,):
        try:
            gc.get_objects(generation=3)
        except ValueError:
            event("error 0")
        return
    if generation:
        answer(gc.get_objects(generation=generation[0]))
        return
#end
    answer(gc.get_objects())


#end
#if get_referrers
def get_referrers(a):
    a = find(a)
    if a is not None:
        answer(gc.get_referrers(a))


#end
#if get_referents
def get_referents(a):
    a = find(a)
    if a is None:
        return
#if opaque
    if type(a) is Opaque:
        event("answer_end")
        return
#end
    answer(gc.get_referents(a))


#end
#if is_tracked
def is_tracked(a):
    a = find(a)
    if a is not None:
        event("flag %d" % gc.is_tracked(a))


#end
#if is_finalized
def is_finalized(a):
    a = find(a)
    if a is not None:
        event("flag %d" % gc.is_finalized(a))


#end
#if freeze
def freeze():
    gc.freeze()


#end
#if unfreeze
def unfreeze():
    gc.unfreeze()


#end
#if get_freeze_count
def get_freeze_count():
    """What else the interpreter froze is counted by gc.get_freeze_count() as well."""


#end
#if callbacks
def told(phase, info):
    if phase == "start":
        event("gc_start %d" % info["generation"])
    else:
        event("gc_stop %d %d %d" % (info["generation"], info["collected"], info["uncollectable"]))


def callbacks(on):
    if told in gc.callbacks:
        gc.callbacks.remove(told)
    if on:
        gc.callbacks.append(told)


#end
#if watch
silent = []  # what is registered, once the collector calls nobody any more


class Watcher(object):
    """An entry of gc.callbacks that holds an object."""

    def __init__(self, held, phase, script):
        self.held, self.phase, self.script = held, phase, script

    def __call__(self, phase, info):
        if phase != self.phase:
            return
        numbers = ("generation",) if phase == "start" else ("generation", "collected", "uncollectable")
        label = labels[id(self.held)]
        event("watch_%s %s %s" % (phase, label, " ".join(str(info[number]) for number in numbers)))
        script, self.script = self.script, None
        if script is None:
            return
        selves.append(self.held)
        try:
            script()
#if raise
        except ScriptError:
            pass
#end
        finally:
            selves.pop()


def watchers():
    return silent if state.get("silent") else gc.callbacks


def watch(a, phase, script=None):
    a = find(a)
    if a is not None and sum(type(entry) is Watcher for entry in watchers()) < 16:
        watchers().append(Watcher(a, phase, script))


def unwatch(a):
    a = find(a)
    for i, entry in enumerate(watchers()):
        if a is not None and type(entry) is Watcher and entry.held is a:
            del a
            del watchers()[i]
            return


#end
#if get_stats
def get_stats():
    for now, then in zip(gc.get_stats(), stats_before):
        event("stats %d %d %d" % tuple(now[key] - then[key] for key in ("collections", "collected", "uncollectable")))


#end
#if refcount
def refcount(a):
    a = find(a)
    if a is None:
        return
    count = sys.getrefcount(a) - COUNTED
#if refcount_in_script
    for this in selves:
        if this is a:
            count -= held_by_call[type(this)]
#end
    event("references %d" % count)


#end
#if refcount_in_script
def measure_calls():
    """How many references the calls of finalizers and callbacks hold, beside the one that the memory model knows."""
#if node_del
    NodeWithDel()
#end
#if node_legacy
    NodeWithLegacyDel()
#end
#if node_both
    NodeWithBoth()
#end
#if instance_del
    InstanceWithDel()
#end
#if instance_legacy
    InstanceWithLegacyDel()
#end
#if instance_both
    InstanceWithBoth()
#end
#if classic_del
    ClassicWithDel()
#end
#if weak
    for kind in WEAK:
        hand.append(Node())
#if proxy
        weak = (weakref.proxy if kind is weakref.ProxyType else kind)(hand[-1], called)
#else
        weak = kind(hand[-1], called)
#end
        hand.pop()
        held_by_call[kind] -= 1  # the variable's
#if tuple_for_one
        held_by_call[kind] -= 1  # that of the tuple of rule W6
#end
#end


#end
#if same
def same(a, b):
    a, b = find(a), find(b)
    if a is not None and b is not None:
        event("flag %d" % (a is b))


#end
#if id
def identity(a):
    a = find(a)
    if a is not None:
        event("identity " + labels[id(a)])


#end
#if shutdown
def shutdown():
#if call
    while scopes:
        leave()
#end
#if hold unhold
    for label in held:
        while times[label] > 0:
            let_go(label)
#end
#if shutdown_needs_enabled
    if state["enabled"]:
        gc.collect()
#else
    gc.collect()
#end
    # Up to 3.7 what waits in the trashcan waits until the end (rules T3, T5). A frame, tuple, dict or list that dies
    # would empty it: hence no calls of functions, nor with a tuple of arguments.
    i = 0
    while i < len(bound):  # finalizers and callbacks may bind more
        if bound[i] in variables:
            del variables[bound[i]]
        i += 1
#if callbacks
    if told in gc.callbacks:
        gc.callbacks.remove(told)
#end
#if watch
    state["silent"] = True
    silent[:] = gc.callbacks
    del gc.callbacks[:]
#end
    i = 0
    while i < SHUTDOWN_COLLECTIONS:
        gc.collect()
        i += 1
#if watch
    gc.callbacks[:] = silent
    state["silent"] = False
#end
    []  # dies, and empties the trashcan
    for label in leavable:
        if label not in dead:
            event("leaked " + label)


#end
#if raise
def fail():
    event("raised " + labels[id(selves[-1])])
    raise ScriptError()


#end
