/* Every object of a trace owns a token, whose end tells that of the object. */
#ifndef CYCLECHECK_TOKENS_H
#define CYCLECHECK_TOKENS_H

#include "version.h"

void set_up_tokens(void);
/* A new reference. */
PyObject* new_token(int record);
int is_token(PyObject* object);

#endif
