#include "questions.h"

#include "gc_module.h"
#include "log.h"
#include "names.h"
#include "records.h"
#include "weak.h"

static void answer_object(PyObject* object) {
  const int record = record_of(object);
  log_label("object", record);
}

/* Answers hold what is the interpreter's as well: classes, None. */
static void answer_known_object(PyObject* object) {
  const int record = record_of(object);
  if (record != NO_RECORD) log_label("object", record);
}

static int has_frame(int record) {
  const int kind = records[record].kind;
  return kind == KIND_FRAME || kind == KIND_GENERATOR || records[record].is_attributes == IS_FRAME;
}

/* Of a frame, which has the dicts of its module as well. */
static void answer_own_object(PyObject* object) {
  const int record = record_of(object);
  if (record >= 0) log_label("object", record);
}

static void query_collector(const struct operation* operation) {
  int values[3];
  long stats[9];
  Py_ssize_t i;
  switch (operation->code) {
    case OP_ISENABLED:
      log_number("flag", gc_is_enabled());
      break;
    case OP_GET_DEBUG:
      log_number("flag", gc_get_debug());
      break;
    case OP_GET_THRESHOLD:
      gc_get_threshold(values);
      log_numbers("threshold", values[0], values[1], values[2]);
      break;
    case OP_GET_COUNT:
      gc_get_count(values);
      log_numbers("count", values[0], values[1], values[2]);
      break;
    case OP_GARBAGE:
      for (i = 0; i < PyList_GET_SIZE(garbage); ++i) log_label("garbage", record_of(PyList_GET_ITEM(garbage, i)));
      break;
#if PY_VERSION_HEX >= 0x03070000
    case OP_GET_FREEZE_COUNT:
      log_number("freeze_count", gc_freeze_count());
      break;
#endif
#if PY_MAJOR_VERSION > 2
    case OP_GET_STATS:
      gc_stats(stats);
      for (i = 0; i < 3; ++i) log_numbers("stats", stats[3 * i], stats[3 * i + 1], stats[3 * i + 2]);
      break;
#endif
    case OP_GET_OBJECTS:
#if PY_VERSION_HEX < 0x03080000
      if (operation->count == 1) break;
#endif
      if (gc_objects(operation->count == 1 ? operation->number[0] : -1, answer_object)) {
        log_word("answer_end");
      } else {
        log_number("error", 0);
      }
      break;
    default:
      break;
  }
  (void)stats;
}

static void use(int record) {
  PyObject* value;
  if (records[record].kind != KIND_PROXY) return;
  value = read_through_proxy(records[record].object);
  log_number("used", value != NULL);
  Py_XDECREF(value);
}

static void query_object(const struct operation* operation) {
  const int record = find(&operation->a);
  PyObject* object;
  int other;
  if (record == NO_RECORD) return;
  object = records[record].object;
  switch (operation->code) {
    case OP_USE:
      use(record);
      break;
    case OP_GET_REFERRERS:
      gc_referrers(object, answer_object);
      log_word("answer_end");
      break;
    case OP_GET_REFERENTS:
      gc_referents(object, has_frame(record) ? answer_own_object : answer_known_object);
      log_word("answer_end");
      break;
    case OP_IS_TRACKED:
      log_number("flag", gc_flag("is_tracked", object));
      break;
#if PY_VERSION_HEX >= 0x03090000
    case OP_IS_FINALIZED:
      log_number("flag", gc_flag("is_finalized", object));
      break;
#endif
    case OP_REFCOUNT:
      if (!records[record].is_permanent) log_number("references", (long)Py_REFCNT(object));
      break;
    case OP_SAME:
      other = find(&operation->b);
      if (other != NO_RECORD) log_number("flag", object == records[other].object);
      break;
    case OP_ID:
      log_label("identity", record_of(object));
      break;
    default:
      break;
  }
}

void answer_question(const struct operation* operation) {
  query_collector(operation);
  query_object(operation);
}
