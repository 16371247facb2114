#include "bench/compare/page.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "bench/compare/chart.hpp"

namespace cyclecheck::bench {
namespace {

constexpr const char* kBegin = "<!-- written by ci/bench --update, from here -->\n";
constexpr const char* kEnd = "<!-- to here -->\n";

void write_file(const std::filesystem::path& path, const std::string& content) {
  std::ofstream out(path, std::ios::binary);
  out << content;
  out.close();
  if (!out) throw std::runtime_error(path.string() + ": cannot be written");
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error(path + ": cannot be read");
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string data_of(const Circumstances& circumstances, const std::vector<GroupResult>& results) {
  nlohmann::ordered_json data;
  data["circumstances"] = circumstances;
  data["groups"] = nlohmann::ordered_json::array();
  for (const GroupResult& result : results) {
    nlohmann::ordered_json group;
    group["section"] = result.group.section;
    group["title"] = result.group.title;
    group["unit"] = result.group.unit == Unit::bytes ? "bytes" : "nanoseconds";
    group["of"] = result.group.of;
    for (std::size_t i = 0; i < result.measured.size(); ++i) {
      const Measured& measured = result.measured[i];
      nlohmann::ordered_json entry;
      entry["label"] = result.group.contenders[i].label;
      entry["workload"] = text(result.group.contenders[i].spec);
      entry["samples"] = measured.samples;
      if (!measured.skipped.empty()) entry["skipped"] = measured.skipped;
      if (!measured.answers.empty()) entry["answers"] = measured.answers;
      group["contenders"].push_back(entry);
    }
    data["groups"].push_back(group);
  }
  return data.dump(1) + "\n";
}

// Time an object against the size of the heap, one line a collector.
Chart curves(const std::string& title, Shape shape, const std::vector<GroupResult>& results) {
  Chart chart{.title = title, .x_label = "objects in the heap", .y_label = "nanoseconds an object", .curves = {}};
  for (const std::uint64_t objects : kCurveSizes) {
    for (const GroupResult& result : results) {
      if (result.group.title != curve_title(shape, objects)) continue;
      for (std::size_t i = 0; i < result.measured.size(); ++i) {
        if (result.measured[i].samples.empty()) continue;
        const Contender& contender = result.group.contenders[i];
        Curve* curve = nullptr;
        for (Curve& known : chart.curves) {
          if (known.label == contender.label) curve = &known;
        }
        if (curve == nullptr) {
          chart.curves.push_back(
              {.label = contender.label, .points = {}, .is_reference = contender.program == "chase"});
          curve = &chart.curves.back();
        }
        curve->points.emplace_back(static_cast<double>(objects), median(result.measured[i].samples));
      }
    }
  }
  // A collector that was measured at one size alone has no curve.
  std::erase_if(chart.curves, [](const Curve& curve) { return curve.points.size() < 2; });
  return chart;
}

}  // namespace

void update_page(const std::string& page, const Circumstances& circumstances, const std::vector<GroupResult>& results,
                 const std::vector<Row>& rows) {
  const std::string old = read_file(page);
  const std::size_t begin = old.find(kBegin);
  const std::size_t end = old.find(kEnd);
  if (begin == std::string::npos || end == std::string::npos || end < begin) {
    throw std::runtime_error(page + ": the lines that mark what is written are missing");
  }
  const std::filesystem::path path(page);
  const std::filesystem::path folder = path.parent_path();

  std::string part = kBegin;
  for (const std::string& circumstance : circumstances) part += "- " + circumstance + "\n";
  part += fmt::format("- All samples: [data.json](data.json)\n- {}.\n\n", summary_of(rows));
  const auto picture = [&](const char* file, const std::string& title, Shape shape) {
    const Chart chart = curves(title, shape, results);
    if (chart.curves.empty()) return;
    write_file(folder / file, svg(chart));
    part += fmt::format("![{}]({})\n\n", title, file);
  };
  picture("random.svg", "Full collection, live, 3 random edges, one container holds all", Shape::random);
  picture("ordered.svg", "Full collection, live, 3 edges in allocation order, one container holds all", Shape::ordered);
  part += markdown_of(rows).substr(1) + "\n";

  write_file(folder / "data.json", data_of(circumstances, results));
  write_file(path, old.substr(0, begin) + part + old.substr(end));
}

}  // namespace cyclecheck::bench
