/* Frames of functions that have ended, and tracebacks (rules N21, N22). */
#ifndef CYCLECHECK_FRAME_H
#define CYCLECHECK_FRAME_H

#include "version.h"

/* `code`: of a function with a local variable for the token, and for each slot. */
void set_up_frames(PyObject* code);
/* NO_RECORD: there is no memory. */
int create_frame(int name);
/* REQUIRES: index < ATTRIBUTES. Borrowed; NULL: unset */
PyObject* frame_slot(PyObject* frame, int index);
/* NULL unsets. */
void set_frame_slot(PyObject* frame, int index, PyObject* value);
/* A frame of this code, behind which there is none; NULL: no memory. */
#if PY_VERSION_HEX < 0x030B0000
PyObject* new_frame(PyObject* code);
/* A frame of this code comes from the free lists, if these are filled. */
void refill_frames(PyObject* code);
/* There are frames of this code, too. */
void know_code(PyObject* code);
#endif
/* Dead frames that are kept (rule W8.7) are freed. */
void drain_frames(void);

/* NO_RECORD: there is no memory. `next` may be NULL. REQUIRES: the caller holds both */
int create_traceback(PyObject* next, PyObject* frame, int name);
/* Borrowed; NULL: unset */
PyObject* traceback_part(PyObject* traceback, int index);

#endif
