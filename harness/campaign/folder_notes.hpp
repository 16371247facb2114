// What was noticed about a campaign's folder and is told its user: one line a kind, however many files it concerns.
// Not thread-safe.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace cyclecheck {

class Notes {
 public:
  // `what`: "is longer than 65536 bytes: left alone"; `path`: an example.
  void add(const std::string& what, const std::string& path) {
    Group& group = groups_[what];
    if (group.count++ == 0) group.example = path;
  }

  // "demo/corpus/x: is longer than 65536 bytes: left alone (and 3 more)".
  [[nodiscard]] std::vector<std::string> lines() const {
    std::vector<std::string> lines;
    for (const auto& [what, group] : groups_) {
      std::string& line = lines.emplace_back(group.example);
      line.append(": ").append(what);
      if (group.count > 1) line.append(" (and ").append(std::to_string(group.count - 1)).append(" more)");
    }
    return lines;
  }

 private:
  struct Group {
    std::size_t count = 0;
    std::string example;
  };
  std::map<std::string, Group> groups_;
};

}  // namespace cyclecheck
