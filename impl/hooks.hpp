// What a heap tells its embedder while it works.
#pragma once

#include <array>
#include <cstdint>
#include <exception>
#include <functional>

#include "impl/object_id.hpp"

namespace cyclegc {

// The flags of gc.set_debug (B3, B4).
namespace debug_flag {
inline constexpr std::uint32_t stats = 1;
inline constexpr std::uint32_t collectable = 2;
inline constexpr std::uint32_t uncollectable = 4;
inline constexpr std::uint32_t instances = 8;
inline constexpr std::uint32_t objects = 16;
inline constexpr std::uint32_t save_all = 32;
}  // namespace debug_flag

// One line of debug output, without its wording.
struct DebugLine {
  enum class Kind : std::uint8_t {
    collecting,     // numbers[0]: generation
    sizes,          // numbers: sizes of the generations before they are merged
    permanent,      // numbers[0]: size of the permanent generation
    collectable,    // object
    uncollectable,  // object
    done,           // numbers: unreachable, uncollectable
    done_nothing,   // the closing line without numbers (B5)
  };
  Kind kind = Kind::collecting;
  ObjectId object;
  std::array<std::uint32_t, 3> numbers{};
};

// What an object is to the one that caused it.
enum class Role : std::uint8_t {
  object,          // made by the embedder; its own owner
  dictionary,      // the attributes of the owner (N5)
  frame,           // the variables of the owner, a generator (N23)
  callback_tuple,  // holds the weak references to the owner, which is dying (W6)
  gc_info,         // what watchers are called with (X10); its own owner
};

// All may be empty. None but `unraisable` may use the heap in any way but to look at it. What they throw is swallowed
// and told to `unraisable`; what that throws is lost. Handles that they capture are let go of at the heap's
// destruction.
struct Hooks {
  // A new object exists: called before anything else can see it. For a classic instance's dictionary it is called right
  // after the instance's own call.
  std::function<void(ObjectId made, ObjectId owner, Role role)> created;
  std::function<void(const DebugLine&)> debug;
  // A collection begins to move objects (C1).
  std::function<void(int generation)> collection_began;
  // A finalizer, callback or hook threw. `self` is none where it concerns no object.
  std::function<void(ObjectId self, std::exception_ptr exception)> unraisable;
  // There was no memory to call back the weak references to an object that dies: they are cleared, without calls (M4).
  // None: there was none to call watchers (X10).
  std::function<void(ObjectId referent)> callbacks_lost;
};

}  // namespace cyclegc
