// What the program's exit status says.
#pragma once

namespace cyclecheck::cli {

inline constexpr int kAgree = 0;
// A divergence or a crash was found.
inline constexpr int kFailed = 1;
// Bad usage, unreadable input, or output that could not be written.
inline constexpr int kBadInput = 2;
// 128 + SIGINT, as shells do.
inline constexpr int kInterrupted = 130;

}  // namespace cyclecheck::cli
