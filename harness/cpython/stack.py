"""The limit of the C stack. From 3.14 on the interpreter's trashcan looks at what is left of it (rule T)."""


class Limited(Exception):
    pass


def has_no_limit(resource):
    """Whether the stack of this process has no limit. If it has one, takes it from whatever is executed next.

    resource: the module of that name. Raises Limited if the hard limit does not permit that.
    """
    unlimited = resource.RLIM_INFINITY
    soft, hard = resource.getrlimit(resource.RLIMIT_STACK)
    if soft == unlimited:
        return True
    for limit in (hard, unlimited):  # a privileged process may raise the hard limit, too
        try:
            resource.setrlimit(resource.RLIMIT_STACK, (unlimited, limit))
            return False
        except (ValueError, OSError):
            pass
    raise Limited(
        "the hard limit of the stack is %d KiB, and from 3.14 on what is left of it decides when objects die (rule T): "
        "raise it (ulimit -Hs unlimited; docker run --ulimit stack=-1)" % (hard // 1024)
    )
