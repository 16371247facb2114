#include "state.h"

Generation* generations;
GcHead* permanent;
int quiet, is_warming_up;
