#include "harness/campaign/guidance.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace cyclecheck {
namespace {

// 1, 2, 3, 4 to 7, 8 to 15, 16 to 31, 32 to 127, more.
std::uint32_t magnitude(std::uint8_t count) {
  if (count <= 3) return count - 1U;
  if (count < 32) return static_cast<std::uint32_t>(std::bit_width(count));
  return count < 128 ? 6 : 7;
}

}  // namespace

void features_of(std::span<const std::uint8_t, kStateCounters> counters, Features& features) {
  features.clear();
  static_assert(kStateCounters % sizeof(std::uint64_t) == 0);
  for (std::size_t at = 0; at < kStateCounters; at += sizeof(std::uint64_t)) {
    // Most counters are zero.
    std::uint64_t eight = 0;
    std::memcpy(&eight, counters.data() + at, sizeof eight);
    if (eight == 0) continue;
    for (std::size_t i = at; i < at + sizeof eight; ++i) {
      if (counters[i] != 0) features.push_back(static_cast<std::uint32_t>(i * 8 + magnitude(counters[i])));
    }
  }
}

void Guidance::add_unmeasured(std::string input) {
  inputs_.push_back(std::move(input));
  is_measured_.push_back(false);
}

std::optional<std::uint32_t> Guidance::next_unmeasured() {
  while (next_ < inputs_.size() && is_measured_[next_]) ++next_;
  if (next_ == inputs_.size()) return std::nullopt;
  return next_;
}

void Guidance::measured(std::uint32_t number, const Features& features) {
  if (number >= inputs_.size()) return;
  is_measured_[number] = true;
  own(number, features);
}

bool Guidance::is_news(const Features& features) const {
  return std::any_of(features.begin(), features.end(),
                     [&](std::uint32_t feature) { return owner_[feature] == kNobody; });
}

void Guidance::own(std::uint32_t input, const Features& features) {
  for (const std::uint32_t feature : features) {
    if (feature >= kFeatures || owner_[feature] != kNobody) continue;
    owner_[feature] = input;
    seen_.push_back(feature);
  }
}

void Guidance::add(std::string input, const Features& features) {
  inputs_.push_back(std::move(input));
  is_measured_.push_back(true);
  own(static_cast<std::uint32_t>(inputs_.size() - 1), features);
}

const std::string& Guidance::pick(Random& random) const {
  if (seen_.empty() || random.chance(48)) return inputs_[random.below(static_cast<std::uint32_t>(inputs_.size()))];
  return inputs_[owner_[seen_[random.below(static_cast<std::uint32_t>(seen_.size()))]]];
}

}  // namespace cyclecheck
