/* The machine that runs traces: rules N, X and S of docs/memory-model.md on real objects. */
#ifndef CYCLECHECK_MACHINE_H
#define CYCLECHECK_MACHINE_H

#include "observe.h"

/* Runs `program`. */
void run_program(enum observe observe);
/* Runs the script of a finalizer or callback, once (N10). Answers 1 if it raised. */
int run_script(int record);

#endif
