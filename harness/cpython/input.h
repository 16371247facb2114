/* Standard input. What is read stays in the buffer up to the next call. */
#ifndef CYCLECHECK_INPUT_H
#define CYCLECHECK_INPUT_H

/* The next line without its end; NULL at the end of the input. */
char* next_line(void);
/* The text up to the line `end`; NULL at the end of the input. */
char* next_text(void);

#endif
