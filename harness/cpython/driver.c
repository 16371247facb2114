/* The CPython driver: runs traces on the memory management of the interpreter that loaded it.

   One source for 2.7 and 3.6 to 3.15. The rules of the machine that runs traces (names, operands, scripts, what is
   logged) are written here once more, from docs/memory-model.md; the memory management is the interpreter's own. The
   driver keeps what is the interpreter's and not the memory model's out of the way: section "The interpreter's own
   effects" of docs/memory-model.md lists it.

   Each file includes only files that stand above it here:

     version        what depends on the interpreter's version
     log, input     standard output and input
     compiler       which constants the interpreter interns
     program        a trace as text becomes operations
     state          the collector's lists and counts in memory
     records        which object is which: from addresses to labels
     trashcan       what waits to be deallocated
     guard          what the driver allocates for itself
     free_lists     what allocations leave behind and must not
     window         control passes between the interpreter and the driver
     faults         allocations that fail
     debug_lines    when collections begin and end
     gc_module      the gc module's functions
     collector      the collector as a trace finds it
     tokens, opaque, custom, cell, method, hooks, weak, attributes, frame, generator, set, objects, slots, atoms
                    what a trace is made of
     names          variables, scopes, operands
     watchers       gc.callbacks that act
     questions      operations that ask
     observe        what is observed after an operation
     machine        operations, scripts, a whole trace
     driver         the module, and the protocol of docs/subject-protocol.md */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "atoms.h"
#include "attributes.h"
#include "cell.h"
#include "collector.h"
#include "custom.h"
#include "frame.h"
#include "gc_module.h"
#include "generator.h"
#include "hooks.h"
#include "input.h"
#include "log.h"
#include "machine.h"
#include "method.h"
#include "objects.h"
#include "opaque.h"
#include "program.h"
#include "records.h"
#include "state.h"
#include "tokens.h"
#include "trashcan.h"
#include "version.h"
#include "watchers.h"
#include "weak.h"

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
  put("\nanew\nready\n");
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
      "new n13 node\nweakref n14 n13 cb=n13{raise}\nweakrefs n13 n13 2\nhold n13 2\nunhold n13 1\nfill n13 n13 2\n"
      "new n18 custom del={raise}\nappend n18 n18\nappend n18 n18\nweakref n19 n18 cb={}\ndrop n18\n"
      "watch n13 start={raise}\nwatch n13 stop={unwatch self; raise}\ncollect 0\ncollect 2\nunwatch n13\n"
      "new n20 cell\nappend n20 n20\ndrop n20\ncollect 2\nnew n20 cell\ndrop n20\n"
      "new n21 node\nmethod n22 n21 n21\nweakref n23 n22 cb={raise}\nproxy n24 n21 cb=n22{raise}\nappend n21 n22\n"
      "drop n22\ndrop n21\ncollect 2\n"
      "new n25 frame\nappend n25 n13\nappend n25 n25\ntraceback n26 n26 n25\ntraceback n26 n26 n25\nstore n25 3 n26\n"
      "erase n25 0\ndrop n26\ndrop n25\ncollect 2\nnew n25 frame\ntraceback n26 n26 n25\ndrop n25\ndrop n26\n"
      "new n27 node\nnew n28 generator\nappend n28 n27\nappend n27 n28\nnew n29 generator del={raise}\nappend n29 n27\n"
      "append n29 n29\nclose n28\ndrop n28\ndrop n29\ncollect 2\nnew n28 generator del={raise}\nclose n28\nnew n28 generator\n"
      "drop n28\nclear_garbage\nclear n27\ncollect 2\n"
      "new n30 set\nnew n31 node\nnew n32 instance\nappend n30 n31\nappend n30 n32\nappend n31 n30\nweakref n33 n30 cb={}\nremove n30 n32\n"
      "new n34 dict\nsetitem n34 n31 n32\nsetitem n34 n32 n34\ndelitem n34 n31\nclear n34\nsetitem n34 n31 n34\ndrop n34\n"
      "append n30 n32\ndrop n31\ndrop n32\ndrop n30\ncollect 2\nnew n30 set\nclear n30\ndrop n30\n"
      "weakmap n15\nnew n16 node\nproxy n17 n16 cb=n13{}\ndrop n16\ndrop n17\n"
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
  discard_output();
}

/* Runs traces up to the line `anew`; 0: to the end of the input. */
static int serve_traces(const char* profile) {
  static const char* const kObserve[3] = {"digest", "full", "every"};
  char* line;
  while ((line = next_line()) != NULL) {
    char* text;
    int observe = 0;
    if (strcmp(line, "anew") == 0) return 1;
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
    if (text == NULL) return 0;
    answer(profile, (enum observe)observe, text);
  }
  return 0;
}

/* The same in a process of its own, so that this one stays as it is. It dies as that one does. Nothing of the input
   behind `anew` is read by then: the harness waits for `ready`. */
static int serve_until_anew(const char* profile) {
  enum { ANEW = 77 };
  const pid_t parent = getpid();
  const pid_t child = fork();
  int status;
  if (child < 0) fail("fork: ", strerror(errno));
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(0);
    _exit(serve_traces(profile) ? ANEW : 0);
  }
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFSIGNALED(status)) {
    signal(WTERMSIG(status), SIG_DFL);
    raise(WTERMSIG(status));
  }
  if (WEXITSTATUS(status) != ANEW) _exit(WEXITSTATUS(status));
  return 1;
}

static PyObject* serve(PyObject* self, PyObject* arguments) {
  const char *version, *profile;
  PyObject *classes, *names, *code, *generators;
  int stack_is_limited = 0;
  (void)self;
  if (!PyArg_ParseTuple(arguments, "ssO!O!O!O!|i", &version, &profile, &PyTuple_Type, &classes, &PyTuple_Type, &names,
                        &PyCode_Type, &code, &PyTuple_Type, &generators, &stack_is_limited)) {
    return NULL;
  }
  if (!stack_is_limited) check_that_trashcan_is_unused();
  set_up_gc_module();
  set_up_collector();
  set_up_records();
  set_up_tokens();
  set_up_opaque();
  set_up_cells();
  set_up_methods();
  set_up_frames(code);
  set_up_generators(generators);
  set_up_hooks(run_script);
  set_up_watchers(run_operations);
  set_up_attributes(names);
  set_up_objects(classes);
  set_up_weak((PyTypeObject*)PyTuple_GET_ITEM(classes, (CLASS_KINDS + 1) * FINALIZERS));
  set_up_atoms();
  hide_world();
  warm_up(profile);
  greet(version, profile);
  while (serve_until_anew(profile)) {
    put("ready\n");
    flush();
  }
  /* The world is hidden from the collector: an orderly end could not find it. */
  _exit(0);
}

static PyMethodDef methods[] = {{"serve", serve, METH_VARARGS, "serve(version, profile, classes, attribute names)"},
                                {NULL, NULL, 0, NULL}};

#ifdef Py_DEBUG
enum { IS_DEBUG = 1 };
#else
enum { IS_DEBUG = 0 };
#endif

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
  PyObject* custom = make_custom_type();
  PyObject* leaving = make_leaving();
  PyObject* awaited = make_awaited();
  if (module != NULL && finalizer != NULL && custom != NULL && leaving != NULL && awaited != NULL) {
    PyModule_AddObject(module, "leaving", leaving);
    PyModule_AddObject(module, "awaited", awaited);
    PyModule_AddObject(module, "custom", custom);
    PyModule_AddObject(module, "finalizer", finalizer);
    PyModule_AddStringConstant(module, "headers", PY_VERSION);
    PyModule_AddIntConstant(module, "is_debug", IS_DEBUG);
  }
  RETURN_MODULE(module);
}
