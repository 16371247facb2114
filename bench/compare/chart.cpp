#include "bench/compare/chart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "harness/system/system.hpp"

namespace cyclecheck::bench {
namespace {

constexpr double kWidth = 810;
constexpr double kHeight = 420;
constexpr double kLeft = 70;
constexpr double kRight = 240;
constexpr double kTop = 48;
constexpr double kBottom = 56;
constexpr double kLineHeight = 17;

// Distinguishable also without colours: every curve has its own mark.
constexpr std::array<const char*, 6> kColours{"#0b6e4f", "#c8553d", "#3a5ba0", "#8a6d00", "#7b3f98", "#555555"};

struct Axis {
  double least = std::numeric_limits<double>::max();
  double most = 0;
  double from = 0;
  double length = 0;

  void include(double value) {
    least = std::min(least, value);
    most = std::max(most, value);
  }
  // Whole powers of ten at both ends.
  void round() {
    least = std::pow(10, std::floor(std::log10(least)));
    most = std::pow(10, std::ceil(std::log10(most)));
    if (most <= least) most = least * 10;
  }
  [[nodiscard]] double at(double value) const {
    return from + length * (std::log10(value) - std::log10(least)) / (std::log10(most) - std::log10(least));
  }
};

std::string power_text(double value) {
  if (value >= 1e6) return fmt::format("{:.0f} M", value / 1e6);
  if (value >= 1e4) return fmt::format("{:.0f},000", value / 1e3);
  return fmt::format("{:g}", value);
}

std::string words(double x, double y, const std::string& text, const char* more) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" {}>{}</text>\n", x, y, more, escaped(text));
}

std::string line(double x1, double y1, double x2, double y2, const char* more) {
  return fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" {}/>\n", x1, y1, x2, y2, more);
}

std::string mark(std::size_t kind, double x, double y, const char* colour) {
  switch (kind % 3) {
    case 0:
      return fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4\" fill=\"{}\"/>\n", x, y, colour);
    case 1:
      return fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"8\" height=\"8\" fill=\"{}\"/>\n", x - 4, y - 4,
                         colour);
    default:
      return fmt::format("<path d=\"M{:.1f} {:.1f} l5 9 h-10 z\" fill=\"{}\"/>\n", x, y - 6, colour);
  }
}

std::string axes(const Chart& chart, const Axis& x, const Axis& y) {
  std::string out;
  constexpr const char* kGrid = "stroke=\"#dddddd\"";
  for (double value = x.least; value <= x.most * 1.001; value *= 10) {
    out += line(x.at(value), kTop, x.at(value), kHeight - kBottom, kGrid);
    out += words(x.at(value), kHeight - kBottom + 18, power_text(value), "text-anchor=\"middle\"");
  }
  for (double value = y.least; value <= y.most * 1.001; value *= 10) {
    out += line(kLeft, y.at(value), kWidth - kRight, y.at(value), kGrid);
    out += words(kLeft - 8, y.at(value) + 4, power_text(value), "text-anchor=\"end\"");
  }
  out += words((kLeft + kWidth - kRight) / 2, kHeight - 14, chart.x_label, "text-anchor=\"middle\"");
  const double middle = (kTop + kHeight - kBottom) / 2;
  out += fmt::format("<text transform=\"translate(20 {:.1f}) rotate(-90)\" text-anchor=\"middle\">{}</text>\n", middle,
                     escaped(chart.y_label));
  return out;
}

}  // namespace

std::string svg(const Chart& chart) {
  Axis x;
  Axis y;
  for (const Curve& curve : chart.curves) {
    for (const auto& [px, py] : curve.points) {
      x.include(px);
      y.include(py);
    }
  }
  x.round();
  y.round();
  x.from = kLeft;
  x.length = kWidth - kRight - kLeft;
  y.from = kHeight - kBottom;
  y.length = -(kHeight - kBottom - kTop);

  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" height=\"{1:.0f}\" "
      "font-family=\"sans-serif\" font-size=\"13\" fill=\"#222222\">\n<rect width=\"100%\" height=\"100%\" "
      "fill=\"#ffffff\"/>\n",
      kWidth, kHeight);
  out += words(kLeft, 26, chart.title, "font-size=\"15\" font-weight=\"bold\"");
  out += axes(chart, x, y);

  // A curve's name stands where it ends, moved down as far as the one above needs.
  std::vector<std::pair<double, std::size_t>> ends;
  for (std::size_t i = 0; i < chart.curves.size(); ++i) {
    const Curve& curve = chart.curves[i];
    if (curve.points.empty()) continue;
    const char* const colour = kColours[i % kColours.size()];
    std::string path;
    std::string marks;
    for (const auto& [px, py] : curve.points) {
      path += fmt::format("{:.1f},{:.1f} ", x.at(px), y.at(py));
      marks += mark(i, x.at(px), y.at(py), colour);
    }
    out += fmt::format("<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\"{}/>\n{}", path, colour,
                       curve.is_reference ? " stroke-dasharray=\"6 4\"" : "", marks);
    ends.emplace_back(y.at(curve.points.back().second), i);
  }
  std::sort(ends.begin(), ends.end());
  double free_from = 0;
  for (const auto& [end, i] : ends) {
    const double place = std::max(end, free_from);
    free_from = place + kLineHeight;
    const Curve& curve = chart.curves[i];
    out += words(kWidth - kRight + 12, place + 4, fmt::format("{}: {:.3g} ns", curve.label, curve.points.back().second),
                 fmt::format("fill=\"{}\"", kColours[i % kColours.size()]).c_str());
  }
  return out + "</svg>\n";
}

}  // namespace cyclecheck::bench
