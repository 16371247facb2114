"""Which row of the table of profiles an interpreter follows. Runs on every version of Python.

The harness asks an interpreter with this text, and the driver uses it wherever it is started, so they agree.
"""
import sys


def row_of(implementation, version, level, free_threaded):
    """The row's name and None, or None and the reason why there is none, with what to do.

    The row's name and a reason: it is the nearest one, and only scripts can be compared with it.
    version: major, minor and micro. level: of the release, as in sys.version_info. free_threaded: whether it is built
    without the GIL.
    """
    name = "%d.%d.%d" % version
    if implementation != "cpython":
        return None, "it is %s, not CPython" % implementation
    if version[:2] > (3, 15):
        return None, (
            "its version %s is newer than those that are known (2.7 and 3.6 to 3.15): use a newer CycleCheck" % name
        )
    if version[:2] != (2, 7) and not (3, 6) <= version[:2]:
        return None, "its version %s is none of 2.7 and 3.6 to 3.15" % name
    if level != "final":
        return None, (
            "it is %s of %s, whose rules may change up to the release: use a release"
            % ({"alpha": "an alpha", "beta": "a beta"}.get(level, "a candidate"), name)
        )
    if free_threaded:
        return None, (
            "it is free-threaded (Py_GIL_DISABLED): its collector has no generations and splits reference counts, "
            "which no row describes; use the build with the GIL"
        )
    if version[:2] == (3, 14) and version[2] < 5:
        return "python3.14", (
            "its version %s has the incremental collector of 3.14.0 to 3.14.4, which no row describes: "
            "use 3.14.5 or later, or compare what scripts can see (--subject 'scripts:COMMAND')" % name
        )
    if version[:2] == (3, 13) and version[2] >= 13:
        return "python3.13.13", None
    return "python%d.%d" % version[:2], None


def row_of_this():
    try:
        from sysconfig import get_config_var

        free_threaded = get_config_var("Py_GIL_DISABLED")
    except ImportError:
        free_threaded = None
    implementation = getattr(getattr(sys, "implementation", None), "name", "cpython")
    return row_of(implementation, tuple(sys.version_info[:3]), sys.version_info[3], free_threaded)
