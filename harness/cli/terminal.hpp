// What a terminal shows: its width, and colour. Thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cyclecheck::cli {

// Whether the descriptor is a terminal on which a line can be rewritten.
[[nodiscard]] bool is_terminal(int descriptor);

// How many columns it has; 80 if it does not say.
[[nodiscard]] std::size_t columns_of(int descriptor);

// Whether text on the descriptor may be coloured: it is a terminal, and NO_COLOR is not set (https://no-color.org).
[[nodiscard]] bool shows_colour(int descriptor);

// The text with findings, differences and verdicts coloured, line by line. O(text)
[[nodiscard]] std::string coloured(std::string_view text);

}  // namespace cyclecheck::cli
