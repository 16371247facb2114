#include "trace/text_scanner.hpp"

#include <charconv>
#include <cstdlib>
#include <utility>

#include "trace/operation.hpp"

namespace cyclecheck::detail {
namespace {

constexpr char kQuote = '"';

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f'; }

bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

}  // namespace

std::string quoted(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  constexpr std::size_t kLongest = 60;
  std::string result = "'";
  const bool is_long = text.size() > kLongest;
  for (const char c : text.substr(0, kLongest)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7F) {
      result += c;
    } else {
      result += "\\x";
      result += kHex[byte >> 4];
      result += kHex[byte & 15];
    }
  }
  return result + (is_long ? "...'" : "'");
}

LineScanner::LineScanner(std::string_view line, std::size_t line_number, bool has_comments)
    : line_(line), line_number_(line_number), has_comments_(has_comments) {
  advance();
  begin_phrase();
}

void LineScanner::advance() {
  std::size_t at = last_end_;
  while (at < line_.size() && is_space(line_[at])) ++at;
  token_begin_ = at;
  std::size_t end = at;
  if (at < line_.size() && !(has_comments_ && line_[at] == '#')) {
    if (line_[at] == kQuote) {
      const std::size_t close = line_.find(kQuote, at + 1);
      end = close == std::string_view::npos ? line_.size() : close + 1;
    }
    while (end < line_.size() && line_[at] != kQuote && is_word_character(line_[end])) ++end;
    if (end == at) ++end;
  }
  token_ = line_.substr(at, end - at);
}

std::string_view LineScanner::take() {
  const std::string_view taken = token_;
  last_end_ = token_begin_ + taken.size();
  advance();
  return taken;
}

bool LineScanner::take_if(std::string_view token) {
  if (token_ != token) return false;
  take();
  return true;
}

void LineScanner::expect(std::string_view mark) {
  if (!take_if(mark)) fail_expected("'" + std::string(mark) + "'");
}

std::int32_t LineScanner::take_number(std::string_view what, std::int32_t greatest) {
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(token_.data(), token_.data() + token_.size(), value);
  if (token_.empty() || problem != std::errc{} || end != token_.data() + token_.size() || value < 0 ||
      value > greatest) {
    fail_expected(std::string(what) + " from 0 to " + std::to_string(greatest));
  }
  take();
  return static_cast<std::int32_t>(value);
}

std::int32_t LineScanner::take_integer(std::string_view what, std::int32_t greatest) {
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(token_.data(), token_.data() + token_.size(), value);
  if (token_.empty() || problem != std::errc{} || end != token_.data() + token_.size() || std::abs(value) > greatest) {
    fail_expected(std::string(what) + " from -" + std::to_string(greatest) + " to " + std::to_string(greatest));
  }
  take();
  return static_cast<std::int32_t>(value);
}

std::string_view LineScanner::take_text(std::size_t longest) {
  if (token_.empty() || token_.front() != kQuote) fail_expected("a text in quotation marks");
  if (token_.size() == 1 || token_.back() != kQuote) fail("the text has no closing quotation mark");
  const std::string_view text = token_.substr(1, token_.size() - 2);
  if (text.size() > longest) fail("the text is longer than " + std::to_string(longest) + " characters");
  for (const char c : text) {
    if (!is_text_character(c)) fail("a text cannot contain " + quoted({&c, 1}));
  }
  take();
  return text;
}

void LineScanner::expect_end() {
  if (!at_end()) fail_expected("the end of the line");
}

void LineScanner::fail_expected(std::string_view what) const {
  std::string message = "expected " + std::string(what);
  if (last_end_ > phrase_begin_) message += " after " + quoted(line_.substr(phrase_begin_, last_end_ - phrase_begin_));
  message += at_end() ? ", found end of line" : ", found " + quoted(token_);
  fail(std::move(message));
}

void LineScanner::fail(std::string message) const {
  // The end of a line is where its last token ends, not where a comment begins.
  const std::size_t column = (at_end() ? last_end_ : token_begin_) + 1;
  throw ParseFailure({line_number_, column, std::move(message)});
}

bool LineReader::next(std::string_view& line) {
  if (rest_.empty()) return false;
  const std::size_t end = rest_.find('\n');
  line = rest_.substr(0, end);
  rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  ++number_;
  return true;
}

}  // namespace cyclecheck::detail
