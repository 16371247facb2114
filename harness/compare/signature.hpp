// Signatures: the short, stable name of a failure.
//
// A signature says what went wrong, not where: "missing died node", "changed count", "crash SIGSEGV". It survives
// shrinking, groups findings of one cause, and names their folders. All functions are pure and thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "trace/event.hpp"
#include "trace/trace.hpp"

namespace cyclecheck {

// "node", "instance", "classic", "opaque", "weakref", "subref", "proxy", "dictionary" or "callbacks"; "object" if the
// trace creates different kinds under the label's name. O(operations).
[[nodiscard]] std::string_view object_word(const Trace& trace, const Label& label);

// The word of object_word for events that have a label, "none" for "no object", empty for other events.
[[nodiscard]] std::string_view object_word(const Trace& trace, const Event& event);

// Whether two signatures name the same failure: they are equal, except that "object" stands for any kind of object.
[[nodiscard]] bool same_failure(std::string_view one, std::string_view other);

// Lower-case letters, digits and hyphens alone, for a file name; at most 60 characters.
[[nodiscard]] std::string slug(std::string_view signature);

}  // namespace cyclecheck
