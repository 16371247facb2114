#include "collector.h"

#include "debug_lines.h"
#include "free_lists.h"
#include "gc_module.h"
#include "log.h"
#include "state.h"
#include "trashcan.h"
#include "window.h"

static GcHead world;

static void make_empty(GcHead* list) {
#if PY_VERSION_HEX < 0x03080000
  list->gc.gc_next = list->gc.gc_prev = list;
#else
  list->next = list->prev = (uintptr_t)list;
#endif
}

static void move_all(GcHead* from, GcHead* to) {
  GcHead *first = GC_NEXT(from), *last, *end;
  if (first == from) return;
#if PY_VERSION_HEX < 0x03080000
  last = from->gc.gc_prev;
  end = to->gc.gc_prev;
  end->gc.gc_next = first;
  first->gc.gc_prev = end;
  last->gc.gc_next = to;
  to->gc.gc_prev = last;
#else
  last = (GcHead*)from->prev;
  end = (GcHead*)to->prev;
  end->next = (uintptr_t)first;
  first->prev = (first->prev & 3) | (uintptr_t)end;
  last->next = (uintptr_t)to;
  to->prev = (uintptr_t)last;
#endif
  make_empty(from);
}

#if PY_VERSION_HEX >= 0x03070000
#if PY_VERSION_HEX < 0x03090000
extern struct pyruntimestate _PyRuntime;
#endif

/* How many bytes from `begin` on can be read, `most` of them at most: up to the first gap in what is mapped. */
static size_t readable(const char* begin, size_t most) {
  const uintptr_t first = (uintptr_t)begin;
  uintptr_t end = first;
  unsigned long from, to;
  char may_read, line[512];
  FILE* maps = fopen("/proc/self/maps", "r");
  if (maps == NULL) fail("/proc/self/maps cannot be read", "");
  while (fgets(line, sizeof line, maps) != NULL) {
    if (sscanf(line, "%lx-%lx %c", &from, &to, &may_read) != 3 || may_read != 'r') continue;
    if (from <= end && to > end) end = to;
  }
  fclose(maps);
  return end - first < most ? end - first : most;
}

#if PY_VERSION_HEX < 0x030E0000
static char* aligned(char* at, size_t alignment) {
  return (char*)(((uintptr_t)at + alignment - 1) & ~(uintptr_t)(alignment - 1));
}
#endif

/* The interpreter's state is searched for thresholds that no other number there can be. */
static void find_generations(void) {
  static const int marks[3] = {909090901, 818181811, 727272721};
  enum { SEARCHED = 1 << 20, STATE = 6 * sizeof(Generation) };
#if PY_VERSION_HEX < 0x03090000
  char* begin = (char*)&_PyRuntime;
#else
  char* begin = (char*)PyInterpreterState_Get();
#endif
  const size_t size = readable(begin, SEARCHED);
  size_t offset;
  gc_set_threshold(3, marks);
  for (offset = 0; offset + STATE <= size; offset += sizeof(int)) {
    Generation* found = (Generation*)(begin + offset);
    char* behind = (char*)(found + 3);
    if (found[0].threshold != marks[0] || found[1].threshold != marks[1] || found[2].threshold != marks[2]) continue;
#if PY_VERSION_HEX < 0x030E0000
    /* A pointer to the first list stands before the permanent one, each at its own alignment. */
    behind = aligned(behind, sizeof(void*));
    if (*(GcHead**)behind != &found[0].head) continue;
    behind = aligned(behind + sizeof(GcHead*), __alignof__(Generation));
#endif
    generations = found;
    permanent = &((Generation*)behind)->head;
    return;
  }
  fail("the collector's generations were not found in this interpreter", "");
}
#else
extern GcHead* _PyGC_generation0;
static void find_generations(void) { generations = (Generation*)_PyGC_generation0; }
#endif

void set_up_collector(void) {
  make_empty(&world);
  find_generations();
  redirect_standard_error();
}

void move_young_aside(GcHead* list) {
  make_empty(list);
  move_all(&generations[0].head, list);
}

void move_young_back(GcHead* list) { move_all(list, &generations[0].head); }

void hide_world(void) {
  int i;
  gc_collect(2);
  gc_collect(2);
  for (i = 2; i >= 0; --i) move_all(&generations[i].head, &world);
#if PY_VERSION_HEX >= 0x03070000
  move_all(permanent, &world);
#endif
}

int generations_hold_objects(void) {
  int i;
  for (i = 0; i < 3; ++i) {
    if (GC_NEXT(&generations[i].head) != &generations[i].head) return 1;
  }
  return 0;
}

void begin_collector(const struct program* settings) {
  int i;
  callbacks_on = next_is_silent = debug_flags = 0;
  gc_set_debug(0);
  gc_enable(0);
  set_free_lists(0);
  gc_collect(2);
  drain_free_lists();
  set_free_lists(settings->free_lists_filled);
  forget_pending_collection();
  for (i = 0; i < 3; ++i) generations[i].count = collections_begun[i] = 0;
  gc_set_threshold(3, settings->threshold);
  gc_enable(!settings->disabled);
  gc_begin_stats(settings->asks_for_stats);
  normalise_recursion();
}

void safepoint(void) {
  PyErr_CheckSignals();
  ENTER();
}

void forget_pending_collection(void) {
  int count[3], i;
  for (i = 0; i < 3; ++i) {
    count[i] = generations[i].count;
    generations[i].count = 0;
  }
  /* With all counts 0 no generation is due. */
  safepoint();
  for (i = 0; i < 3; ++i) generations[i].count = count[i];
}

void empty_trashcan(void) {
#if PY_VERSION_HEX < 0x03080000
  while (PyThreadState_GET()->trash_delete_later != NULL) {
    _PyTrash_thread_destroy_chain();
    ENTER();
  }
#endif
}
