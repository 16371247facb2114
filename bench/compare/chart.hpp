// Curves as an SVG picture, both axes logarithmic.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace cyclecheck::bench {

struct Curve {
  std::string label;
  // x and y, both above 0, x ascending.
  std::vector<std::pair<double, double>> points;
  // A line that is no contender's: drawn dashed.
  bool is_reference = false;
};

struct Chart {
  std::string title;
  std::string x_label;
  std::string y_label;
  std::vector<Curve> curves;
};

// A whole SVG file that brings its colours and its background along. REQUIRES: some curve has a point
[[nodiscard]] std::string svg(const Chart& chart);

}  // namespace cyclecheck::bench
