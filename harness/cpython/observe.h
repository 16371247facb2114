/* What is observed after each operation: N12. */
#ifndef CYCLECHECK_OBSERVE_H
#define CYCLECHECK_OBSERVE_H

enum observe { OBSERVE_DIGEST, OBSERVE_FULL, OBSERVE_EVERY };

void begin_observation(void);
void end_operation(enum observe observe);

#endif
