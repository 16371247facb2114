#include <cstring>
#include <deque>
#include <exception>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "cyclegc/cyclegc.h"
#include "cyclegc/runtime.hpp"

using cyclegc::Handle;
using cyclegc::Member;
using cyclegc::ObjectId;
using cyclegc::TypeId;

struct cyclegc_heap {
  explicit cyclegc_heap(const cyclegc_source& from) : source(from), runtime(policy_with(source)) {}
  static cyclegc::Policy policy_with(cyclegc_source& source);

  cyclegc_source source;
  // Outlive the runtime, whose objects point at them.
  std::deque<cyclegc_class> classes;
  cyclegc::Runtime runtime;
  std::string wrong;
};

// Exactly one of them is there.
struct cyclegc_seer {
  const cyclegc::Visitor* visitor;
  cyclegc::References* references;
};

namespace {

static_assert(sizeof(Member) == sizeof(cyclegc_member) && alignof(Member) == alignof(cyclegc_member));

constexpr std::size_t kLargestObject = std::size_t{1} << 31U;

// Stands before each object.
struct Header {
  const cyclegc_class* of;
};

ObjectId native(cyclegc_id id) { return {id.index, id.serial}; }
cyclegc_id foreign(ObjectId id) { return {id.index, id.serial}; }
void* behind(void* header) { return static_cast<char*>(header) + sizeof(Header); }
const cyclegc_class& class_of(const void* object) { return *static_cast<const Header*>(object)->of; }

void each_member(const void* object, cyclegc_seer seer) {
  const cyclegc_class& of = class_of(object);
  if (of.each_member != nullptr) of.each_member(behind(const_cast<void*>(object)), &seer);
}
void traverse(const void* object, const cyclegc::Visitor& visit) { each_member(object, {&visit, nullptr}); }
void detach(void* object, cyclegc::References& out) { each_member(object, {nullptr, &out}); }
void destroy(void* object) {
  const cyclegc_class& of = class_of(object);
  if (of.destroy != nullptr) of.destroy(behind(object));
}
template <class Call>
cyclegc_status guarded(Call&& call) {
  try {
    call();
    return CYCLEGC_OK;
  } catch (const std::bad_alloc&) {
    return CYCLEGC_NO_MEMORY;
  } catch (const std::length_error&) {
    return CYCLEGC_LIMIT;
  } catch (...) {
    return CYCLEGC_INVALID;
  }
}

// Memory of an object that does not exist yet.
class Memory {
 public:
  Memory(cyclegc::Runtime& runtime, std::size_t bytes)
      : runtime_(runtime), bytes_(bytes), memory_(runtime.take_payload(bytes)) {
    std::memset(memory_, 0, bytes);
  }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  ~Memory() {
    if (memory_ != nullptr) runtime_.give_payload_back(memory_, bytes_);
  }
  [[nodiscard]] void* get() const { return memory_; }
  void* release() { return std::exchange(memory_, nullptr); }

 private:
  cyclegc::Runtime& runtime_;
  std::size_t bytes_;
  void* memory_;
};

// As a hold of the caller's.
cyclegc_id give(Handle handle) {
  const ObjectId id = handle.get();
  handle.heap().hold(id);
  return foreign(id);
}

}  // namespace

void cyclegc_see(cyclegc_seer* seer, cyclegc_member* member) {
  auto& own = *reinterpret_cast<Member*>(member);
  if (seer->visitor != nullptr) {
    (*seer->visitor)(own);
  } else {
    seer->references->take(own);
  }
}

cyclegc::Policy cyclegc_heap::policy_with(cyclegc_source& source) {
  cyclegc::Policy policy;
  if (source.resize == nullptr) return policy;
  policy.memory.context = &source;
  policy.memory.resize = [](void* context, cyclegc::Site, void* old, std::size_t old_size, std::size_t size) {
    const auto& own = *static_cast<const cyclegc_source*>(context);
    return own.resize(own.context, old, old_size, size);
  };
  return policy;
}

cyclegc_heap* cyclegc_heap_new(void) { return cyclegc_heap_new_with(nullptr); }

cyclegc_heap* cyclegc_heap_new_with(const cyclegc_source* source) {
  cyclegc_heap* heap = nullptr;
  static_cast<void>(guarded([&] { heap = new cyclegc_heap(source == nullptr ? cyclegc_source{} : *source); }));
  return heap;
}

void cyclegc_heap_free(cyclegc_heap* heap) { delete heap; }

cyclegc_status cyclegc_define(cyclegc_heap* heap, const cyclegc_class* of, cyclegc_type* type) {
  if (of == nullptr || type == nullptr || of->name == nullptr || of->size == 0) return CYCLEGC_INVALID;
  if (of->size > kLargestObject) return CYCLEGC_LIMIT;
  return guarded([&] {
    heap->classes.push_back(*of);
    cyclegc_class& kept = heap->classes.back();
    cyclegc::Type own;
    own.name = of->name;
    own.layout = cyclegc::Layout::custom;
    const std::size_t bytes = sizeof(Header) + of->size;
    own.custom.traverse = traverse;
    own.custom.detach = detach;
    own.custom.destroy = destroy;
    own.custom.shows_all = true;
    own.custom.size = static_cast<std::uint32_t>(bytes);
    own.custom.of_class = &kept;
    if (of->finalize != nullptr) {
      own.finalize = [heap, &kept](cyclegc::Heap&, ObjectId object) {
        kept.finalize(heap, foreign(object), kept.context);
      };
    }
    try {
      *type = {heap->runtime.define(std::move(own)).index};
    } catch (...) {
      heap->classes.pop_back();
      throw;
    }
  });
}

cyclegc_status cyclegc_new(cyclegc_heap* heap, cyclegc_type type, cyclegc_id* object, void** memory) {
  return guarded([&] {
    const auto* const of = static_cast<const cyclegc_class*>(heap->runtime.class_of({type.index}));
    const std::size_t bytes = sizeof(Header) + of->size;
    Memory taken(heap->runtime, bytes);
    ::new (taken.get()) Header{of};
    Handle made = heap->runtime.create_custom({type.index}, taken.get());
    void* const place = taken.release();
    *object = give(std::move(made));
    if (memory != nullptr) *memory = behind(place);
  });
}

void* cyclegc_memory(cyclegc_heap* heap, cyclegc_id object) {
  return behind(heap->runtime.custom_object(native(object)));
}

cyclegc_type cyclegc_type_of(cyclegc_heap* heap, cyclegc_id object) {
  return {heap->runtime.type_of(native(object)).index};
}

cyclegc_status cyclegc_hold(cyclegc_heap* heap, cyclegc_id object) {
  return guarded([&] { heap->runtime.hold(native(object)); });
}

void cyclegc_release(cyclegc_heap* heap, cyclegc_id object) {
  if (!cyclegc_is_none(object)) heap->runtime.unhold(native(object));
}

void cyclegc_release_later(cyclegc_heap* heap, cyclegc_id object) {
  if (!cyclegc_is_none(object)) heap->runtime.unhold_later(native(object));
}

size_t cyclegc_release_some(cyclegc_heap* heap, size_t objects) { return heap->runtime.release_some(objects); }

cyclegc_status cyclegc_set(cyclegc_heap* heap, cyclegc_id owner, cyclegc_member* member, cyclegc_id value) {
  return guarded([&] { heap->runtime.store_member(native(owner), *reinterpret_cast<Member*>(member), native(value)); });
}

cyclegc_id cyclegc_get(cyclegc_heap* heap, const cyclegc_member* member) {
  const ObjectId id = reinterpret_cast<const Member*>(member)->get();
  static_cast<void>(heap);
  return foreign(id);
}

cyclegc_status cyclegc_weak(cyclegc_heap* heap, cyclegc_id referent,
                            void (*callback)(cyclegc_heap* heap, cyclegc_id weak, void* context), void* context,
                            cyclegc_id* weak) {
  return guarded([&] {
    cyclegc::WeakCallback call;
    if (callback != nullptr) {
      call = [heap, callback, context](cyclegc::Heap&, ObjectId self) { callback(heap, foreign(self), context); };
    }
    *weak = give(heap->runtime.create_weak(cyclegc::WeakKind::subreference, native(referent), std::move(call)).handle);
  });
}

cyclegc_id cyclegc_referent(cyclegc_heap* heap, cyclegc_id weak) {
  return foreign(heap->runtime.referent(native(weak)));
}

void cyclegc_safepoint(cyclegc_heap* heap) { heap->runtime.safepoint(); }

uint32_t cyclegc_collect(cyclegc_heap* heap) { return heap->runtime.collect(); }

cyclegc_status cyclegc_add_external(cyclegc_heap* heap, size_t bytes) {
  return guarded([&] { heap->runtime.add_external(bytes); });
}

void cyclegc_remove_external(cyclegc_heap* heap, size_t bytes) { heap->runtime.remove_external(bytes); }

void cyclegc_trim(cyclegc_heap* heap) { heap->runtime.trim(); }

size_t cyclegc_objects(cyclegc_heap* heap) { return heap->runtime.size(); }

cyclegc_status cyclegc_snapshot(cyclegc_heap* heap, cyclegc_format format, const cyclegc_names* names,
                                void (*write)(void* context, const char* bytes, size_t size), void* context) {
  if (write == nullptr || (format != CYCLEGC_DOT && format != CYCLEGC_HEAPSNAPSHOT)) return CYCLEGC_INVALID;
  return guarded([&] {
    const auto text = [](const char* answer) { return std::string(answer == nullptr ? "" : answer); };
    cyclegc::SnapshotNames own;
    if (names != nullptr && names->object != nullptr) {
      own.text = [&](ObjectId object) { return text(names->object(heap, foreign(object), names->context)); };
    }
    if (names != nullptr && names->member != nullptr) {
      own.reference = [&](ObjectId owner, std::uint32_t number) {
        return text(names->member(heap, foreign(owner), number, names->context));
      };
    }
    const cyclegc::Snapshot snapshot = heap->runtime.snapshot(std::move(own));
    const auto sink = [&](std::string_view piece) { write(context, piece.data(), piece.size()); };
    if (format == CYCLEGC_DOT) {
      write_dot(snapshot, sink);
    } else {
      write_heapsnapshot(snapshot, sink);
    }
  });
}

const char* cyclegc_verify(cyclegc_heap* heap) {
  const std::optional<std::string> wrong = heap->runtime.verify(cyclegc::Grade::whole_heap);
  if (!wrong) return nullptr;
  heap->wrong = *wrong;
  return heap->wrong.c_str();
}
