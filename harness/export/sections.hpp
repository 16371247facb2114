// Selecting the parts of a text that are needed: a file holds all of them, between lines that say when.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>

namespace cyclecheck {

// The lines of `text` that stand between no `#if`, or only between those that hold:
//   #if a b    one of the features a and b is wanted
//   #if !a     a is not wanted
//   #else      the opposite
//   #end
// They may be nested. The lines with these words are left out. Throws std::logic_error if they do not match.
[[nodiscard]] std::string select_sections(std::string_view text, const std::set<std::string, std::less<>>& features);

}  // namespace cyclecheck
