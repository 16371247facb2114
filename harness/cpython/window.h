/* Control passes between the interpreter and the driver.

   A full collection ends by emptying the free lists, after its last debug line. From that line to the next time that
   the driver has control a window is open: no collection is triggered, and what the emptying does to the count is
   undone. */
#ifndef CYCLECHECK_WINDOW_H
#define CYCLECHECK_WINDOW_H

#include "version.h"

/* To be called whenever control returns from the interpreter to the driver. */
#define ENTER()                      \
  do {                               \
    if (window_open) close_window(); \
  } while (0)
extern int window_open;
void open_window(void);
void close_window(void);
/* After a failure inside of the interpreter. What it allocates for its exception does not count; the exception is
   forgotten when the window closes. `freed`: an object's memory goes before that, which does count. */
void open_fault_window(int freed);
/* An object went whose death the driver was told of before. */
void freed_in_fault_window(void);

/* A callback begins, with its argument (up to 3.6 a tuple that holds it), and ends. */
void enter_callback(PyObject* arguments);
void leave_callback(PyObject* arguments);

#endif
