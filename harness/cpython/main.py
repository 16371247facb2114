"""The CPython driver as a subject (docs/subject-protocol.md): python main.py [--stack KIB]

With --stack it works in a thread whose C stack has that size. From 3.14 on the size decides how deep objects are nested
when the trashcan takes over (rule T), so that a trace which reaches that depth cannot be compared with the model.

The classes here are what a user of the interpreter writes; everything else is in the extension, which is built first
if it is not there. Runs on 2.7 and on 3.6 to 3.15.
"""
import os
import sys

sys.dont_write_bytecode = True
from build import build, extension, include_folder, stop
from row import row_of_this
from stack import Limited, has_no_limit

profile, reason = row_of_this()
if reason is not None:
    stop(reason)


def is_set_up():
    """Whether the interpreter was started without what a user may add to it, and with all the stack there is.

    From 3.14 on the trashcan looks at what is left of the C stack (rule T). With an unlimited stack nothing of it can be
    seen.
    """
    plain = sys.flags.no_site and sys.flags.no_user_site and sys.flags.ignore_environment
    if sys.version_info >= (3, 14) and stack is None:
        import resource

        try:
            return has_no_limit(resource) and plain
        except Limited:
            stop(str(sys.exc_info()[1]))
    return plain


stack = int(sys.argv[2]) if len(sys.argv) == 3 and sys.argv[1] == "--stack" else None
path = extension()
is_built = os.path.exists(path)
if not is_built:
    build(include_folder())
if not (is_set_up() and is_built):
    os.execv(sys.executable, [sys.executable, "-S", "-s", "-E", "-B", os.path.abspath(__file__)] + sys.argv[1:])

try:
    import gc
    from _weakref import ref

    if sys.version_info[0] == 2:
        import imp

        driver = imp.load_dynamic("cyclecheck_driver", path)
    else:
        from importlib.machinery import ExtensionFileLoader
        from importlib.util import module_from_spec, spec_from_loader

        loader = ExtensionFileLoader("cyclecheck_driver", path)
        driver = module_from_spec(spec_from_loader("cyclecheck_driver", loader))
        loader.exec_module(driver)
except Exception:
    stop("the extension does not load: %s" % (sys.exc_info()[1],))
if driver.headers != sys.version.split()[0]:
    stop("the extension was compiled with headers of %s, and this is %s" % (driver.headers, sys.version.split()[0]))
if driver.is_debug != hasattr(sys, "gettotalrefcount"):
    stop("the extension was compiled with the headers of %s build" % ("a debug" if driver.is_debug else "a release"))


# From 3.8 on a node has room for a pointer, which the driver uses: it may be the callback of a weak reference.
node_slots = ("token", "__weakref__") + (("calls",) if sys.version_info >= (3, 8) else ())


class Node(list):
    __slots__ = node_slots


class NodeWithDel(list):
    __slots__ = node_slots
    __del__ = driver.finalizer


# From 3.13 on only a class without slots keeps attributes in its instances; the token is the first attribute then.
has_slots = sys.version_info < (3, 13)


class Instance(object):
    if has_slots:
        __slots__ = ("token", "__weakref__", "__dict__")


class InstanceWithDel(object):
    if has_slots:
        __slots__ = ("token", "__weakref__", "__dict__")
    __del__ = driver.finalizer


class Custom(driver.custom):
    __slots__ = ("token", "__weakref__")


class CustomWithDel(driver.custom):
    __slots__ = ("token", "__weakref__")
    __del__ = driver.finalizer


class SubRef(ref):
    __slots__ = ()


if sys.version_info[0] == 2:

    class Classic:
        pass

    class ClassicWithDel:
        __del__ = driver.finalizer

    NodeLegacy = NodeBoth = NodeWithDel
    InstanceLegacy = InstanceBoth = InstanceWithDel
    ClassicLegacy = ClassicBoth = ClassicWithDel
    CustomLegacy = CustomBoth = CustomWithDel
else:
    # The driver gives these a legacy finalizer.
    class NodeLegacy(list):
        __slots__ = node_slots

    class NodeBoth(list):
        __slots__ = node_slots
        __del__ = driver.finalizer

    class InstanceLegacy(object):
        if has_slots:
            __slots__ = ("token", "__weakref__", "__dict__")

    class InstanceBoth(object):
        if has_slots:
            __slots__ = ("token", "__weakref__", "__dict__")
        __del__ = driver.finalizer

    class CustomLegacy(driver.custom):
        __slots__ = ("token", "__weakref__")

    class CustomBoth(driver.custom):
        __slots__ = ("token", "__weakref__")
        __del__ = driver.finalizer

    Classic, ClassicWithDel, ClassicLegacy, ClassicBoth = Instance, InstanceWithDel, InstanceLegacy, InstanceBoth


def attribute_names():
    """The names of a token and of 16 attributes, so that a dictionary keeps them in this order.

    From 3.6 on that is the order in which they are set. Before, a dictionary of 17 entries has 32 places; names whose
    hashes fall into places of their own are found in the order of these.
    """
    if sys.version_info[0] > 2:
        return ("token",) + tuple("a%d" % i for i in range(16))
    by_place = {}
    i = 0
    while len(by_place) < 32:
        name = intern("a%d" % i)
        by_place.setdefault(hash(name) & 31, name)
        i += 1
    return tuple(by_place[place] for place in range(17))


classes = (
    Node,
    NodeWithDel,
    NodeLegacy,
    NodeBoth,
    Instance,
    InstanceWithDel,
    InstanceLegacy,
    InstanceBoth,
    Classic,
    ClassicWithDel,
    ClassicLegacy,
    ClassicBoth,
    Custom,
    CustomWithDel,
    CustomLegacy,
    CustomBoth,
    SubRef,
)
def finished():
    """Its frames have a local variable for a token, and one for each slot."""
    token = a0 = a1 = a2 = a3 = a4 = a5 = a6 = a7 = a8 = a9 = a10 = a11 = a12 = a13 = a14 = a15 = None


def suspended():
    yield
    return
    a0 = a1 = a2 = a3 = a4 = a5 = a6 = a7 = a8 = a9 = a10 = a11 = a12 = a13 = a14 = a15 = None


def suspended_in_try():
    try:
        yield
    finally:
        -driver.leaving
    return
    a0 = a1 = a2 = a3 = a4 = a5 = a6 = a7 = a8 = a9 = a10 = a11 = a12 = a13 = a14 = a15 = None


generators = (suspended, suspended_in_try)
if sys.version_info[0] > 2:
    # What 2.7 cannot read.
    exec(
        """
async def awaiting():
    await driver.awaited
    return
    a0 = a1 = a2 = a3 = a4 = a5 = a6 = a7 = a8 = a9 = a10 = a11 = a12 = a13 = a14 = a15 = None


async def awaiting_in_try():
    try:
        await driver.awaited
    finally:
        -driver.leaving
    return
    a0 = a1 = a2 = a3 = a4 = a5 = a6 = a7 = a8 = a9 = a10 = a11 = a12 = a13 = a14 = a15 = None
"""
    )
    generators += (awaiting, awaiting_in_try)


def serve():
    code = finished.__code__
    driver.serve("%d.%d.%d" % sys.version_info[:3], profile, classes, attribute_names(), code, generators, stack is not None)


if stack is None:
    serve()
else:
    import _thread

    ended = _thread.allocate_lock()
    ended.acquire()

    def serve_in_thread():
        try:
            serve()
        finally:
            ended.release()

    _thread.stack_size(stack * 1024)
    _thread.start_new_thread(serve_in_thread, ())
    ended.acquire()
