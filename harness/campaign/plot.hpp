// Line plots as SVG, to stand in an HTML page that defines the classes and the colours. Pure and thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cyclecheck {

struct PlotPoint {
  double x = 0;
  double y = 0;
};

struct PlotSeries {
  std::string name;
  // By ascending x.
  std::vector<PlotPoint> points;
};

// A plot of values from 0 on over time, one line a series, as steps if values only change now and then. x are seconds
// since 1970, UTC; the axis is a calendar, from the first point on.
// Lines have the classes `s0`, `s1` ... in order; there are kPlotColours of them, and what comes after has the last
// one. `unit` names what y counts.
[[nodiscard]] std::string time_plot(const std::vector<PlotSeries>& series, std::string_view unit, bool steps);

inline constexpr std::size_t kPlotColours = 6;

// "1.2 M", "34 k", "56".
[[nodiscard]] std::string short_number(double number);

// "45 s", "12 min", "3.5 h", "2.1 d".
[[nodiscard]] std::string short_time(double seconds);

// Of "2026-11-26 21:30:00.123", UTC: seconds since 1970; 0 if it is no such text.
[[nodiscard]] double seconds_of(std::string_view utc);
// "11-26 21:30".
[[nodiscard]] std::string short_date(double seconds);

}  // namespace cyclecheck
