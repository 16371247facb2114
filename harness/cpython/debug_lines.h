/* The interpreter's standard error: its debug lines tell when collections begin and end, and what they saw. */
#ifndef CYCLECHECK_DEBUG_LINES_H
#define CYCLECHECK_DEBUG_LINES_H

enum { STATS = 1 };
/* Collections of each generation that began since the last look. */
extern int collections_begun[3];
/* Whether a trace asked for gc callbacks (X8), whether the next collection does not call them (S3), and the debug
   flags that the trace set. */
extern int callbacks_on, next_is_silent, debug_flags;
/* Told when a collection that is silent begins, and when it ends. */
extern void (*tell_silent)(int begins);
void redirect_standard_error(void);

#endif
