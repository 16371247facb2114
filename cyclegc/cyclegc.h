/* The collector for programs in C. docs/embedding.md says what it does; this is cyclegc::Runtime in C's words.
 *
 * Objects are named by ids. A function that answers an id that is "held" gives a hold to the caller, who ends it with
 * cyclegc_release. No exception leaves the library: where memory or a limit ends, functions say so and nothing has
 * changed. One thread uses a heap. */
#ifndef CYCLEGC_CYCLEGC_H
#define CYCLEGC_CYCLEGC_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cyclegc_heap cyclegc_heap;

/* Names an object. The library alone looks inside; compare with cyclegc_same. */
typedef struct cyclegc_id {
  uint32_t index;
  uint32_t serial;
} cyclegc_id;

/* No object. */
static inline cyclegc_id cyclegc_none(void) {
  cyclegc_id none = {UINT32_MAX, 0};
  return none;
}
static inline int cyclegc_is_none(cyclegc_id id) { return id.index == UINT32_MAX; }
static inline int cyclegc_same(cyclegc_id a, cyclegc_id b) { return a.index == b.index; }

typedef struct cyclegc_type {
  uint16_t index;
} cyclegc_type;

/* A counted field of an object. Unset when it is 0, as new memory is. Only cyclegc_set changes it. */
typedef struct cyclegc_member {
  uint32_t number;
} cyclegc_member;

typedef enum cyclegc_status {
  CYCLEGC_OK = 0,
  CYCLEGC_NO_MEMORY,
  CYCLEGC_LIMIT, /* 2^31 objects, 65,000 types, 2^31 holds of an object, 2^31 bytes of one */
  CYCLEGC_INVALID
} cyclegc_status;

typedef struct cyclegc_seer cyclegc_seer;
/* To be called with each member of an object. */
void cyclegc_see(cyclegc_seer* seer, cyclegc_member* member);

/* What the objects of a type are. Functions may be null; none but `finalize` may call the library, except that
 * each_member calls cyclegc_see, and `destroy` may call cyclegc_release. */
typedef struct cyclegc_class {
  const char* name;
  /* Bytes of an object. They are 0 at first, aligned to 8, and do not move. */
  size_t size;
  /* Calls cyclegc_see with every member, in an order that does not change while they do not. Null: there are none. */
  void (*each_member)(void* object, cyclegc_seer* seer);
  /* The object goes: frees what it owns besides members, which are unset already. */
  void (*destroy)(void* object);
  /* Runs once, at a safepoint after the object became unreachable. */
  void (*finalize)(cyclegc_heap* heap, cyclegc_id object, void* context);
  void* context;
} cyclegc_class;

/* Where the memory of a heap's objects and tables comes from. As realloc and free, aligned to 16 bytes: `old` null: new
 * memory; `size` 0: `old` is given back; null: there is none. `old_size` is what was asked for last. */
typedef struct cyclegc_source {
  void* (*resize)(void* context, void* old, size_t old_size, size_t size);
  void* context;
} cyclegc_source;

/* Null: there is no memory. */
cyclegc_heap* cyclegc_heap_new(void);
/* With memory of its own, which is copied; null: as above. What is one for all objects of a heap, such as its classes,
 * comes from malloc all the same. */
cyclegc_heap* cyclegc_heap_new_with(const cyclegc_source* source);
/* Destroys all objects in silence: no finalizer and no callback runs. REQUIRES: it is not running. Null is ignored. */
void cyclegc_heap_free(cyclegc_heap* heap);

/* Copies the class. CYCLEGC_INVALID: no name, or no size. */
cyclegc_status cyclegc_define(cyclegc_heap* heap, const cyclegc_class* of, cyclegc_type* type);

/* A new object, held. *memory, unless `memory` is null, is where it lies. */
cyclegc_status cyclegc_new(cyclegc_heap* heap, cyclegc_type type, cyclegc_id* object, void** memory);
/* Where an object lies. REQUIRES for this and what follows: the ids name objects that exist */
void* cyclegc_memory(cyclegc_heap* heap, cyclegc_id object);
cyclegc_type cyclegc_type_of(cyclegc_heap* heap, cyclegc_id object);

cyclegc_status cyclegc_hold(cyclegc_heap* heap, cyclegc_id object);
/* The object may die of it. None is ignored. */
void cyclegc_release(cyclegc_heap* heap, cyclegc_id object);

/* In O(1): it dies later, by cyclegc_release_some, safepoints or cyclegc_collect. Weak references to it answer none at
 * once. None is ignored. */
void cyclegc_release_later(cyclegc_heap* heap, cyclegc_id object);
/* At most so many objects die that wait, or that only these refer to. Answers how many. */
size_t cyclegc_release_some(cyclegc_heap* heap, size_t objects);

/* Makes a member of `owner` refer to `value`, or to nothing. What it referred to may die of it. */
cyclegc_status cyclegc_set(cyclegc_heap* heap, cyclegc_id owner, cyclegc_member* member, cyclegc_id value);
/* What it refers to; not held. */
cyclegc_id cyclegc_get(cyclegc_heap* heap, const cyclegc_member* member);

/* A weak reference: an object of its own, held. `callback`, which may be null, is called with it when the referent is
 * gone, and may do anything but free the heap. */
cyclegc_status cyclegc_weak(cyclegc_heap* heap, cyclegc_id referent,
                            void (*callback)(cyclegc_heap* heap, cyclegc_id weak, void* context), void* context,
                            cyclegc_id* weak);
/* Not held; none: it is gone. */
cyclegc_id cyclegc_referent(cyclegc_heap* heap, cyclegc_id weak);

/* Where collections that are due and finalizers run. */
void cyclegc_safepoint(cyclegc_heap* heap);
/* Collects all and runs finalizers. Answers how many objects were unreachable. */
uint32_t cyclegc_collect(cyclegc_heap* heap);
/* Bytes that objects own outside of the heap. */
cyclegc_status cyclegc_add_external(cyclegc_heap* heap, size_t bytes);
void cyclegc_remove_external(cyclegc_heap* heap, size_t bytes);
size_t cyclegc_objects(cyclegc_heap* heap);
/* Gives memory back to the system. REQUIRES: nothing of the heap is running */
void cyclegc_trim(cyclegc_heap* heap);

typedef enum cyclegc_format {
  CYCLEGC_DOT,         /* for Graphviz */
  CYCLEGC_HEAPSNAPSHOT /* for the memory page of Chrome's DevTools */
} cyclegc_format;
/* How a program calls things in a snapshot. Functions may be null, answer null, and only look at the heap. */
typedef struct cyclegc_names {
  const char* (*object)(cyclegc_heap* heap, cyclegc_id object, void* context);
  /* A member, by its number in each_member, where those that are 0 do not count. */
  const char* (*member)(cyclegc_heap* heap, cyclegc_id owner, uint32_t number, void* context);
  void* context;
} cyclegc_names;
/* Writes what the heap holds, and who holds it, piece by piece: impl/snapshot.hpp says how. `names` may be null.
 * CYCLEGC_NO_MEMORY: nothing, or a part, was written. */
cyclegc_status cyclegc_snapshot(cyclegc_heap* heap, cyclegc_format format, const cyclegc_names* names,
                                void (*write)(void* context, const char* bytes, size_t size), void* context);

/* Compares every count with the references that there are. Null: all is well; otherwise what is wrong, in words, valid
 * until the next call. For tests: O(objects). */
const char* cyclegc_verify(cyclegc_heap* heap);

#ifdef __cplusplus
}
#endif
#endif
