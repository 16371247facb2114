# A collection moves a weak reference that waits in the trashcan, and is in no list: SIGSEGV in every version from 2.7 to 3.15.
import gc
import sys
import threading
import weakref


class Node(list):
    pass


class Ref(weakref.ref):
    pass


class Collects(list):
    def __del__(self):
        gc.collect()


def one_of_length(length):
    cycle = Node()
    cycle.append(cycle)
    chain = Node([Collects(), Ref(cycle, lambda ref: None)])
    del cycle  # garbage, found by the next collection
    for level in range(length):
        chain = Node([chain])
    del chain  # Ref waits in the trashcan while Collects dies
    gc.collect()


def try_lengths(lengths):
    for length in lengths:
        one_of_length(length)


# So many nested deaths the trashcan lets pass: 24 up to 3.7, 49 up to 3.12, about 4970 in 3.13. From 3.14 on what is left of the
# C stack decides.
gc.disable()
if sys.version_info < (3, 14):
    try_lengths([24, 49] if sys.version_info < (3, 13) else range(4960, 4980))
else:
    threading.stack_size(512 * 1024)
    thread = threading.Thread(target=try_lengths, args=(range(1000, 3500),))
    thread.start()
    thread.join()
print("no crash")
