#include "atoms.h"

#include <string.h>

#include "guard.h"
#include "log.h"
#include "records.h"
#include "window.h"

#if PY_MAJOR_VERSION == 2
#define INTEGER_TYPE PyInt_Type
#define STRING_TYPE PyString_Type
#define FROM_LONG PyInt_FromLong
#define AS_LONG PyInt_AS_LONG
#define FROM_TEXT PyString_FromStringAndSize
#define INTERN PyString_InternInPlace
#else
#define INTEGER_TYPE PyLong_Type
#define STRING_TYPE PyUnicode_Type
#define FROM_LONG PyLong_FromLong
#define AS_LONG PyLong_AsLong
#define FROM_TEXT PyUnicode_FromStringAndSize
#define INTERN PyUnicode_InternInPlace
#endif

enum { LARGEST = 1000000000, LONGEST = 4096 };

/* Strings of two characters or more end with this in the interpreter, so that only the trace refers to them, and none
   is left over from the trace before. It is made of characters that names may contain, so it changes no rule. */
static char suffix[32];
static size_t suffix_size;
static unsigned traces;

void begin_atoms(void) { suffix_size = (size_t)snprintf(suffix, sizeof suffix, "_trace_%u", ++traces); }

/* --- deaths ----------------------------------------------------------------------------------------------------- */

/* They cannot own a token, so their deallocation is watched. */
static destructor integer_dealloc, string_dealloc;

static void watch_dealloc(PyObject* self, destructor original) {
  const int record = record_of(self);
  /* The interpreter's own die at any time, also before it has emptied the free lists. */
  if (record >= 0) ENTER();
  original(self);
  if (record >= 0) say_died(record);
}
static void watched_integer_dealloc(PyObject* self) { watch_dealloc(self, integer_dealloc); }
static void watched_string_dealloc(PyObject* self) { watch_dealloc(self, string_dealloc); }

void set_up_atoms(void) {
  integer_dealloc = INTEGER_TYPE.tp_dealloc;
  string_dealloc = STRING_TYPE.tp_dealloc;
  INTEGER_TYPE.tp_dealloc = watched_integer_dealloc;
  STRING_TYPE.tp_dealloc = watched_string_dealloc;
}

int is_atom(int kind) { return kind == KIND_INTEGER || kind == KIND_STRING; }

/* --- creation --------------------------------------------------------------------------------------------------- */

static int is_immortal(PyObject* object) {
#if PY_VERSION_HEX >= 0x030C0000
  return _Py_IsImmortal(object);
#else
  (void)object;
  return 0;
#endif
}

/* The object as the trace knows it. What others held already when it was seen first is the interpreter's own (I6). */
static PyObject* recorded(PyObject* object, int name, int kind) {
  int record;
  (void)pause_faults(0);
  if (object == NULL) fail("an integer or a string could not be made", "");
  record = record_of(object);
  if (record < 0 || records[record].is_dead) {
    record = new_record(object, name, kind, NO_SCRIPT);
    records[record].is_permanent = Py_REFCNT(object) > 1;
  }
  return object;
}

PyObject* make_integer(long value, int name) {
  (void)pause_faults(1);
  return recorded(FROM_LONG(value), name, KIND_INTEGER);
}

static PyObject* string_of(const char* text, size_t size) {
  char whole[LONGEST + sizeof suffix];
  memcpy(whole, text, size);
  if (size <= 1) return FROM_TEXT(whole, (Py_ssize_t)size);
  memcpy(whole + size, suffix, suffix_size);
  return FROM_TEXT(whole, (Py_ssize_t)(size + suffix_size));
}

PyObject* make_constant(const char* text, int is_interned, int name) {
  PyObject* string;
  (void)pause_faults(1);
  string = string_of(text, strlen(text));
  if (string != NULL && is_interned) INTERN(&string);
  return recorded(string, name, KIND_STRING);
}

PyObject* intern_string(int record) {
  PyObject* string = records[record].object;
  Py_INCREF(string);
  INTERN(&string);
  record = record_of(string);
  if (is_immortal(string)) records[record].is_permanent = 1;
  return string;
}

/* What the trace wrote, without the suffix. */
static const char* text_of(PyObject* string, size_t* size) {
#if PY_MAJOR_VERSION == 2
  *size = (size_t)PyString_GET_SIZE(string);
  if (*size > 1) *size -= suffix_size;
  return PyString_AS_STRING(string);
#else
  *size = (size_t)PyUnicode_GET_LENGTH(string);
  if (*size > 1) *size -= suffix_size;
  return (const char*)PyUnicode_DATA(string);
#endif
}

static PyObject* joined(PyObject* a, PyObject* b) {
  size_t a_size, b_size;
  const char* a_text = text_of(a, &a_size);
  const char* b_text = text_of(b, &b_size);
  char whole[LONGEST + sizeof suffix];
  PyObject *left, *right, *result;
  if (a_size + b_size > LONGEST) return NULL;
  if (a_size == 0 || b_size == 0) return PyNumber_Add(a, b);
  /* The operator joins what the trace wrote, and the suffix goes to the end. */
  left = FROM_TEXT(a_text, (Py_ssize_t)a_size);
  memcpy(whole, b_text, b_size);
  memcpy(whole + b_size, suffix, suffix_size);
  right = FROM_TEXT(whole, (Py_ssize_t)(b_size + suffix_size));
  result = left == NULL || right == NULL ? NULL : PyNumber_Add(left, right);
  Py_XDECREF(left);
  Py_XDECREF(right);
  if (result == NULL) fail("two strings could not be joined", "");
  return result;
}

PyObject* add_atoms(int a, int b, int name) {
  PyObject *left = records[a].object, *right = records[b].object, *result;
  if (records[a].kind == KIND_INTEGER) {
    const long sum = AS_LONG(left) + AS_LONG(right);
    if (sum > LARGEST || sum < -LARGEST) return NULL;
    (void)pause_faults(1);
    return recorded(PyNumber_Add(left, right), name, KIND_INTEGER);
  }
  (void)pause_faults(1);
  result = joined(left, right);
  if (result != NULL) return recorded(result, name, KIND_STRING);
  (void)pause_faults(0);
  return NULL;
}
