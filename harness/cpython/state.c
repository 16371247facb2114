#include "state.h"

Generation* generations;
GcHead* permanent;
int quiet, knows_gc_info, is_warming_up;
