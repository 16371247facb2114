// The known word that is most like a misspelled one. Pure and thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cyclecheck {

// The known word that differs least from `word`: in letters that are missing, extra, changed or exchanged with the next
// one; in at most a third of the letters of the longer word. Digits do not differ: another version is another thing.
// Nothing if none is so near. O(known * letters^2)
[[nodiscard]] std::string_view nearest(std::string_view word, const std::vector<std::string_view>& known);

// " (did you mean 'append'?)", or nothing.
[[nodiscard]] std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace cyclecheck
