#include "records.h"

#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "state.h"

struct record* records;
int records_size;
static int records_capacity;

/* Made last under each name, and how many were made. */
static struct created { int last, count; } * created;
static int created_capacity;
/* Objects of classes so far. */
static int hashed;

/* An open hash table from addresses to records. An entry of another trace is empty. */
static struct entry {
  PyObject* object;
  int record;
  unsigned epoch;
} * table;
static size_t table_size; /* a power of two */
static size_t table_used;
static unsigned epoch;

static struct entry* entry_of(PyObject* object) {
  size_t at = ((uintptr_t)object >> 4) * 0x9E3779B97F4A7C15u >> 20;
  for (;; ++at) {
    struct entry* entry = &table[at & (table_size - 1)];
    if (entry->epoch != epoch || entry->object == object) return entry;
  }
}

void set_up_records(void) {
  /* The table is never empty. */
  table_size = 4096;
  table = calloc(table_size, sizeof *table);
  if (table == NULL) fail("out of memory", "");
  begin_records(0);
}

static void add_entry(PyObject* object, int record) {
  struct entry* entry;
  if (table_used * 2 >= table_size) {
    struct entry* old = table;
    const size_t old_size = table_size;
    size_t i;
    table_size = 2 * table_size;
    table = calloc(table_size, sizeof *table);
    if (table == NULL) fail("out of memory", "");
    for (i = 0; i < old_size; ++i) {
      if (old[i].epoch == epoch) *entry_of(old[i].object) = old[i];
    }
    free(old);
  }
  entry = entry_of(object);
  if (entry->epoch != epoch) ++table_used;
  entry->object = object;
  entry->record = record;
  entry->epoch = epoch;
}

int record_of(PyObject* object) {
  const struct entry* entry = entry_of(object);
  const int is_known = entry->epoch == epoch && records[entry->record].type == Py_TYPE(object);
  const int is_of_calls = PyTuple_CheckExact(object) || (knows_gc_info && PyDict_CheckExact(object));
  if (is_of_calls && (!is_known || records[entry->record].is_dead)) return TUPLE_RECORD;
  return is_known ? entry->record : NO_RECORD;
}

int is_in_place(int record) {
  const struct entry* entry = entry_of(records[record].object);
  return entry->epoch == epoch && entry->record == record;
}

void begin_records(int names) {
  int i;
  records_size = hashed = 0;
  table_used = 0;
  ++epoch;
  if (names > created_capacity) {
    free(created);
    created_capacity = names;
    created = malloc((size_t)names * sizeof *created);
    if (created == NULL) fail("out of memory", "");
  }
  for (i = 0; i < names; ++i) {
    created[i].last = NO_RECORD;
    created[i].count = 0;
  }
}

static int add_record(PyObject* object, int name, int kind, int script) {
  struct record* record;
  records = grown(records, records_size, &records_capacity, sizeof *records);
  record = &records[records_size];
  memset(record, 0, sizeof *record);
  record->object = object;
  record->type = object == NULL ? NULL : Py_TYPE(object);
  record->name = name;
  record->kind = (signed char)kind;
  record->script = script;
  record->is_dead = object == NULL;
  if (object != NULL) add_entry(object, records_size);
  return records_size++;
}

int new_record(PyObject* object, int name, int kind, int script) {
  const int record = add_record(object, name, kind, script);
  records[record].serial = created[name].count++;
  if (kind < CLASS_KINDS || kind == KIND_CUSTOM) records[record].hash = ++hashed;
  created[name].last = record;
  return record;
}

void record_attributes(PyObject* dictionary, int owner) {
  const int attributes = add_record(dictionary, records[owner].name, KIND_DICTIONARY, NO_SCRIPT);
  records[attributes].serial = records[owner].serial;
  records[attributes].is_attributes = 1;
}

void record_frame(PyObject* frame, int owner) {
  record_attributes(frame, owner);
  records[records_size - 1].is_attributes = IS_FRAME;
}

int last_created(int name) { return created[name].last; }

int is_weak(int kind) { return kind == KIND_WEAK || kind == KIND_SUBREF || kind == KIND_PROXY; }
int has_slots(int kind) { return kind < KINDS; }
int can_be_weakly_referenced(int kind) {
  return kind < CLASS_KINDS || kind == KIND_CUSTOM || kind == KIND_METHOD || kind == KIND_GENERATOR ||
         kind == KIND_SET;
}
int has_token(int kind) { return kind <= KIND_TUPLE; }

void say_died(int record) {
  if (records[record].is_dead) return;
  records[record].is_dead = 1;
  if (!quiet) log_label("died", record);
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
  if (records[record].is_attributes) put(records[record].is_attributes == IS_FRAME ? ".gi_frame" : ".__dict__");
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

void log_labelled_numbers(const char* word, int record, long a, long b, long c) {
  begin_event(word);
  put_label(record);
  put(" ");
  put_number(a);
  put(" ");
  put_number(b);
  put(" ");
  put_number(c);
  put("\n");
}
