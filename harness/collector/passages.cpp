#include "harness/collector/passages.hpp"

#include <algorithm>

namespace cyclecheck {

std::vector<std::string> passage_names() {
  static_assert(kMadeUnderPromise < kPassages);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < cyclegc::kRefusals; ++i) {
    names.push_back("no short cut: " + std::string(to_string(static_cast<cyclegc::Refusal>(i))));
  }
  names.emplace_back("the heap grew while a script ran");
  names.emplace_back("a script made something under a promise of room");
  return names;
}

std::string passage_table(const Passages& passages) {
  constexpr std::size_t kName = 60;
  constexpr std::size_t kNumber = 14;
  if (std::all_of(passages.begin(), passages.end(), [](std::uint64_t times) { return times == 0; })) return {};
  const std::vector<std::string> names = passage_names();
  std::string text;
  std::string missing;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string number = std::to_string(passages[i]);
    text += names[i] + std::string(kName - names[i].size(), ' ') +
            std::string(kNumber - std::min(kNumber, number.size()), ' ') + number + "\n";
    if (passages[i] == 0) missing += "never reached: " + names[i] + "\n";
  }
  return text + missing;
}

}  // namespace cyclecheck
