// A text as it stands between quotation marks in a file for Graphviz.
#pragma once

#include <string>
#include <string_view>

namespace cyclegc::internal {

[[nodiscard]] inline std::string quoted(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '\n') {
      result += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result;
}

}  // namespace cyclegc::internal
