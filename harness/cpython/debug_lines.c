#include "debug_lines.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "records.h"
#include "state.h"
#include "window.h"

int collections_begun[3];
int callbacks_on, next_is_silent, debug_flags;
void (*tell_silent)(int begins);

/* The collections that run now, one inside of the other (3.12). */
static struct { int generation, is_silent; } running[64];
static int depth;

/* Past `prefix` if the text begins with it, else null. */
static const char* past(const char* text, const char* prefix) {
  while (*prefix != '\0' && *text == *prefix) ++text, ++prefix;
  return *prefix == '\0' ? text : NULL;
}

/* Numbers with other characters between them: how many there are, `most` of them at most. */
static int take_numbers(const char* at, long* numbers, int most) {
  int count = 0;
  while (*at != '\0' && count < most) {
    if (*at < '0' || *at > '9') {
      ++at;
      continue;
    }
    for (numbers[count] = 0; *at >= '0' && *at <= '9'; ++at) numbers[count] = numbers[count] * 10 + (*at - '0');
    ++count;
  }
  return count;
}

/* These lines are most of what the driver reads while a trace runs, so they are taken apart without sscanf. */
static void handle_line(char* line) {
  long number[3] = {0, 0, 0};
  const char *rest, *address;
  int silent;
  if ((rest = past(line, "gc: collecting generation ")) != NULL && take_numbers(rest, number, 1) == 1) {
    ENTER();
    ++collections_begun[number[0]];
    running[depth & 63].generation = (int)number[0];
    silent = running[depth++ & 63].is_silent = next_is_silent;
    next_is_silent = 0;
    if (silent && tell_silent != NULL) tell_silent(1);
    if (quiet) return;
    if (callbacks_on && !silent) log_number("gc_start", number[0]);
    if (debug_flags & STATS) log_number("debug_collecting", number[0]);
  } else if ((rest = past(line, "gc: objects in each generation:")) != NULL) {
    if (quiet || !(debug_flags & STATS) || take_numbers(rest, number, 3) != 3) return;
    log_numbers("debug_sizes", number[0], number[1], number[2]);
  } else if ((rest = past(line, "gc: objects in permanent generation:")) != NULL) {
    if (quiet || !(debug_flags & STATS) || take_numbers(rest, number, 1) != 1) return;
    log_number("debug_permanent", number[0]);
  } else if ((rest = past(line, "gc: done")) != NULL) {
    /* Without counts the seconds would be taken for one: "gc: done, 0.0000s elapsed". */
    const int has_numbers = strstr(rest, "unreachable") != NULL && take_numbers(rest, number, 2) == 2;
    const int generation = running[--depth & 63].generation;
    silent = running[depth & 63].is_silent;
    if (silent && tell_silent != NULL) tell_silent(0);
    if (!quiet && (debug_flags & STATS)) log_numbers("debug_done", number[0], number[1], has_numbers);
    if (!quiet && callbacks_on && !silent) log_numbers("gc_stop", generation, number[0] - number[1], number[1]);
    if (generation == 2) open_window();
  } else if ((past(line, "gc: collectable") != NULL || past(line, "gc: uncollectable") != NULL) &&
             (address = strstr(line, "0x")) != NULL) {
    const int record = record_of((PyObject*)(uintptr_t)strtoull(address, NULL, 16));
    if (!quiet) log_label(line[4] == 'c' ? "debug_collectable" : "debug_uncollectable", record);
  } else {
    dprintf(2, "%s\n", line);
  }
}

/* The interpreter's standard error. Addresses are used again, so every line is looked at as soon as it is written: a
 * line at a time. */
static ssize_t write_lines(void* cookie, const char* bytes, size_t size) {
  static char line[400];
  static size_t length;
  size_t i;
  (void)cookie;
  for (i = 0; i < size; ++i) {
    if (bytes[i] != '\n') {
      if (length < sizeof line - 1) line[length++] = bytes[i];
      continue;
    }
    line[length] = '\0';
    length = 0;
    handle_line(line);
  }
  return (ssize_t)size;
}

#if PY_VERSION_HEX >= 0x030D0000
/* Releases of 3.13, and all that follow, raise an exception when sys.stderr is missing before they write to the stream
   of C, and its arguments are a tuple that counts. So sys.stderr is an object here. All its attributes are one
   function, which takes a string and allocates no container. */
static PyObject* write_function;

static PyObject* write_text(PyObject* self, PyObject* text) {
  Py_ssize_t size;
  const char* bytes;
  (void)self;
  bytes = PyUnicode_AsUTF8AndSize(text, &size);
  if (bytes == NULL) fail("standard error cannot be read", "");
  write_lines(NULL, bytes, (size_t)size);
  Py_RETURN_NONE;
}

/* What cannot be raised (M4) is not reported: the report would be written to that object. */
static PyObject* ignore(PyObject* self, PyObject* arguments) {
  (void)self, (void)arguments;
  Py_RETURN_NONE;
}

static PyMethodDef write_definition = {"write", write_text, METH_O, NULL};
static PyMethodDef ignore_definition = {"ignore", ignore, METH_O, NULL};

static PyObject* get_write(PyObject* self, PyObject* name) {
  (void)self, (void)name;
  Py_INCREF(write_function);
  return write_function;
}

static PyTypeObject stderr_type = {PyVarObject_HEAD_INIT(NULL, 0)};

void redirect_standard_error(void) {
  PyObject *object, *hook;
  stderr_type.tp_name = "cyclecheck.stderr";
  stderr_type.tp_basicsize = sizeof(PyObject);
  stderr_type.tp_flags = Py_TPFLAGS_DEFAULT;
  stderr_type.tp_getattro = get_write;
  write_function = PyCFunction_New(&write_definition, NULL);
  hook = PyCFunction_New(&ignore_definition, NULL);
  if (write_function == NULL || hook == NULL || PyType_Ready(&stderr_type) < 0) fail("out of memory", "");
  object = (PyObject*)PyObject_New(PyObject, &stderr_type);
  if (object == NULL || PySys_SetObject("stderr", object) < 0 || PySys_SetObject("unraisablehook", hook) < 0) {
    fail("out of memory", "");
  }
}
#else
void redirect_standard_error(void) {
  static const cookie_io_functions_t functions = {NULL, write_lines, NULL, NULL};
  FILE* stream = fopencookie(NULL, "w", functions);
  if (stream == NULL) fail("out of memory", "");
  setvbuf(stream, NULL, _IOLBF, BUFSIZ);
  /* Without sys.stderr the interpreter writes to the stream of C. */
  PySys_SetObject("stderr", NULL);
  stderr = stream;
}
#endif
