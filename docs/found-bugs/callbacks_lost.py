import gc, resource, weakref

class Node(list):
    pass

def called(ref):
    pass

def dies_without_memory():
    a = Node()
    refs = [weakref.ref(a, called) for i in range(500000)]
    with open("/proc/self/statm") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    unlimited = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (used + 1000000, unlimited[1]))
    try:
        del a                               # the tuple for the callbacks would need 8 MB
        len(refs)
    except (MemoryError, SystemError):
        pass
    resource.setrlimit(resource.RLIMIT_AS, unlimited)
    return refs

gc.disable()
refs = dies_without_memory()
others = [Node() for i in range(1000)]
print(any(ref() is other for ref in refs[:1] for other in others))   # False: they are no referents of any
