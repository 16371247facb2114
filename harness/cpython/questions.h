/* Operations that ask: rules X. */
#ifndef CYCLECHECK_QUESTIONS_H
#define CYCLECHECK_QUESTIONS_H

#include "program.h"

/* Does nothing if the operation is no question. */
void answer_question(const struct operation* operation);

#endif
