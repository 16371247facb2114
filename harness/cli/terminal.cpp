#include "harness/cli/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

namespace cyclecheck::cli {
namespace {

constexpr std::size_t kUsualColumns = 80;

const char* variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string_view colour_of(std::string_view line) {
  if (line.starts_with("FINDING ") || line.starts_with("DIVERGENCE ")) return "\x1B[1;31m";
  if (line.starts_with("  > ")) return "\x1B[33m";
  const bool is_verdict = line.find(" agree; ") != std::string_view::npos || line.starts_with("all agree");
  return is_verdict ? "\x1B[32m" : std::string_view{};
}

}  // namespace

bool is_terminal(int descriptor) { return isatty(descriptor) == 1 && std::string_view{variable("TERM")} != "dumb"; }

std::size_t columns_of(int descriptor) {
  winsize size{};
  const bool is_known = ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return is_known ? size.ws_col : kUsualColumns;
}

bool shows_colour(int descriptor) { return is_terminal(descriptor) && *variable("NO_COLOR") == '\0'; }

std::string coloured(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    const std::string_view colour = colour_of(line);
    result.append(colour).append(line);
    if (!colour.empty()) result += "\x1B[0m";
    if (end == std::string_view::npos) break;
    result += '\n';
    text.remove_prefix(end + 1);
  }
  return result;
}

}  // namespace cyclecheck::cli
