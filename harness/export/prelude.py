import gc
import os
import sys
#if method traceback cell frame generator
import types
#end
import weakref
#if ctypes
import ctypes

WORD = ctypes.sizeof(ctypes.c_void_p)
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
types_of = {}  # label: the address of its type
#end
#if weak
with_callback = set()  # labels of weak references
#end
#if refcount_in_script
held_by_call = {}  # type: references that the call of a finalizer or callback holds
#end
#if hashed
hashed = []  # labels of all objects of classes
hashes = {}  # address: how many there were when this one was made
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
    watch_token(token, label)
    return token


def watch_token(token, label):
    watch = Watch(token, token_died)
    watch.label = label
    watches.append(watch)


def next_label(name):
    serial = created.get(name, 0)
    return name if serial == 0 else "%s#%d" % (name, serial)


def identify(name):
    """The label of the object in hand, which was created just now."""
    label = next_label(name)
    created[name] = created.get(name, 0) + 1
    labels[id(hand[-1])] = label
#if label
    latest[name] = label
    addresses[label] = id(hand[-1])
    types_of[label] = id(type(hand[-1]))
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
def settle(name, label):
    """The end of an allocation."""
#if shutdown
    leavable.append(label)
#end
#if at_safepoint
    may_collect()
#end
    bind(name)


#if raise
class ScriptError(Exception):
    pass


#end
#if generator set
class Token(type(u"")):
    """One that may be an element, the first one of its set, or the name of a generator."""

    __slots__ = ("__weakref__",)

    def __hash__(self):
        return 0


def new_text_token(label):
    token = Token()
    ctypes.pythonapi.PyObject_GC_UnTrack(ctypes.py_object(token))
    watch_token(token, label)
    return token


#end
#if watched
# Methods, tracebacks and cells have no room for a token: tp_dealloc and tp_clear of their types tell.
watched = {}  # address: the label of one that lives
kept = []


def watch_slot(cls, number, prototype):
    slot = ctypes.c_void_p.from_address(id(cls) + number * WORD)
    original = prototype(slot.value)

    def ends(address):
        label = watched.pop(address, None)
        if label is not None:
            dead.add(label)
            event("died " + label)
        return original(address)

    kept.append(prototype(ends))
    slot.value = ctypes.cast(kept[-1], ctypes.c_void_p).value


def watch_ends(cls):
    watch_slot(cls, 6, ctypes.PYFUNCTYPE(None, ctypes.c_void_p))
#if cell traceback
    if cls is not types.MethodType:
        watch_slot(cls, 24, ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_void_p))
#end


#end
#if watched
def settle_watched(name):
    label = identify(name)
    watched[id(hand[-1])] = label
    settle(name, label)


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
    slot = id(cls) + 47 * WORD
    ctypes.c_void_p.from_address(slot).value = ctypes.cast(tp_del, ctypes.c_void_p).value
    return cls


#end
# --- Classes -----------------------------------------------------------------------------------------------------


#if node
class Node(list):
    __slots__ = ("token", "__weakref__")

    def itself(self):
        return self

#if hashed
    is_hashed = True

    def __hash__(self):
        return hashes[id(self)]

#end
#if callable
    def __call__(self, *arguments):  # a method's object may come first
        called(arguments[-1])

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

#if hashed
    is_hashed = True

    def __hash__(self):
        return hashes[id(self)]

#end

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
#if cell
CELL = type((lambda a: lambda: a)(0).__closure__[0])


#end
#if frame
def function():
    """Its frame is what a trace's frame is. The token is the variable that is released first."""
#if !frames_backwards
    token = hand.pop()
#end
    a0 = a1 = a2 = a3 = a4 = a5 = a6 = a7 = a8 = a9 = a10 = a11 = a12 = a13 = a14 = a15 = None
#if frames_backwards
    token = hand.pop()
#end
    return sys._getframe()


def ended_frame(token):
    hand.append(token)
    frame = function()
    # Without the frame of its caller, this one.
#if own_dictionary
    back = ctypes.c_void_p.from_address(id(frame) + 3 * WORD)
#else
    back = ctypes.c_void_p.from_address(id(frame) + 2 * WORD)
#end
    caller, back.value = back.value, None
    if caller:
        ctypes.pythonapi.Py_DecRef(ctypes.c_void_p(caller))
    return frame


#end
#if generator
def generator(label):
    a0 = a1 = a2 = a3 = a4 = a5 = a6 = a7 = a8 = a9 = a10 = a11 = a12 = a13 = a14 = a15 = None
    yield


#if generator_code
generators = {}  # label: address


def generator_with_code(label):
    a0 = a1 = a2 = a3 = a4 = a5 = a6 = a7 = a8 = a9 = a10 = a11 = a12 = a13 = a14 = a15 = None
    try:
        yield
    finally:
        activate("finalizer", [ctypes.cast(generators[label], ctypes.py_object).value])


#end
#if coroutine
class Pause(object):
    """What coroutines await."""

    def __await__(self):
        return self

    def __next__(self):
        if not state.get("suspends"):
            raise StopIteration


PAUSE = Pause()


async def coroutine(label):
    a0 = a1 = a2 = a3 = a4 = a5 = a6 = a7 = a8 = a9 = a10 = a11 = a12 = a13 = a14 = a15 = None
    await PAUSE


#if generator_code
async def coroutine_with_code(label):
    a0 = a1 = a2 = a3 = a4 = a5 = a6 = a7 = a8 = a9 = a10 = a11 = a12 = a13 = a14 = a15 = None
    try:
        await PAUSE
    finally:
        activate("finalizer", [ctypes.cast(generators[label], ctypes.py_object).value])


#end
#end
def started(a):
    state["suspends"] = True
    a.send(None)
    state["suspends"] = False
    return a


def home(a):
    """Where the variables of a generator are."""
#if own_dictionary
    return a.gi_frame if type(a) is types.GeneratorType else a.cr_frame
#else
    return a
#end


def is_suspended(a):
#if coroutine
    if type(a) is types.CoroutineType:
#if own_dictionary
        return a.cr_frame is not None and not a.cr_running
#else
        return a.cr_suspended
#end
#end
#if own_dictionary
    # In 2.7 the collector may have cleared its frame.
    return a.gi_frame is not None and not a.gi_running and variable(a, -1).value != 0
#else
    return a.gi_suspended
#end


#end
#if frame generator
#if coroutine
SUSPENDED = (types.GeneratorType, types.CoroutineType)
#else
SUSPENDED = (types.GeneratorType,)
#end
VARIABLES = (types.FrameType,) + SUSPENDED
places = {}  # type: where in memory the variables of a frame or generator begin
unset = []  # what a variable without a value is there


def variable(a, index):
#if generator
    if type(a) in SUSPENDED:
        a = home(a)
#end
    return ctypes.c_size_t.from_address(id(a) + WORD * (places[type(a)] + index))


def find_variables(a, value, index):
    """The variable with this index has that value."""
    words = list((ctypes.c_size_t * (a.__sizeof__() // WORD)).from_address(id(a)))
    places[type(a)] = words.index(id(value)) - index
    unset[:] = [words[places[type(a)]]]


def find_all_variables():
    marker = "a marker %d" % id(hand)
#if generator
    sample = started(generator(marker))
    find_variables(home(sample), marker, -1)
#if coroutine
    sample = started(coroutine(marker))
    find_variables(home(sample), marker, -1)
#end
#end
#if frame
#if frames_backwards
    find_variables(ended_frame(marker), marker, 16)
#else
    find_variables(ended_frame(marker), marker, -1)
#end
#end


find_all_variables()


#end
#if subref
class SubRef(weakref.ref):
    __slots__ = ()


#end
# What may be weakly referenced, and then what has slots to change.
REFERENTS = [
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
#if generator
    types.GeneratorType,
#end
#if coroutine
    types.CoroutineType,
#end
#if set
    set,
#end
]
CONTAINERS = REFERENTS + [
#if opaque
    Opaque,
#end
#if list
    list,
#end
#if dict
    dict,
#end
#if cell
    CELL,
#end
#if frame
    types.FrameType,
#end
]
#if method
REFERENTS.append(types.MethodType)
watch_ends(types.MethodType)
#end
#if traceback
watch_ends(types.TracebackType)
#end
#if cell
watch_ends(CELL)
#end
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
#if callable method
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
    if ctypes.c_void_p.from_address(address + WORD).value != types_of[label]:
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
#if set setitem delitem
def is_hashed(a):
    return getattr(type(a), "is_hashed", False)


#end
#if set
def refill(a, elements):
    """The driver's way: what is left is put into an empty table."""
    a.clear()
    for element in elements:
        a.add(element)


#end
#if slot append erase remove store clear tuple setitem delitem
def first(a):
    """Where the slots of a list begin."""
#if list
    # Behind the token of an exact one, unless that is gone.
    if type(a) is list and a and type(a[0]) is CODE:
        return 1
#end
    return 0


def has_slots(a):
#if generator
    if type(a) in SUSPENDED and not is_suspended(a):
        return False
#end
    # What an instance or a generator has for its own is no trace's.
    return type(a) in CONTAINERS and "." not in labels[id(a)]


#if attributes
def room(a):
#if cell
    if type(a) is CELL:
        return 1
#end
    return 16


def attribute(a, index):
#if cell
    if type(a) is CELL:
        try:
            return a.cell_contents if index == 0 else None
        except ValueError:
            return None
#end
#if frame generator
    if type(a) in VARIABLES:
        word = variable(a, index).value
        return None if word == unset[0] else ctypes.cast(word, ctypes.py_object).value
#end
#if dict
    if type(a) is dict:
        return a.get(ATTRIBUTES[index])
#end
    return getattr(a, ATTRIBUTES[index], None)


def set_attribute(a, index, value):
    """With the value None: unsets it."""
#if cell
    if type(a) is CELL:
        ctypes.pythonapi.PyCell_Set(ctypes.py_object(a), ctypes.c_void_p(None) if value is None else ctypes.py_object(value))
        return
#end
#if frame generator
    if type(a) in VARIABLES:
        old = attribute(a, index)
        if value is not None:
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(value))
        variable(a, index).value = unset[0] if value is None else id(value)
        if old is not None:
            ctypes.pythonapi.Py_DecRef(ctypes.py_object(old))
        return
#end
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
#if method
    if type(a) is types.MethodType:
        return (a.__func__, a.__self__)[index] if index < 2 else None
#end
#if traceback
    if type(a) is types.TracebackType:
        return (a.tb_next, a.tb_frame)[index] if index < 2 else None
#end
    if not has_slots(a) or type(a) is set:
        return None
    if isinstance(a, list):
        index += first(a)
        return a[index] if index < len(a) else None
#if attributes
    return attribute(a, index) if index < room(a) else None
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
#if hashed
    hashes[id(hand[-1])] = len(hashed) + 1
    hashed.append(label)
#end
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
    settle(name, label)


#if opaque
def new_opaque(name):
    hand.append(Opaque())
    ctypes.pythonapi.PyObject_GC_UnTrack(ctypes.py_object(hand[-1]))
    label = identify(name)
    hand[-1].token = new_token(label)
    settle(name, label)


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
    settle(name, label)


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
    settle(name, label)


#end
#if cell
ctypes.pythonapi.PyCell_New.restype = ctypes.py_object


def new_cell(name):
#if in_allocation
    may_collect()
#end
    hand.append(ctypes.pythonapi.PyCell_New(None))
    settle_watched(name)


#end
#if frame
def new_frame(name):
#if in_allocation
    may_collect()
#end
    hand.append(ended_frame(new_token(next_label(name))))
    settle(name, identify(name))


#end
#if set
def new_set(name):
#if in_allocation
    may_collect()
#end
    hand.append(set())
    label = identify(name)
    hand[-1].add(new_text_token(label))
    settle(name, label)


#end
#if generator
def new_generator(name, code=False, script=None, awaits=False):
#if in_allocation
    may_collect()
#if own_dictionary
    may_collect()  # its frame is there
#end
#end
    label = next_label(name)
    function = generator
#if generator_code
    if code:
        function = generator_with_code
#end
#if coroutine
    if awaits:
        function = coroutine
#if generator_code
        if code:
            function = coroutine_with_code
#end
#end
#if python2
    # Nothing but the generator has this code: it is the token.
    code = function.func_code
    code = type(code)(
        code.co_argcount, code.co_nlocals, code.co_stacksize, code.co_flags, code.co_code, code.co_consts,
        code.co_names, code.co_varnames, label, code.co_name, 1, code.co_lnotab
    )
    watch_token(code, label)
    function = types.FunctionType(code, globals())
    del code
#end
    hand.append(function(label))
    del function
#if generator_code
    generators[label] = id(hand[-1])
    if script is not None:
        scripts[label] = script
#end
    started(hand[-1])
#if !python2
    hand[-1].__name__ = new_text_token(label)
#end
#if own_dictionary
    labels[id(home(hand[-1]))] = label + ".gi_frame"
#end
    settle(name, identify(name))


#end
#if close
def close(a):
    a = find(a)
    if type(a) in SUSPENDED and is_suspended(a):
        a.close()


#end
#if resume
def resume(a):
    a = find(a)
    if type(a) not in SUSPENDED or not is_suspended(a):
        return
#if at_safepoint
    if type(a) is types.GeneratorType:
        may_collect()
#end
    try:
        a.send(None)
    except StopIteration:
        pass


#end
#if setitem
def setitem(a, b, c):
    a, b, c = find(a), find(b), find(c)
    if type(a) is dict and has_slots(a) and is_hashed(b) and c is not None:
        a[b] = c


#end
#if delitem
def delitem(a, b):
    a, b = find(a), find(b)
    if type(a) is dict and has_slots(a) and is_hashed(b) and b in a:
        value = a.pop(b)
        del b
        del value


#end
#if method
#if python2
def PyMethod_New(function, a):
    return ctypes.pythonapi.PyMethod_New(ctypes.py_object(function), ctypes.py_object(a), None)


#else
def PyMethod_New(function, a):
    return ctypes.pythonapi.PyMethod_New(ctypes.py_object(function), ctypes.py_object(a))


#end
ctypes.pythonapi.PyMethod_New.restype = ctypes.py_object


def method(name, a, b):
    a, b = find(a), find(b)
    if a is None or b is None:
        return
#if in_allocation
    may_collect()
#end
    hand.append(PyMethod_New(a, b))  # whatever the function is
    del a, b
    settle_watched(name)


#end
#if traceback
def traceback(name, a, b):
    a, b = find(a), find(b)
    if type(b) is not types.FrameType:
        return
    if type(a) is not types.TracebackType:
        a = None
#if in_allocation
    may_collect()
#end
    hand.append(types.TracebackType(a, b, 0, 1))
    del a, b
    settle_watched(name)


#end
#if tuple
def make_tuple(name, a):
    a = find(a)
    items = ()
    if type(a) is tuple:
        items = a[1:]
    elif issubclass(type(a), list):  # what a proxy refers to may be gone, or be no list of the trace's
        items = tuple(a[first(a):])
#if cell
    elif type(a) is CELL and attribute(a, 0) is not None:
        items = (attribute(a, 0),)
#end
    del a
    if not items:
        return
#if in_allocation
    may_collect()
#end
    hand.append((new_token(next_label(name)),) + items)
    del items
    label = identify(name)
    settle(name, label)


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
#if hashed
        hashes[id(hand[-1])] = len(hashed) + 1
        hashed.append(label)
#end
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
    if not has_slots(a) or b is None:
        del b
        return
    if isinstance(a, list):
        a.append(b)
#if set
    elif type(a) is set:
        if is_hashed(b):
            a.add(b)
#end
#if attributes
    else:
        for index in range(room(a)):
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
    elif type(a) is not set and index < room(a):
        old = attribute(a, index)
        set_attribute(a, index, None)
#end


#end
#if remove
def position(a, b):
#if attributes
    if not isinstance(a, list):
        for index in range(room(a)):
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
    if not has_slots(a) or b is None:
        del b
        return
#if set
    if type(a) is set:
        if is_hashed(b) and b in a:
            refill(a, [element for element in a if element is not b])
        return
#end
    index = position(a, b)
    del b
    if index is not None:
        erase_slot(a, index)


#end
#if store
def store(a, index, b):
    a, b = find(a), find(b)
    old = None
    if has_slots(a) and b is not None:
        if isinstance(a, list):
            index += first(a)
            if index < len(a):
                old = a[index]
                a[index] = b
#if attributes
        elif type(a) is not set and index < room(a):
            old = attribute(a, index)
#if cell
            if type(a) is CELL and old is None:
                return
#end
            set_attribute(a, index, b)
#end
    del b
    del old


#end
#if erase
def erase(a, index):
    a = find(a)
    if has_slots(a):
        erase_slot(a, index)


#end
#if clear
def clear(a):
    a = find(a)
    if not has_slots(a):
        return
    if isinstance(a, list):
        del a[first(a):]
#if set
    elif type(a) is set:
        elements = [element for element in a if type(element) is not Token]
        refill(a, [element for element in a if type(element) is Token])
        elements.reverse()
        while elements:
            elements.pop()
#end
#if attributes
    else:
        for index in range(room(a)):
            old = attribute(a, index)
            if old is not None:
                set_attribute(a, index, None)
            del old
#if setitem
        while type(a) is dict:
            key = next((key for key in a if type(key) is not str), None)
            if key is None:
                break
            old = a.pop(key)
            del key
            del old
#end
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
#if callable method
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
#if calls_methods
        callee = callback.__func__ if type(callback) is types.MethodType else callback
        if not issubclass(type(callee), Node):
            return
        del callee
#else
        if not issubclass(type(callback), Node):
            return
#end
#end
    if type(referent) not in REFERENTS:
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
    if not issubclass(type(a), Node) or type(referent) not in REFERENTS:
        return
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
#if proxy
def itself(proxy):
#if method generator set
    address = ctypes.c_void_p.from_address(id(proxy) + 2 * WORD).value
    if ctypes.c_ssize_t.from_address(address).value <= 0:
        return None
    return ctypes.cast(address, ctypes.py_object).value  # None, if that is gone
#else
    try:
        return proxy.itself()
    except ReferenceError:
        return None
#end


#end
def deref(name, operand):
    weak = find(operand)
    if not is_weak(weak):
        return
#if proxy
    if type(weak) in PROXIES:
        hand.append(itself(weak))
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
        weak.__class__
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
#if watched
    if id(a) in watched:
        return True
#end
#if frame generator
    if type(a) is types.FrameType:
        return id(a) in labels and a.f_code.co_name in ("function", "generator", "generator_with_code", "coroutine", "coroutine_with_code")
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
