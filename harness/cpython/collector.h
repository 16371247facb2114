/* The collector as a trace finds it: its lists in memory, its counts, and what happens at a safepoint. */
#ifndef CYCLECHECK_COLLECTOR_H
#define CYCLECHECK_COLLECTOR_H

#include "program.h"
#include "state.h"

void set_up_collector(void);
/* Puts everything that the collector knows now out of its sight, for good. */
void hide_world(void);
/* All of generation 0 goes to a list of the caller's, or comes back to its end. */
void move_young_aside(GcHead* list);
void move_young_back(GcHead* list);
/* Empties counts, free lists, statistics and whatever else the next trace would see. */
void begin_collector(const struct program* settings);
/* Whether a generation still holds something. */
int generations_hold_objects(void);

void safepoint(void);
void forget_pending_collection(void);
void empty_trashcan(void);

#endif
