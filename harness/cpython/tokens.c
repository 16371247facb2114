#include "tokens.h"

#include "free_lists.h"
#include "log.h"
#include "records.h"
#include "window.h"

typedef struct {
  PyObject_HEAD int record;
} Token;

static void token_dealloc(PyObject* self) {
  const int record = ((Token*)self)->record;
  ENTER();
  if (records[record].kind != KIND_NODE) trim_free_lists();
  PyObject_Free(self);
  say_died(record);
}

#if PY_MAJOR_VERSION == 2
static long token_hash(PyObject* self) {
#else
static Py_hash_t token_hash(PyObject* self) {
#endif
  (void)self;
  return 0;
}

static PyTypeObject token_type = {PyVarObject_HEAD_INIT(NULL, 0)};

void set_up_tokens(void) {
  token_type.tp_name = "cyclecheck.token";
  token_type.tp_basicsize = sizeof(Token);
  token_type.tp_dealloc = token_dealloc;
  token_type.tp_flags = Py_TPFLAGS_DEFAULT;
  token_type.tp_hash = token_hash;
  if (PyType_Ready(&token_type) < 0) fail("the type of tokens could not be made", "");
}

PyObject* new_token(int record) {
  Token* token = PyObject_New(Token, &token_type);
  if (token == NULL) fail("out of memory", "");
  token->record = record;
  return (PyObject*)token;
}

int is_token(PyObject* object) { return Py_TYPE(object) == &token_type; }
