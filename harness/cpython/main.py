"""Starts the CPython driver: python main.py EXTENSION

The classes here are what a user of the interpreter writes; everything else is in the extension. Runs on 2.7 and on
3.6 to 3.13.
"""
import sys

try:
    import gc
    from _weakref import ref

    if sys.version_info[0] == 2:
        import imp

        driver = imp.load_dynamic("cyclecheck_driver", sys.argv[1])
    else:
        from importlib.machinery import ExtensionFileLoader
        from importlib.util import module_from_spec, spec_from_loader

        loader = ExtensionFileLoader("cyclecheck_driver", sys.argv[1])
        driver = module_from_spec(spec_from_loader("cyclecheck_driver", loader))
        loader.exec_module(driver)
except Exception:
    sys.stderr.write("the extension does not load: %s\n" % (sys.exc_info()[1],))
    sys.exit(3)


class Node(list):
    __slots__ = ("token", "__weakref__")


class NodeWithDel(list):
    __slots__ = ("token", "__weakref__")
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


class SubRef(ref):
    __slots__ = ()


if sys.version_info[0] == 2:

    class Classic:
        pass

    class ClassicWithDel:
        __del__ = driver.finalizer

    NodeLegacy = NodeWithDel
    InstanceLegacy = InstanceWithDel
    ClassicLegacy = ClassicWithDel
else:
    # The driver gives these a legacy finalizer.
    class NodeLegacy(list):
        __slots__ = ("token", "__weakref__")

    class InstanceLegacy(object):
        if has_slots:
            __slots__ = ("token", "__weakref__", "__dict__")

    Classic, ClassicWithDel, ClassicLegacy = Instance, InstanceWithDel, InstanceLegacy


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
    Instance,
    InstanceWithDel,
    InstanceLegacy,
    Classic,
    ClassicWithDel,
    ClassicLegacy,
    SubRef,
)
driver.serve(
    "%d.%d.%d" % sys.version_info[:3], "python%d.%d" % sys.version_info[:2], classes, attribute_names()
)
