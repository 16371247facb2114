#include "bench/spec.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <sstream>
#include <stdexcept>

namespace cyclecheck::bench {
namespace {

template <class Number>
Number number(const std::string& word, std::string_view value) {
  Number result{};
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), result);
  if (error != std::errc{} || end != value.data() + value.size()) {
    throw std::invalid_argument(fmt::format("{}: expected a number", word));
  }
  return result;
}

template <class Enum, std::size_t n>
Enum one_of(const std::string& word, std::string_view value, const std::array<std::string_view, n>& names) {
  for (std::size_t i = 0; i < n; ++i) {
    if (names[i] == value) return static_cast<Enum>(i);
  }
  throw std::invalid_argument(fmt::format("{}: expected one of {}", word, fmt::join(names, ", ")));
}

}  // namespace

std::string text(const Spec& spec) {
  return fmt::format("{} part={} objects={} edges={} garbage={} kind={} shape={} hold={} observed={}", spec.workload,
                     spec.part, spec.objects, spec.edges, spec.garbage, name_of(spec.kind, kKindNames),
                     name_of(spec.shape, kShapeNames), name_of(spec.hold, kHoldNames),
                     name_of(spec.observed, kObservedNames));
}

Spec parse_spec(std::string_view line) {
  std::istringstream words{std::string(line)};
  Spec spec;
  if (!(words >> spec.workload)) throw std::invalid_argument("expected the name of a workload");
  for (std::string word; words >> word;) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos) throw std::invalid_argument(word + ": expected key=value");
    const std::string key = word.substr(0, equals);
    const std::string_view value = std::string_view(word).substr(equals + 1);
    if (key == "part") {
      spec.part = value;
    } else if (key == "objects") {
      spec.objects = number<std::uint64_t>(word, value);
    } else if (key == "edges") {
      spec.edges = number<std::uint32_t>(word, value);
    } else if (key == "garbage") {
      spec.garbage = number<std::uint32_t>(word, value);
    } else if (key == "kind") {
      spec.kind = one_of<Kind>(word, value, kKindNames);
    } else if (key == "shape") {
      spec.shape = one_of<Shape>(word, value, kShapeNames);
    } else if (key == "hold") {
      spec.hold = one_of<Hold>(word, value, kHoldNames);
    } else if (key == "observed") {
      spec.observed = one_of<Observed>(word, value, kObservedNames);
    } else {
      throw std::invalid_argument(key + ": unknown key");
    }
  }
  return spec;
}

}  // namespace cyclecheck::bench
