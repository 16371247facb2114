#include "trace/nearest.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace cyclecheck {
namespace {

// More than any two words may differ.
constexpr std::size_t kFar = 1000;

// What it costs to add, leave out or change a letter.
std::size_t cost(char c) { return c >= '0' && c <= '9' ? kFar : 1; }

std::size_t distance(std::string_view one, std::string_view other) {
  std::vector<std::vector<std::size_t>> of(one.size() + 1, std::vector<std::size_t>(other.size() + 1));
  for (std::size_t i = 0; i <= one.size(); ++i) {
    for (std::size_t j = 0; j <= other.size(); ++j) {
      of[i][j] = i + j == 0 ? 0 : SIZE_MAX;
      if (i > 0) of[i][j] = std::min(of[i][j], of[i - 1][j] + cost(one[i - 1]));
      if (j > 0) of[i][j] = std::min(of[i][j], of[i][j - 1] + cost(other[j - 1]));
      if (i == 0 || j == 0) continue;
      const std::size_t changed = one[i - 1] == other[j - 1] ? 0 : std::max(cost(one[i - 1]), cost(other[j - 1]));
      of[i][j] = std::min(of[i][j], of[i - 1][j - 1] + changed);
      if (i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1]) {
        of[i][j] = std::min(of[i][j], of[i - 2][j - 2] + 1);
      }
    }
  }
  return of.back().back();
}

}  // namespace

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& known) {
  constexpr std::size_t kLongest = 64;
  std::string_view found;
  if (word.empty() || word.size() > kLongest) return found;
  std::size_t least = kFar;
  for (const std::string_view candidate : known) {
    const std::size_t away = distance(word, candidate);
    if (away >= least || 3 * away > std::max(word.size(), candidate.size())) continue;
    least = away;
    found = candidate;
  }
  return found;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& known) {
  const std::string_view meant = nearest(word, known);
  return meant.empty() ? std::string{} : " (did you mean '" + std::string(meant) + "'?)";
}

}  // namespace cyclecheck
