/* What the interpreter's compiler does with constants. */
#ifndef CYCLECHECK_COMPILER_H
#define CYCLECHECK_COMPILER_H

/* Whether it interns a constant that says this. */
int compiler_interns(const char* text);

#endif
