/* gc.callbacks with functions that hold objects of the trace's, and act: rule X10. */
#ifndef CYCLECHECK_WATCHERS_H
#define CYCLECHECK_WATCHERS_H

#include "version.h"

/* `run_script` runs a script (NO_SCRIPT: none) with the record as `self`, and answers 1 if it raised. */
void set_up_watchers(int (*run_script)(int script, int record));
/* A trace begins, or ends: nothing is registered, and what was is released. */
void forget_watchers(void);
void watch(int record, int at_stop, int script);
void unwatch(int record);
/* S3: gc.callbacks are hidden while a collection that is silent begins and ends; what runs inside of it sees them. */
void hide_watchers(int on);

#endif
