/* Cells: what a closure keeps a variable in (rule N19). */
#ifndef CYCLECHECK_CELL_H
#define CYCLECHECK_CELL_H

#include "version.h"

void set_up_cells(void);
int create_cell(int name);

#endif
