#include "compiler.h"

#include "log.h"
#include "version.h"

#if PY_MAJOR_VERSION == 2
#define IS_INTERNED PyString_CHECK_INTERNED
#define IS_STRING PyString_CheckExact
#else
#define IS_INTERNED PyUnicode_CHECK_INTERNED
#define IS_STRING PyUnicode_CheckExact
#endif

int compiler_interns(const char* text) {
  char source[4096 + 32];
  PyObject* code;
  PyObject* constants;
  Py_ssize_t i;
  int interns = 0;
  snprintf(source, sizeof source, "\"%s_constant\"", text);
  code = Py_CompileString(source, "constant", Py_eval_input);
  if (code == NULL) fail("a constant could not be compiled: ", source);
  constants = ((PyCodeObject*)code)->co_consts;
  for (i = 0; i < PyTuple_GET_SIZE(constants); ++i) {
    PyObject* constant = PyTuple_GET_ITEM(constants, i);
    if (IS_STRING(constant)) interns = IS_INTERNED(constant) != 0;
  }
  Py_DECREF(code);
  return interns;
}
