/* The module, and the protocol of docs/subject-protocol.md over standard input and output. */
#include "driver.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

PyObject* make_finalizer(void);

int is_warming_up;

void fail(const char* message, const char* detail) {
  dprintf(2, "cyclecheck driver: %s%s\n", message, detail);
  _exit(70);
}

/* --- output ----------------------------------------------------------------------------------------------------- */

static char* out;
static size_t out_size, out_capacity;
static int operation_to_say = -1; /* its line is written with its first event */

static void reserve(size_t size) {
  if (out_size + size <= out_capacity) return;
  out_capacity = (out_size + size) * 2;
  out = realloc(out, out_capacity);
  if (out == NULL) fail("out of memory", "");
}

static void put_bytes(const char* bytes, size_t length) {
  reserve(length);
  memcpy(out + out_size, bytes, length);
  out_size += length;
}

static void put(const char* text) { put_bytes(text, strlen(text)); }

static void put_number(long number) {
  char digits[24];
  char* const end = digits + sizeof digits;
  char* at = end;
  const int negative = number < 0;
  unsigned long rest = negative ? 0ul - (unsigned long)number : (unsigned long)number;
  do {
    *--at = (char)('0' + rest % 10);
    rest /= 10;
  } while (rest != 0);
  if (negative) *--at = '-';
  put_bytes(at, (size_t)(end - at));
}

static void put_label(int record) {
  if (record == TUPLE_RECORD) {
    put(" (callbacks)");
    return;
  }
  if (record == NO_RECORD) {
    put(" None");
    return;
  }
  put(" n");
  put_number(records[record].name);
  if (records[record].serial != 0) {
    put("#");
    put_number(records[record].serial);
  }
  if (records[record].is_attributes) put(".__dict__");
}

static void flush(void) {
  size_t done = 0;
  while (done < out_size) {
    const ssize_t written = write(1, out + done, out_size - done);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) _exit(0); /* nobody listens any more */
    done += (size_t)written;
  }
  out_size = 0;
}

void log_operation(int index) { operation_to_say = index; }

static void begin_event(const char* word) {
  if (operation_to_say >= 0) {
    put_number(operation_to_say);
    put(":\n");
    operation_to_say = -1;
  }
  put(" ");
  put(word);
}

void log_word(const char* word) {
  begin_event(word);
  put("\n");
}
void log_number(const char* word, long number) {
  begin_event(word);
  put(" ");
  put_number(number);
  put("\n");
}
void log_numbers(const char* word, long a, long b, long c) {
  begin_event(word);
  put(" ");
  put_number(a);
  put(" ");
  put_number(b);
  put(" ");
  put_number(c);
  put("\n");
}
void log_label(const char* word, int record) {
  begin_event(word);
  put_label(record);
  put("\n");
}
void log_labelled_number(const char* word, int record, long number) {
  begin_event(word);
  put_label(record);
  put(" ");
  put_number(number);
  put("\n");
}

/* --- input ------------------------------------------------------------------------------------------------------ */

static char* in;
static size_t in_begin, in_size, in_capacity;

/* Reads on; 0 at the end of the input. */
static int read_more(void) {
  ssize_t size;
  if (in_begin > 0) {
    memmove(in, in + in_begin, in_size - in_begin);
    in_size -= in_begin;
    in_begin = 0;
  }
  if (in_capacity - in_size < 65536) {
    in_capacity = in_capacity * 2 + 131072;
    in = realloc(in, in_capacity);
    if (in == NULL) fail("out of memory", "");
  }
  do {
    size = read(0, in + in_size, in_capacity - in_size - 1);
  } while (size < 0 && errno == EINTR);
  if (size <= 0) return 0;
  in_size += (size_t)size;
  return 1;
}

/* The next line without its end; NULL at the end of the input. */
static char* next_line(void) {
  size_t searched = 0;
  for (;;) {
    char* end =
        in_size - in_begin > searched ? memchr(in + in_begin + searched, '\n', in_size - in_begin - searched) : NULL;
    if (end != NULL) {
      char* line = in + in_begin;
      *end = '\0';
      in_begin = (size_t)(end - in) + 1;
      return line;
    }
    searched = in_size - in_begin;
    if (!read_more()) return NULL;
  }
}

/* The text up to the line `end`, which stays in the buffer up to the next read; NULL at the end of the input. */
static char* next_text(void) {
  static const char end[] = "\nend\n";
  size_t searched = 0;
  for (;;) {
    const size_t size = in_size - in_begin;
    char* found = size > searched ? memmem(in + in_begin + searched, size - searched, end, sizeof end - 1) : NULL;
    if (found != NULL) {
      char* text = in + in_begin;
      found[1] = '\0';
      in_begin = (size_t)(found - in) + sizeof end - 1;
      return text;
    }
    searched = size < sizeof end ? 0 : size - sizeof end;
    if (!read_more()) return NULL;
  }
}

/* --- the protocol ----------------------------------------------------------------------------------------------- */

static void greet(const char* version, const char* profile) {
  int code;
  put("cyclecheck-subject 1\nname cpython\nversion ");
  put(version);
  put("\nprofile ");
  put(profile);
  put("\nlevel order\noperations");
  for (code = 0; code < OP_CODES; ++code) {
    put(" ");
    put(operation_word(code));
  }
  put("\nready\n");
  flush();
}

static void answer(const char* profile, enum observe observe, char* text) {
  const char* problem = parse_program(text, profile);
  if (problem != NULL) {
    put("error ");
    put(problem);
    put("\n");
  } else {
    put("log\n");
    run_program(observe);
    put("end ");
    put_number(program.size);
    put("\n");
  }
  flush();
}

/* What the interpreter allocates once, when something happens for the first time, belongs to the world. */
static void warm_up(const char* profile) {
  static const char operations[] =
      "new n0 node del={raise}\nnew n1 instance del={raise}\nnew n2 classic legacy={raise}\nnew n3 opaque\n"
      "append n0 n1\nappend n1 n0\nappend n2 n3\nstore n1 3 n2\nerase n1 3\nweakref n4 n0\nproxy n5 n0\nuse n5\n"
      "subref n6 n0 cb={raise}\nweakref n7 n1 cb={raise}\nderef n8 n4\nget_threshold\nget_count\nget_stats\n"
      "get_objects\nget_objects 0\nget_objects 3\nget_referrers n0\nget_referents n1\nis_tracked n0\nis_finalized n0\n"
      "freeze\nget_freeze_count\nunfreeze\nset_debug 63\ndrop n8\ndrop n0\ndrop n1\ncollect 2\nuse n5\n"
      "clear_garbage\nset_debug 0\nnew n0 node del={raise}\nweakref n4 n0 cb={raise}\nweakref n6 n0 cb={}\ndrop n0\n"
      "new n0 instance\nappend n0 n0\nappend n0 n2\ndrop n0\ndrop n2\ncollect 1\nnew n9 list\nnew n10 dict\n"
      "append n9 n10\nappend n10 n9\ntuple n11 n9\nerase n10 0\nclear n9\ndrop n9\ndrop n10\ndrop n11\n"
      "int n12 700\nadd n12 n12 n12\nstr n12 \"warm\"\nadd n12 n12 n12\nintern n12 n12\nstr n12 \"warm up\"\n"
      "shutdown\n";
  char text[sizeof operations + 64];
  const char* problem;
  int i;
  is_warming_up = 1;
  for (i = 0; i < 3; ++i) {
    snprintf(text, sizeof text, "cyclecheck-trace 1\nprofile %s\n%s", profile, operations);
    problem = parse_program(text, profile);
    if (problem != NULL) fail("warming up: ", problem);
    run_program(OBSERVE_EVERY);
    hide_world();
  }
  is_warming_up = 0;
  out_size = 0;
}

static PyObject* serve(PyObject* self, PyObject* arguments) {
  static const char* const kObserve[3] = {"digest", "full", "every"};
  const char *version, *profile;
  PyObject *classes, *names;
  char* line;
  (void)self;
  if (!PyArg_ParseTuple(arguments, "ssO!O!", &version, &profile, &PyTuple_Type, &classes, &PyTuple_Type, &names)) {
    return NULL;
  }
  set_up_collector();
  set_up_objects(classes, names);
  set_up_atoms();
  hide_world();
  warm_up(profile);
  greet(version, profile);
  while ((line = next_line()) != NULL) {
    char* text;
    int observe = 0;
    if (strncmp(line, "run ", 4) != 0) {
      observe = 3;
    } else {
      while (observe < 3 && strcmp(line + 4, kObserve[observe]) != 0) ++observe;
    }
    if (observe == 3) {
      put("error expected 'run digest', 'run full' or 'run every', found '");
      put(line);
      put("'\n");
      flush();
      continue;
    }
    text = next_text();
    if (text == NULL) break;
    answer(profile, (enum observe)observe, text);
  }
  /* The world is hidden from the collector: an orderly end could not find it. */
  _exit(0);
}

static PyMethodDef methods[] = {{"serve", serve, METH_VARARGS, "serve(version, profile, classes, attribute names)"},
                                {NULL, NULL, 0, NULL}};

#define EXPORTED __attribute__((visibility("default")))

#if PY_MAJOR_VERSION > 2
static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "cyclecheck_driver", NULL, -1, methods, NULL, NULL, NULL, NULL};
#define RETURN_MODULE(module) return module
EXPORTED PyMODINIT_FUNC PyInit_cyclecheck_driver(void) {
  PyObject* module = PyModule_Create(&definition);
#else
#define RETURN_MODULE(module) return
EXPORTED PyMODINIT_FUNC initcyclecheck_driver(void) {
  PyObject* module = Py_InitModule("cyclecheck_driver", methods);
#endif
  PyObject* finalizer = make_finalizer();
  if (module != NULL && finalizer != NULL) PyModule_AddObject(module, "finalizer", finalizer);
  RETURN_MODULE(module);
}
