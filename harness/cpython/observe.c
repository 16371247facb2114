#include "observe.h"

#include <string.h>

#include "collector.h"
#include "debug_lines.h"
#include "gc_module.h"
#include "log.h"
#include "records.h"
#include "state.h"

static Py_ssize_t logged_garbage;
static int logged_count[3];

void begin_observation(void) {
  logged_garbage = 0;
  memset(logged_count, 0, sizeof logged_count);
}

static uint32_t fold(uint32_t digest, int record) {
  uint32_t word = 2u << 8; /* the tuple of rule W6 */
  if (record >= 0) {
    word = ((uint32_t)records[record].name << 16) ^ ((uint32_t)records[record].serial * 0x9E3779B1u) ^
           ((uint32_t)records[record].is_attributes << 8);
  }
  digest = (digest ^ word) * 0x01000193u;
  return digest ^ (digest >> 15);
}

static void list_generations(enum observe observe) {
  uint32_t digest[3];
  long size[3];
  GcHead* head;
  int g;
  for (g = 0; g < 3; ++g) {
    size[g] = 0;
    digest[g] = 0x811C9DC5u;
    for (head = GC_NEXT(&generations[g].head); head != &generations[g].head; head = GC_NEXT(head)) {
      const int record = record_of(GC_OBJECT(head));
      if (record == NO_RECORD && !is_warming_up) {
        fail("the collector holds an object of another's: ", Py_TYPE(GC_OBJECT(head))->tp_name);
      }
      ++size[g];
      digest[g] = fold(digest[g], record);
    }
  }
  log_numbers("members", size[0], size[1], size[2]);
  if (observe == OBSERVE_DIGEST) {
    log_numbers("digest", digest[0], digest[1], digest[2]);
    return;
  }
  for (g = 0; g < 3; ++g) {
    for (head = GC_NEXT(&generations[g].head); head != &generations[g].head; head = GC_NEXT(head)) {
      log_labelled_number("listed", record_of(GC_OBJECT(head)), g);
    }
  }
}

void end_operation(enum observe observe) {
  const int* begun = collections_begun;
  int count[3], i, any, counts_differ = 0;
  empty_trashcan();
  if (PyList_GET_SIZE(garbage) != logged_garbage) {
    logged_garbage = PyList_GET_SIZE(garbage);
    log_number("garbage_size", (long)logged_garbage);
  }
  any = begun[0] + begun[1] + begun[2] > 0;
  if (any) log_numbers("ran", begun[0], begun[1], begun[2]);
  memset(collections_begun, 0, sizeof collections_begun);
  if (any || observe == OBSERVE_EVERY) list_generations(observe);
  for (i = 0; i < 3; ++i) {
    count[i] = generations[i].count;
    counts_differ |= count[i] != logged_count[i];
    logged_count[i] = count[i];
  }
  if (counts_differ || observe == OBSERVE_EVERY) log_numbers("count", count[0], count[1], count[2]);
}
