/* The interpreter's gc module, called so that the call leaves no trace. */
#ifndef CYCLECHECK_GC_MODULE_H
#define CYCLECHECK_GC_MODULE_H

#include "version.h"

/* gc.garbage. */
extern PyObject* garbage;
/* gc.callbacks; NULL: 2.7 has none. */
extern PyObject* callbacks;
void set_up_gc_module(void);

long gc_collect(int generation);
void gc_enable(int on);
int gc_is_enabled(void);
void gc_set_threshold(int count, const int* values);
void gc_get_threshold(int* values);
void gc_get_count(int* values);
void gc_set_debug(int flags);
int gc_get_debug(void);
void gc_freeze(int on);
long gc_freeze_count(void);
int gc_flag(const char* function, PyObject* object); /* is_tracked, is_finalized */
/* Since `gc_begin_stats`, if a trace asks for them. */
void gc_stats(long values[9]);
void gc_begin_stats(int are_asked_for);
/* Calls get_objects (generation -1: all), get_referrers or get_referents and visits what it answers. 0: it refused. */
/* Calls get_objects (generation -1: all), get_referrers or get_referents and visits what it answers. 0: it refused. */
int gc_objects(int generation, void (*visit)(PyObject*));
void gc_referrers(PyObject* object, void (*visit)(PyObject*));
void gc_referents(PyObject* object, void (*visit)(PyObject*));

#endif
