// How much time a session has: from its first look at the folder to the last thing that it writes. Not thread-safe.
#pragma once

#include <chrono>
#include <functional>
#include <limits>
#include <optional>
#include <utility>

namespace cyclecheck {

class SessionTime {
 public:
  using Clock = std::chrono::steady_clock;
  using Now = std::function<Clock::time_point()>;

  // Begins now. No limit: there is always time left.
  SessionTime(std::optional<std::chrono::milliseconds> limit, Now now)
      : now_(std::move(now)),
        begin_(now_()),
        limit_(limit ? std::chrono::duration<double>(*limit).count() : std::numeric_limits<double>::infinity()) {}

  // Since it began.
  [[nodiscard]] double seconds() const { return std::chrono::duration<double>(now_() - begin_).count(); }
  [[nodiscard]] double left() const { return limit_ - seconds(); }
  [[nodiscard]] bool is_over() const { return left() <= 0; }

  // Whether the session must stop now to do closing work of so many seconds before its time is over. Closing work of
  // more than a quarter of the whole time gets none: the session goes on until its time is over.
  [[nodiscard]] bool is_over_but_for(double closing) const { return left() <= (closing <= limit_ / 4 ? closing : 0); }

 private:
  Now now_;
  Clock::time_point begin_;
  double limit_;
};

}  // namespace cyclecheck
