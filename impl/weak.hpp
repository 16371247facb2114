// Weak references: the words. They are made by Heap::create_weak.
#pragma once

#include <cstdint>
#include <functional>

#include "impl/object_id.hpp"

namespace cyclegc {

class Heap;

enum class WeakKind : std::uint8_t {
  reference,     // weakref.ref
  subreference,  // an instance of a subclass of it: never shared (W2), counted by the trashcan (T1)
  proxy,         // weakref.proxy
};

// Called with the weak reference, which is held meanwhile, after its referent was cleared (W4, W7). May do anything
// with the heap; what it throws is swallowed and reported to Hooks::unraisable.
using WeakCallback = std::function<void(Heap&, ObjectId)>;

}  // namespace cyclegc
