#include "harness/cli/live_line.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "harness/cli/report.hpp"
#include "harness/cli/terminal.hpp"

namespace cyclecheck::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kTerminalPause{200};
constexpr std::chrono::seconds kPlainPause{5};
constexpr std::chrono::minutes kLongestPause{10};

// False: it cannot be written, or what came before could not.
bool write(std::FILE* file, const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), file);
  return std::fflush(file) == 0 && std::ferror(file) == 0;
}

}  // namespace

Progress progress_of(std::chrono::duration<double> spent, std::optional<std::chrono::duration<double>> limit,
                     std::uint64_t number, std::optional<std::uint64_t> most) {
  Progress progress;
  const auto take = [&](double done, std::chrono::duration<double> left) {
    if (progress.left && *progress.left <= left) return;
    progress.done = std::clamp(done, 0.0, 1.0);
    progress.left = std::max(left, std::chrono::duration<double>{0});
  };
  if (limit && limit->count() > 0) take(spent / *limit, *limit - spent);
  if (most && *most > 0 && number > 0) {
    const double done = static_cast<double>(number) / static_cast<double>(*most);
    take(done, spent * (1 - done) / done);
  }
  return progress;
}

std::string fitted(const Progress& progress, std::size_t columns) {
  std::string line;
  if (progress.done) line += fmt::format("{:.0f} %", *progress.done * 100);
  if (progress.left) line += (line.empty() ? "" : ", ") + short_duration(*progress.left) + " left";
  for (const std::string& fact : progress.facts) {
    const std::string_view between = line.empty() ? "" : &fact == &progress.facts.front() ? ": " : ", ";
    if (line.size() + between.size() + fact.size() > columns) break;
    line.append(between).append(fact);
  }
  return line.substr(0, columns);
}

LiveLine::LiveLine(bool quiet)
    : quiet_(quiet),
      terminal_(is_terminal(STDERR_FILENO)),
      pause_(terminal_ ? Clock::duration{kTerminalPause} : Clock::duration{kPlainPause}),
      last_(Clock::now()) {}

void LiveLine::show(const Progress& progress) {
  const auto now = Clock::now();
  if (quiet_ || now - last_ < pause_) return;
  last_ = now;
  if (!terminal_) {
    pause_ = std::min<Clock::duration>(2 * pause_, kLongestPause);
    (void)write(stderr, fitted(progress, SIZE_MAX) + "\n");
    return;
  }
  // A line as long as the terminal is wide makes some terminals go on to the next one.
  (void)write(stderr, "\r" + fitted(progress, columns_of(STDERR_FILENO) - 1) + "\x1B[K");
  open_ = true;
}

void LiveLine::print(const std::string& text) {
  end();
  if (!quiet_) (void)print_coloured(text);
}

void LiveLine::end() {
  if (std::exchange(open_, false)) (void)write(stderr, "\r\x1B[K");
}

bool print_coloured(const std::string& text) {
  return write(stdout, shows_colour(STDOUT_FILENO) ? coloured(text) : text);
}

std::string announce(const Finding& finding, const std::optional<StoredFinding>& stored,
                     const std::optional<FileError>& error) {
  std::string text = whole_finding(finding);
  if (stored) {
    text += fmt::format("  {}: {}\n  to run it again:  cyclecheck replay {}\n\n",
                        stored->existed ? "already stored" : "stored", stored->path, for_shell(stored->path));
  } else if (error) {
    text += fmt::format("  NOT STORED: {}\n  to run it again:  {}\n\n", error->message, command_of(finding));
  }
  return text;
}

Progress shrinking_progress(const Trace& best, const ShrinkProgress& progress) {
  return {{},
          {},
          {fmt::format("shrinking: {} after {}", counted(best.operations.size(), "operation"),
                       counted(progress.attempts, "attempt"))}};
}

std::uint64_t per_second(std::uint64_t number, std::chrono::duration<double> time) {
  if (time.count() <= 0) return 0;
  return static_cast<std::uint64_t>(static_cast<double>(number) / time.count());
}

}  // namespace cyclecheck::cli
