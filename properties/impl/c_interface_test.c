/* Covers: cyclegc.h, from a program in C: types, references, cycles, finalizers, weak references, external bytes, large
 * objects, snapshots, a memory source,
 * releases that come later. Does not cover: what the functions of Runtime do beyond; runtime_test.cpp does.
 */
#include "cyclegc/cyclegc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                      \
  do {                                                                        \
    if (!(condition)) {                                                       \
      fprintf(stderr, "%s:%d: failed: %s\n", __FILE__, __LINE__, #condition); \
      exit(1);                                                                \
    }                                                                         \
  } while (0)

static int destroyed;
static int finalized;
static int called_back;
static cyclegc_id saved;

typedef struct pair {
  cyclegc_member first, second;
  char* text;
} pair;

static void pair_members(void* object, cyclegc_seer* seer) {
  pair* self = object;
  cyclegc_see(seer, &self->first);
  cyclegc_see(seer, &self->second);
}
static void pair_destroy(void* object) {
  free(((pair*)object)->text);
  ++destroyed;
}
static void pair_finalize(cyclegc_heap* heap, cyclegc_id object, void* context) {
  ++finalized;
  CHECK(context == &finalized);
  CHECK(((pair*)cyclegc_memory(heap, object))->text[0] == 'f');
  if (cyclegc_is_none(saved)) {
    CHECK(cyclegc_hold(heap, object) == CYCLEGC_OK);
    saved = object;
  }
}

typedef struct table {
  cyclegc_member slots[100];
} table;
static void table_members(void* object, cyclegc_seer* seer) {
  table* self = object;
  for (int i = 0; i < 100; ++i) cyclegc_see(seer, &self->slots[i]);
}

static void call_back(cyclegc_heap* heap, cyclegc_id weak, void* context) {
  CHECK(cyclegc_is_none(cyclegc_referent(heap, weak)));
  ++*(int*)context;
}

static cyclegc_id new_pair(cyclegc_heap* heap, cyclegc_type type, const char* text) {
  cyclegc_id id;
  void* memory = NULL;
  CHECK(cyclegc_new(heap, type, &id, &memory) == CYCLEGC_OK);
  pair* self = memory;
  CHECK(self == cyclegc_memory(heap, id) && cyclegc_is_none(cyclegc_get(heap, &self->first)));
  self->text = malloc(strlen(text) + 1);
  strcpy(self->text, text);
  return id;
}

static const char* text_of(cyclegc_heap* heap, cyclegc_id object, void* context) {
  CHECK(context == &saved);
  return ((pair*)cyclegc_memory(heap, object))->text;
}
static const char* name_of(cyclegc_heap* heap, cyclegc_id owner, uint32_t number, void* context) {
  CHECK(context == &saved && cyclegc_objects(heap) == 1 && !cyclegc_is_none(owner));
  return number == 0 ? "first" : NULL;
}
static void keep_text(void* context, const char* bytes, size_t size) {
  CHECK(strlen(context) + size < 4096);
  strncat(context, bytes, size);
}

/* Counts what is in use, and ends when it is told to. */
typedef struct counted {
  size_t in_use;
  int ended;
} counted;
static void* resize(void* context, void* old, size_t old_size, size_t size) {
  counted* self = context;
  if (size != 0 && self->ended) return NULL;
  void* given = NULL;
  if (size == 0) {
    free(old);
  } else {
    given = realloc(old, size);
    CHECK(given != NULL);
  }
  self->in_use += size - old_size;
  return given;
}

static void set_first(cyclegc_heap* heap, cyclegc_id owner, cyclegc_id value) {
  CHECK(cyclegc_set(heap, owner, &((pair*)cyclegc_memory(heap, owner))->first, value) == CYCLEGC_OK);
}

int main(void) {
  saved = cyclegc_none();
  cyclegc_heap* heap = cyclegc_heap_new();
  CHECK(heap != NULL);
  const cyclegc_class plain = {"pair", sizeof(pair), pair_members, pair_destroy, NULL, NULL};
  const cyclegc_class watched = {"watched", sizeof(pair), pair_members, pair_destroy, pair_finalize, &finalized};
  const cyclegc_class large = {"table", sizeof(table), table_members, NULL, NULL, NULL};
  const cyclegc_class nothing = {"nothing", 0, NULL, NULL, NULL, NULL};
  cyclegc_type pairs, watched_pairs, tables, none;
  CHECK(cyclegc_define(heap, &plain, &pairs) == CYCLEGC_OK);
  CHECK(cyclegc_define(heap, &watched, &watched_pairs) == CYCLEGC_OK);
  CHECK(cyclegc_define(heap, &large, &tables) == CYCLEGC_OK);
  CHECK(cyclegc_define(heap, &nothing, &none) == CYCLEGC_INVALID);

  /* A chain dies at once, a cycle in a collection. */
  cyclegc_id a = new_pair(heap, pairs, "a"), b = new_pair(heap, pairs, "b");
  CHECK(cyclegc_type_of(heap, a).index == pairs.index);
  set_first(heap, a, b);
  cyclegc_release(heap, b);
  CHECK(cyclegc_same(cyclegc_get(heap, &((pair*)cyclegc_memory(heap, a))->first), b));
  CHECK(cyclegc_objects(heap) == 2);
  cyclegc_release(heap, a);
  CHECK(destroyed == 2 && cyclegc_objects(heap) == 0);
  a = new_pair(heap, pairs, "a");
  set_first(heap, a, a);
  cyclegc_release(heap, a);
  CHECK(destroyed == 2 && cyclegc_verify(heap) == NULL);

  /* A snapshot of it. */
  const cyclegc_names names = {text_of, name_of, &saved};
  char text[4096] = "";
  CHECK(cyclegc_snapshot(heap, CYCLEGC_DOT, &names, keep_text, text) == CYCLEGC_OK);
  CHECK(strstr(text, "[label=\"pair a\\n") != NULL && strstr(text, "n1 -> n1[label=\"first\"]") != NULL);
  text[0] = 0;
  CHECK(cyclegc_snapshot(heap, CYCLEGC_HEAPSNAPSHOT, NULL, keep_text, text) == CYCLEGC_OK);
  CHECK(strstr(text, "\"node_count\":3,") != NULL && strstr(text, "\"pair\"") != NULL);
  CHECK(cyclegc_snapshot(heap, CYCLEGC_DOT, NULL, NULL, NULL) == CYCLEGC_INVALID);
  CHECK(cyclegc_collect(heap) == 1 && destroyed == 3);

  /* A weak reference with a callback; an object beyond the sizes of the heap's own memory. */
  cyclegc_id t, weak;
  CHECK(cyclegc_new(heap, tables, &t, NULL) == CYCLEGC_OK);
  CHECK(cyclegc_weak(heap, t, call_back, &called_back, &weak) == CYCLEGC_OK);
  CHECK(cyclegc_same(cyclegc_referent(heap, weak), t));
  table* slots = cyclegc_memory(heap, t);
  for (int i = 0; i < 100; ++i) CHECK(cyclegc_set(heap, t, &slots->slots[i], t) == CYCLEGC_OK);
  CHECK(cyclegc_verify(heap) == NULL);
  cyclegc_release(heap, t);
  CHECK(called_back == 0);
  CHECK(cyclegc_collect(heap) == 1 && called_back == 1);
  cyclegc_release(heap, weak);

  /* A finalizer waits for a safepoint, runs once, and may save its object. */
  a = new_pair(heap, watched_pairs, "f");
  cyclegc_release(heap, a);
  CHECK(finalized == 0);
  cyclegc_safepoint(heap);
  CHECK(finalized == 1 && cyclegc_same(saved, a) && destroyed == 3);
  cyclegc_release(heap, saved);
  cyclegc_safepoint(heap);
  CHECK(finalized == 1 && destroyed == 4 && cyclegc_objects(heap) == 0);

  /* A list that goes later. */
  a = new_pair(heap, pairs, "a");
  b = new_pair(heap, pairs, "b");
  set_first(heap, a, b);
  cyclegc_release(heap, b);
  cyclegc_release_later(heap, a);
  cyclegc_release_later(heap, cyclegc_none());
  CHECK(destroyed == 4 && cyclegc_objects(heap) == 2);
  CHECK(cyclegc_release_some(heap, 1) == 1 && destroyed == 5);
  cyclegc_safepoint(heap);
  CHECK(destroyed == 6 && cyclegc_objects(heap) == 0 && cyclegc_release_some(heap, 1) == 0);
  destroyed = 4;

  /* External bytes bring a full collection about. */
  a = new_pair(heap, pairs, "a");
  set_first(heap, a, a);
  cyclegc_release(heap, a);
  CHECK(cyclegc_add_external(heap, (size_t)1 << 30) == CYCLEGC_OK);
  cyclegc_safepoint(heap);
  CHECK(destroyed == 5);
  cyclegc_remove_external(heap, (size_t)1 << 30);
  cyclegc_release(heap, cyclegc_none());
  cyclegc_trim(heap);

  /* What is left goes with the heap. */
  a = new_pair(heap, watched_pairs, "f");
  set_first(heap, a, a);
  cyclegc_release(heap, a);
  cyclegc_heap_free(heap);
  CHECK(finalized == 1 && destroyed == 6);
  cyclegc_heap_free(NULL);

  /* Memory of its own. */
  counted memory = {0, 0};
  const cyclegc_source source = {resize, &memory};
  heap = cyclegc_heap_new_with(&source);
  CHECK(cyclegc_define(heap, &large, &tables) == CYCLEGC_OK);
  const size_t before = memory.in_use;
  CHECK(cyclegc_new(heap, tables, &t, NULL) == CYCLEGC_OK && memory.in_use >= before + sizeof(table));
  memory.ended = 1;
  CHECK(cyclegc_new(heap, tables, &a, NULL) == CYCLEGC_NO_MEMORY);
  CHECK(cyclegc_set(heap, t, &((table*)cyclegc_memory(heap, t))->slots[0], cyclegc_none()) == CYCLEGC_OK);
  cyclegc_release(heap, t);
  cyclegc_heap_free(heap);
  CHECK(memory.in_use == 0);
  puts("cyclegc.h: ok");
  return 0;
}
