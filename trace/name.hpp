// Names and labels: how a trace and a log refer to objects.
//
// A *name* is a variable of the program that a trace describes. A *label* identifies one object for the whole run of a
// trace: the n-th object that was created under a name. In a trace that uses every name once, labels read like names.
#pragma once

#include <compare>
#include <cstdint>

namespace cyclecheck {

// An index into Trace::names. At most kMaxNames different names occur in a trace.
struct Name {
  std::uint16_t value = 0;
  friend auto operator<=>(Name, Name) = default;
};

inline constexpr std::uint32_t kMaxNames = 0xFFFF;

// Which container of a labelled object is meant. An instance owns a second container, its attribute dictionary, up to
// CPython 3.10, a suspended generator a frame; the collector itself makes a tuple while it clears several weak
// references to one object, and a dict for those that it calls (rule X10), which has the same label.
enum class Part : std::uint8_t { object, attributes, callback_tuple, frame };

struct Label {
  Name name;
  Part part = Part::object;
  // 0 for the first object created under `name`, 1 for the second, and so on.
  std::uint32_t serial = 0;
  friend auto operator<=>(const Label&, const Label&) = default;
};

}  // namespace cyclecheck
