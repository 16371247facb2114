/* The interpreter for which the driver is compiled, and what depends on its version. */
#ifndef CYCLECHECK_VERSION_H
#define CYCLECHECK_VERSION_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stddef.h>
#include <stdint.h>

#ifdef Py_GIL_DISABLED
#error "a free-threaded interpreter has another collector"
#endif
#if PY_VERSION_HEX >= 0x03100000
#error "this interpreter is newer than the driver: it knows CPython 2.7 and 3.6 to 3.15"
#endif
#if PY_VERSION_HEX >= 0x030E0000 && PY_VERSION_HEX < 0x030E0500
#error "3.14.0 to 3.14.4 have the incremental collector"
#endif

/* Up to 3.7 the interpreter calls an object that is a callback, and up to 3.6 any callback, with a new tuple of one
   item. */
#define CALLBACK_TAKES_TUPLE (PY_VERSION_HEX < 0x03080000)
/* Attributes live in a dictionary of their own (rule N5). */
#define HAS_OWN_DICTIONARY (PY_VERSION_HEX < 0x030B0000)
/* The trashcan looks at what is left of the C stack, and counts no levels. The driver is started with a stack without a
   limit, so that the trashcan takes nothing (rule T). */
#define TRASHCAN_BY_STACK (PY_VERSION_HEX >= 0x030E0000)
/* Dead methods are kept. */
#define HAS_METHOD_FREE_LIST (PY_VERSION_HEX < 0x03090000 || PY_VERSION_HEX >= 0x030E0000)
/* Dead sets are kept. */
#define HAS_SET_FREE_LIST (PY_MAJOR_VERSION == 2)
/* The allocator can be told to fail. */
#define HAS_FAULTS (PY_MAJOR_VERSION > 2)

#endif
