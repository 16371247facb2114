/* The machine that runs traces: rules N, X and S of docs/memory-model.md on real objects. */
#ifndef CYCLECHECK_MACHINE_H
#define CYCLECHECK_MACHINE_H

#include "observe.h"

/* Runs `program`. */
void run_program(enum observe observe);
/* Runs a script with a record as `self`. Answers 1 if it raised. */
int run_operations(int script, int record);
/* The same of the script of a finalizer or callback, once (N10). */
int run_script(int record);

#endif
