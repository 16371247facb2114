"""What a program of the check is made of beside the user's type. Runs on 2.7 and on 3.6 to 3.15."""
import gc
import sys


class Link(object):
    """An object whose references are counted. It can be called, and is an iterator without items, so that most types
    take it. It is larger than what the check allocates itself: the next one gets the memory of one that died."""

    __slots__ = ("f", "g", "__weakref__") + tuple("unused%d" % i for i in range(40))

    def __call__(self, *arguments, **named):
        return None

    def __iter__(self):
        return self

    def __next__(self):
        raise StopIteration

    next = __next__


class Observer(Link):
    """A Link that asks, when it dies by its count, what the objects do that may have held it."""

    __slots__ = ()
    # Addresses of these objects, and what they are called.
    watched = {}
    # The names of those that are torn apart and still tracked, and of those that still show what they gave up.
    tracked = []
    shown = []
    memory = None
    # What sys.getrefcount() answers in __del__ if nobody refers to the object.
    alone = None

    def __del__(self):
        if Observer.alone is None:
            Observer.alone = sys.getrefcount(self)
        for address, name in list(self.watched.items()):
            if self.memory.count_at(address) == 0:
                if self.memory.is_tracked_at(address):
                    self.tracked.append(name)
            elif not self.memory.is_freed(address):
                referents = gc.get_referents(self.memory.object_at(address))
                visits = sum(1 for one in referents if one is self)
                one = referents = None
                if visits > sys.getrefcount(self) - self.alone:
                    self.shown.append(name)


Observer()


class Meddler(Link):
    """A Link that does something, once, when it is compared, hashed, called or iterated."""

    __slots__ = ("does",)

    def meddle(self, *arguments, **named):
        does = getattr(self, "does", None)
        if does is not None:
            del self.does
            does()
        return NotImplemented

    __eq__ = __ne__ = __lt__ = __call__ = meddle

    def __hash__(self):
        self.meddle()
        return 7

    def __next__(self):
        self.meddle()
        raise StopIteration

    next = __next__


def heirs_of(type_):
    """A subclass as a user writes it, and one with __del__. Throws TypeError: the type has no subclasses."""

    class Heir(type_):
        pass

    told = []

    class HeirWithDel(type_):
        ended = told

        def __del__(self):
            told.append(id(self))

    return Heir, HeirWithDel
