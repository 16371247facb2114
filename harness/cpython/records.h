/* What a trace made: a record for each object, and the way from an address to its record and its label. */
#ifndef CYCLECHECK_RECORDS_H
#define CYCLECHECK_RECORDS_H

#include "program.h"

struct record {
  PyObject* object;
  PyTypeObject* type;
  int name, serial, hash;
  signed char kind;
  char is_attributes; /* the dictionary of an instance, or IS_FRAME: the frame of a generator */
  char is_dead;       /* rule N3 */
  char is_ready;      /* its attributes exist */
  char acts;          /* a generator whose code does something at its end */
  char awaits;        /* a generator that is a coroutine */
  char is_closed;     /* a generator that came to its end */
  char is_permanent;  /* an integer or string that the interpreter itself holds: I6 */
  int script;
};
extern struct record* records;
extern int records_size;
#define TUPLE_RECORD (-2) /* stands for the tuple of rule W6, and the dict of X10 */
#define NO_RECORD (-1)
enum { IS_FRAME = 3 }; /* as parts of a label are numbered */

void set_up_records(void);
/* A trace begins that has this many names. */
void begin_records(int names);
/* The record of an object that a trace made, NO_RECORD, or TUPLE_RECORD. */
int record_of(PyObject* object);
int new_record(PyObject* object, int name, int kind, int script);
/* The dictionary that holds the attributes of `owner`. */
void record_attributes(PyObject* dictionary, int owner);
/* The same of the frame that holds the variables of `owner`. */
void record_frame(PyObject* frame, int owner);
/* Whether no other object was made where this one is. A classic instance may be gone although its dictionary, which has
   its token, is not. The object itself is not looked at: its memory may be gone, too. */
int is_in_place(int record);
/* The record made last under a name. */
int last_created(int name);
int is_weak(int kind);
int has_slots(int kind);
/* A node, an instance, or an object of an extension's type: W1. */
int can_be_weakly_referenced(int kind);
int has_token(int kind);
/* Marks it as dead, and logs that once. */
void say_died(int record);

void log_label(const char* word, int record);
void log_labelled_number(const char* word, int record, long number);
void log_labelled_numbers(const char* word, int record, long a, long b, long c);

#endif
