// The text of a string in an operation: short enough to lie in the operation itself.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace cyclecheck {

class ShortText {
 public:
  static constexpr std::size_t kLongest = 15;

  ShortText() = default;
  // REQUIRES: text.size() <= kLongest
  explicit ShortText(std::string_view text) : size_(static_cast<std::uint8_t>(text.size())) {
    std::copy(text.begin(), text.end(), characters_.begin());
  }

  [[nodiscard]] std::string_view view() const { return {characters_.data(), size_}; }

  friend bool operator==(const ShortText&, const ShortText&) = default;

 private:
  std::uint8_t size_ = 0;
  // Zeros behind the text, so that equal texts are equal in all bytes.
  std::array<char, kLongest> characters_{};
};

// Whether a text of a trace may contain it: what ASCII prints, but for the quotation mark, the backslash and the mark
// that begins a comment.
constexpr bool is_text_character(char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\' && c != '#'; }

}  // namespace cyclecheck
