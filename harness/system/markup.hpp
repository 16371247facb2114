// Text inside of HTML, SVG and XML.
#pragma once

#include <string>
#include <string_view>

namespace cyclecheck {

// The text so that it stands for itself, between tags and in quoted attributes. Control characters that XML 1.0 does
// not have become question marks. O(text).
[[nodiscard]] std::string escaped(std::string_view text);

}  // namespace cyclecheck
