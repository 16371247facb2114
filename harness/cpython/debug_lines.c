/* The interpreter's standard error: its debug lines tell when collections begin and end, and what they saw. */
#include "driver.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int collections_begun[3];
int callbacks_on, next_is_silent, debug_flags;

/* The collections that run now, one inside of the other (3.12). */
static struct { int generation, is_silent; } running[64];
static int depth;

static void handle_line(char* line) {
  long a = 0, b = 0, c = 0;
  const char* address;
  int silent;
  if (sscanf(line, "gc: collecting generation %ld", &a) == 1) {
    ENTER();
    ++collections_begun[a];
    running[depth & 63].generation = (int)a;
    silent = running[depth++ & 63].is_silent = next_is_silent;
    next_is_silent = 0;
    if (quiet) return;
    if (callbacks_on && !silent) log_number("gc_start", a);
    if (debug_flags & STATS) log_number("debug_collecting", a);
  } else if (sscanf(line, "gc: objects in each generation: %ld %ld %ld", &a, &b, &c) == 3) {
    if (!quiet && (debug_flags & STATS)) log_numbers("debug_sizes", a, b, c);
  } else if (sscanf(line, "gc: objects in permanent generation: %ld", &a) == 1) {
    if (!quiet && (debug_flags & STATS)) log_number("debug_permanent", a);
  } else if (strncmp(line, "gc: done", 8) == 0) {
    const int has_numbers = sscanf(line, "gc: done, %ld unreachable, %ld uncollectable", &a, &b) == 2;
    const int generation = running[--depth & 63].generation;
    silent = running[depth & 63].is_silent;
    if (!has_numbers) a = b = 0;
    if (!quiet && (debug_flags & STATS)) log_numbers("debug_done", a, b, has_numbers);
    if (!quiet && callbacks_on && !silent) log_numbers("gc_stop", generation, a - b, b);
    if (generation == 2) open_window();
  } else if ((strncmp(line, "gc: collectable", 15) == 0 || strncmp(line, "gc: uncollectable", 17) == 0) &&
             (address = strstr(line, "0x")) != NULL) {
    const int record = record_of((PyObject*)(uintptr_t)strtoull(address, NULL, 16));
    if (!quiet) log_label(line[4] == 'c' ? "debug_collectable" : "debug_uncollectable", record);
  } else {
    dprintf(2, "%s\n", line);
  }
}

/* The interpreter's standard error. Addresses are used again, so every line is looked at when it is written. */
static ssize_t write_lines(void* cookie, const char* bytes, size_t size) {
  static char line[400];
  static size_t length;
  size_t i;
  (void)cookie;
  for (i = 0; i < size; ++i) {
    if (bytes[i] != '\n' && length < sizeof line - 1) line[length++] = bytes[i];
    if (bytes[i] != '\n') continue;
    line[length] = '\0';
    length = 0;
    handle_line(line);
  }
  return (ssize_t)size;
}

void redirect_standard_error(void) {
  static const cookie_io_functions_t functions = {NULL, write_lines, NULL, NULL};
  FILE* stream = fopencookie(NULL, "w", functions);
  if (stream == NULL) fail("out of memory", "");
  setvbuf(stream, NULL, _IONBF, 0);
  /* Without sys.stderr the interpreter writes to the stream of C. */
  PySys_SetObject("stderr", NULL);
  stderr = stream;
}
