#include "state.h"

Generation* generations;
int quiet, is_warming_up;
