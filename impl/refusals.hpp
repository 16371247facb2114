// The conditions of short cuts: why one was not taken. A condition that nothing tries might as well not be there.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace cyclegc {

// Each counts how often it was the only reason.
enum class Refusal : std::uint8_t {
  // An object is not made without a look at its type.
  creation_type,
  creation_due,
  creation_promise,
  creation_tag,
  creation_room,
  // What refers to nothing does not just leave its list and its cell.
  leaf_type,
  leaf_trashcan,
  // A custom object does not die in place.
  in_place_weakref,
  in_place_finalizer,
  // A node, or attributes of which none is set, does not die without a frame.
  frame_weakref,
  frame_trashcan,
  frame_finalizer,
  // Handles may not be all that refers to the objects of a full collection.
  handles_generation,
  handles_hidden_members,
  handles_garbage,
  handles_releasing,
  // Nor may what is in no list refer to nothing.
  leaves_opaque,
  leaves_dict,
  leaves_tuple,
  leaves_own_dictionary,
  leaves_classic,
  leaves_frozen,
  leaves_set_apart,
  leaves_dying,
  leaves_doomed,
  leaves_trashcan,
  leaves_promise,
  // Trash is not freed at once.
  bulk_debug,
  bulk_trashcan,
  bulk_watched,
  bulk_watched_outside,
};
inline constexpr std::size_t kRefusals = static_cast<std::size_t>(Refusal::bulk_watched_outside) + 1;
using Refusals = std::array<std::uint64_t, kRefusals>;

std::string_view to_string(Refusal refusal);

}  // namespace cyclegc
