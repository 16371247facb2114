#include "harness/export/sections.hpp"

#include <algorithm>
#include <sstream>
#include <stdexcept>
#include <vector>

namespace cyclecheck {
namespace {

bool holds(const std::string& condition, const std::set<std::string, std::less<>>& features) {
  std::istringstream words(condition);
  std::string word;
  while (words >> word) {
    const bool negated = word.front() == '!';
    if ((features.count(negated ? word.substr(1) : word) > 0) != negated) return true;
  }
  return false;
}

}  // namespace

std::string select_sections(std::string_view text, const std::set<std::string, std::less<>>& features) {
  std::string selected;
  std::vector<bool> conditions;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string line(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.rfind("#if ", 0) == 0) {
      conditions.push_back(holds(line.substr(4), features));
    } else if (line == "#else" || line == "#end") {
      if (conditions.empty()) throw std::logic_error("'" + line + "' without '#if'");
      if (line == "#end") {
        conditions.pop_back();
      } else {
        conditions.back() = !conditions.back();
      }
    } else if (std::find(conditions.begin(), conditions.end(), false) == conditions.end()) {
      selected += line + "\n";
    }
  }
  if (!conditions.empty()) throw std::logic_error("'#if' without '#end'");
  return selected;
}

}  // namespace cyclecheck
