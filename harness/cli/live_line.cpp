#include "harness/cli/live_line.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

#include "harness/cli/report.hpp"

namespace cyclecheck::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kTerminalPause{200};
constexpr std::chrono::seconds kPlainPause{5};

void write(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

}  // namespace

LiveLine::LiveLine() : terminal_(isatty(STDOUT_FILENO) == 1), last_(Clock::now()) {}

void LiveLine::show(const std::string& line) {
  const auto now = Clock::now();
  if (now - last_ < (terminal_ ? Clock::duration{kTerminalPause} : Clock::duration{kPlainPause})) return;
  last_ = now;
  write(terminal_ ? "\r" + line + "\x1B[K" : line + "\n");
  open_ = terminal_;
}

void LiveLine::print(const std::string& text) {
  end();
  write(text);
}

void LiveLine::end() {
  if (std::exchange(open_, false)) write("\r\x1B[K");
}

std::string announce(const Finding& finding, const std::optional<StoredFinding>& stored,
                     const std::optional<FileError>& error) {
  std::string text = whole_finding(finding);
  if (stored) {
    text += fmt::format("  {}: {}\n  to run it again:  cyclecheck replay {}\n\n",
                        stored->existed ? "already stored" : "stored", stored->path, stored->path);
  } else if (error) {
    text += fmt::format("  NOT STORED: {}\n  to run it again:  {}\n\n", error->message, command_of(finding));
  }
  return text;
}

std::string shrinking_line(const Trace& best, const ShrinkProgress& progress) {
  return fmt::format("shrinking: {} operations after {} attempts", best.operations.size(), grouped(progress.attempts));
}

std::uint64_t per_second(std::uint64_t number, std::chrono::duration<double> time) {
  if (time.count() <= 0) return 0;
  return static_cast<std::uint64_t>(static_cast<double>(number) / time.count());
}

}  // namespace cyclecheck::cli
