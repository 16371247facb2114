// The header of every object: 12 bytes, and three references in line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "impl/object_id.hpp"

namespace cyclegc::internal {

// Within the library an object is its bare index.
using Id = std::uint32_t;
inline constexpr Id kNone = ObjectId::kNone;

// What an object is made of; decides how it is traversed and how it dies.
enum class Shape : std::uint8_t {
  vacant,           // a free cell: `place` links to the next one
  node,             // slots, last to first
  attributes,       // numbered attributes in the object itself
  with_dictionary,  // slot 0: its dictionary, or a generator's frame
  old_style,        // the same for a classic instance
  dictionary,       // numbered attributes of another object
  list,             // slots, last to first; of a built-in type
  dict,             // values in the order of their keys, each with the key's number behind it
  tuple,  // slots, last to first; or the weak references whose callbacks run, each with the object of its callback (W6)
  weak,   // `weak_part` below
  opaque,  // slots that the collector never sees
  custom,  // a pointer to the embedder's object; slots while it dies
  cell,    // one slot at most
  method,  // two slots, first to last
  frame,   // as `attributes`, but of a built-in type; also what a generator keeps its variables in, and the table of a
           // set
  traceback,  // two slots, first to last
};

// Which list an object is in. The first four are the generations.
enum class ListId : std::uint8_t { generation0, generation1, generation2, permanent, set_apart, none };

enum class Flag : std::uint8_t {
  far = 0x10,        // slots are out of line
  finalized = 0x20,  // tp_finalize ran (F2, C8)
  released = 0x40,   // its token was released (D1)
  weakly = 0x80,     // there are weak references to it
};

// Of a weak reference, which has no token: the collector sees what its callback needs (Heap::weak_objects_).
inline constexpr Flag kHasObject = Flag::released;

// Indices into Cell::near of a weak reference. Its callback is in Heap::weak_callbacks_.
namespace weak_part {
inline constexpr std::uint32_t referent = 0;
inline constexpr std::uint32_t next = 1;
inline constexpr std::uint32_t previous = 2;
}  // namespace weak_part

struct Cell {
  static constexpr std::uint32_t kNear = 3;
  static constexpr std::uint8_t kShapeMask = 0x0F;
  struct Far {
    std::uint32_t offset;
    std::uint32_t capacity;
    std::uint32_t size;
  };

  std::uint32_t refs = 0;
  std::uint32_t place = kNone;  // position in its list
  std::uint16_t type = 0;
  std::uint8_t bits = 0;  // Shape and Flags
  ListId list : 4 = ListId::none;
  std::uint8_t near_size : 3 = 0;  // slots in use, unless they are out of line
  // Of a generator: it ended. Of a generator's frame: it is of code that has something to do at its end.
  std::uint8_t closed : 1 = 0;
  union {
    Id near[kNear] = {kNone, kNone, kNone};
    Far far;
  };

  // Type, bits, list and near_size in one word: what an object is, without what it refers to.
  [[nodiscard]] std::uint32_t head() const;
  void set_head(std::uint32_t head);

  [[nodiscard]] Shape shape() const { return static_cast<Shape>(bits & kShapeMask); }
  [[nodiscard]] bool has(Flag flag) const { return (bits & static_cast<std::uint8_t>(flag)) != 0; }
  void set_shape(Shape shape) {
    bits = static_cast<std::uint8_t>((bits & ~kShapeMask) | static_cast<std::uint8_t>(shape));
  }
  void set(Flag flag) { bits = static_cast<std::uint8_t>(bits | static_cast<std::uint8_t>(flag)); }
  void unset(Flag flag) { bits = static_cast<std::uint8_t>(bits & ~static_cast<std::uint8_t>(flag)); }
  [[nodiscard]] std::uint32_t capacity() const { return has(Flag::far) ? far.capacity : kNear; }
  // Slots in use.
  [[nodiscard]] std::uint32_t size() const { return has(Flag::far) ? far.size : near_size; }
  // REQUIRES: size <= capacity()
  void resize(std::uint32_t size) {
    if (has(Flag::far)) {
      far.size = size;
    } else {
      near_size = static_cast<std::uint8_t>(size & 0x07U);
    }
  }
};
static_assert(sizeof(Cell) == 24 && offsetof(Cell, type) == 8 && offsetof(Cell, near) == 12);

inline std::uint32_t Cell::head() const {
  std::uint32_t head = 0;
  std::memcpy(&head, reinterpret_cast<const char*>(this) + offsetof(Cell, type), sizeof head);
  return head;
}

inline void Cell::set_head(std::uint32_t head) {
  std::memcpy(reinterpret_cast<char*>(this) + offsetof(Cell, type), &head, sizeof head);
}

}  // namespace cyclegc::internal
