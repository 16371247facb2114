"""What a program of the check is made of beside the user's type. Runs on 2.7 and on 3.6 to 3.15."""


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
    """A Link that asks when it dies whether something that is torn apart is still tracked by the collector."""

    __slots__ = ()
    # Addresses of the objects that may hold one, and what they are called.
    watched = {}
    told = []
    memory = None

    def __del__(self):
        for address, name in self.watched.items():
            if self.memory.count_at(address) == 0 and self.memory.is_tracked_at(address):
                self.told.append(name)


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
