#include "impl/refusals.hpp"

namespace cyclegc {

std::string_view to_string(Refusal refusal) {
  constexpr std::array<std::string_view, kRefusals> kWords{"creation: type",
                                                           "creation: a collection is due",
                                                           "creation: promised room",
                                                           "creation: tag",
                                                           "creation: no room",
                                                           "leaf: type",
                                                           "leaf: trashcan",
                                                           "in place: weak reference",
                                                           "in place: finalizer",
                                                           "frame: weak reference",
                                                           "frame: trashcan",
                                                           "frame: finalizer",
                                                           "handles: generation",
                                                           "handles: hidden members",
                                                           "handles: gc.garbage",
                                                           "handles: releasing",
                                                           "leaves: opaque",
                                                           "leaves: dict",
                                                           "leaves: tuple",
                                                           "leaves: own dictionary",
                                                           "leaves: classic instances",
                                                           "leaves: frozen",
                                                           "leaves: set apart",
                                                           "leaves: dying",
                                                           "leaves: doomed",
                                                           "leaves: trashcan",
                                                           "leaves: promised room",
                                                           "freed at once: debug",
                                                           "freed at once: trashcan",
                                                           "freed at once: watched",
                                                           "freed at once: watched outside of the trash"};
  return kWords[static_cast<std::size_t>(refusal)];
}

}  // namespace cyclegc
