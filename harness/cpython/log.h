/* Standard output, and the end of the process with a message. Every other file may use this one. */
#ifndef CYCLECHECK_LOG_H
#define CYCLECHECK_LOG_H

#include <stddef.h>

/* Ends the process with a message on the real standard error. */
void fail(const char* message, const char* detail);
/* Makes room for one more element of an array; ends the process when memory runs out. */
void* grown(void* array, int size, int* capacity, size_t element);

/* Text of the answer. It is kept until `flush` writes it, or `discard_output` forgets it. */
void put(const char* text);
void put_number(long number);
void flush(void);
void discard_output(void);

/* Events. Those that follow belong to operation `index`. */
void log_operation(int index);
/* Begins an event; its caller puts the rest of the line. */
void begin_event(const char* word);
void log_word(const char* word);
void log_number(const char* word, long number);
void log_numbers(const char* word, long a, long b, long c);

#endif
