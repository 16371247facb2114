#include "harness/campaign/plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>
#include <utility>

#include "harness/system/system.hpp"

namespace cyclecheck {
namespace {

constexpr double kWidth = 520;
constexpr double kHeight = 220;
constexpr double kLeft = 56;
constexpr double kRight = 14;
constexpr double kTop = 12;
constexpr double kBottom = 28;
// More points than pixels say no more.
constexpr std::size_t kMostPoints = 400;

// 1, 2 or 5 times a power of ten, so that about `count` of them make up `range`.
double nice_step(double range, double count) {
  const double rough = range / count;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= rough) return factor * power;
  }
  return 10 * power;
}

double time_step(double range) {
  constexpr std::array kSteps{1.0,     2.0,     5.0,     10.0,    15.0,    30.0,    60.0,
                              120.0,   300.0,   600.0,   900.0,   1800.0,  3600.0,  7200.0,
                              14400.0, 21600.0, 43200.0, 86400.0, 172800., 432000., 864000.};
  for (const double step : kSteps) {
    if (range / step <= 6) return step;
  }
  return 86400 * nice_step(range / 86400, 5);
}

std::vector<PlotPoint> thinned(const std::vector<PlotPoint>& points) {
  if (points.size() <= kMostPoints) return points;
  std::vector<PlotPoint> kept;
  for (std::size_t i = 0; i < kMostPoints; ++i) kept.push_back(points[i * (points.size() - 1) / (kMostPoints - 1)]);
  return kept;
}

}  // namespace

std::string short_number(double number) {
  if (number >= 1e9) return fmt::format("{:.3g} G", number / 1e9);
  if (number >= 1e6) return fmt::format("{:.3g} M", number / 1e6);
  if (number >= 1e4) return fmt::format("{:.3g} k", number / 1e3);
  return fmt::format("{:g}", number);
}

std::string short_time(double seconds) {
  if (seconds < 120) return fmt::format("{:.3g} s", seconds);
  if (seconds < 7200) return fmt::format("{:.3g} min", seconds / 60);
  if (seconds < 172800) return fmt::format("{:.3g} h", seconds / 3600);
  return fmt::format("{:.3g} d", seconds / 86400);
}

double seconds_of(std::string_view utc) {
  std::tm parts{};
  const std::string text(utc);
  if (strptime(text.c_str(), "%Y-%m-%d %H:%M:%S", &parts) == nullptr) return 0;
  return static_cast<double>(timegm(&parts));
}

std::string short_date(double seconds) {
  const auto whole = static_cast<std::time_t>(seconds);
  std::tm parts{};
  gmtime_r(&whole, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%m-%d %H:%M", &parts);
  return text.data();
}

std::string time_plot(const std::vector<PlotSeries>& series, std::string_view unit, bool steps) {
  double least_x = 0;
  double most_x = 1;
  double most_y = 1;
  bool first = true;
  for (const PlotSeries& line : series) {
    for (const PlotPoint& point : line.points) {
      least_x = first ? point.x : std::min(least_x, point.x);
      most_x = first ? point.x + 1 : std::max(most_x, point.x);
      first = false;
      most_y = std::max(most_y, point.y);
    }
  }
  const double y_step = std::max(1.0, nice_step(most_y, 4));
  const double top = std::ceil(most_y / y_step) * y_step;
  const auto at_x = [&](double x) { return kLeft + (kWidth - kLeft - kRight) * (x - least_x) / (most_x - least_x); };
  const auto at_y = [&](double y) { return kHeight - kBottom - (kHeight - kTop - kBottom) * y / top; };

  std::string svg =
      fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">\n", kWidth, kHeight, escaped(unit));
  for (double y = 0; y <= top * 1.001; y += y_step) {
    svg += fmt::format("<path class=\"grid\" d=\"M{:.1f} {:.1f}H{:.1f}\"/>", kLeft, at_y(y), kWidth - kRight);
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n", kLeft - 8, at_y(y) + 4,
                       short_number(y));
  }
  // Round times of the calendar. A label is wide.
  const double step = std::max(60.0, time_step((most_x - least_x) * 1.5));
  const double first_tick = std::ceil(least_x / step) * step;
  // Of a short campaign the two ends.
  if (first_tick + step > most_x && !first) {
    for (const auto& [x, anchor] : {std::pair(least_x, "start"), std::pair(most_x, "end")}) {
      svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", at_x(x), kHeight - 8, anchor,
                         short_date(x));
    }
  }
  for (double x = first_tick; x <= most_x && first_tick + step <= most_x; x += step) {
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n", at_x(x), kHeight - 8,
                       short_date(x));
  }
  for (std::size_t i = 0; i < series.size(); ++i) {
    const std::vector<PlotPoint> points = thinned(series[i].points);
    if (points.empty()) continue;
    std::string path;
    std::string marks;
    for (std::size_t p = 0; p < points.size(); ++p) {
      const double x = at_x(points[p].x);
      const double y = at_y(points[p].y);
      if (p == 0) {
        path += fmt::format("M{:.1f} {:.1f}", x, y);
      } else if (steps) {
        path += fmt::format("H{:.1f}V{:.1f}", x, y);
      } else {
        path += fmt::format("L{:.1f} {:.1f}", x, y);
      }
      marks += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"6\"><title>{}{} {} at {}</title></circle>", x, y,
                           series.size() > 1 ? escaped(series[i].name) + ": " : "", short_number(points[p].y),
                           escaped(unit), short_date(points[p].x));
    }
    svg += fmt::format("<path class=\"line s{}\" d=\"{}\"/>\n<g class=\"marks\">{}</g>\n",
                       std::min(i, kPlotColours - 1), path, marks);
  }
  return svg + "</svg>\n";
}

}  // namespace cyclecheck
