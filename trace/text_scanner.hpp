// The words and marks of one line of text, with their columns; shared by the parsers of traces and of logs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "trace/text.hpp"

namespace cyclecheck::detail {

// How the parsers leave at the first error; it never passes the public functions.
class ParseFailure : public std::runtime_error {
 public:
  explicit ParseFailure(TextError error) : std::runtime_error(error.message), error_(std::move(error)) {}
  [[nodiscard]] const TextError& error() const { return error_; }

 private:
  TextError error_;
};

// Quotes a piece of input for a message: cut off when long, bytes that a terminal could misread written as \xNN.
std::string quoted(std::string_view text);

// A word is a run of letters, digits, `_`, `-`, `.`; every other character that is not white space is a mark of its
// own; a text in quotation marks is one token with them. A line ends at its end or at `#`. Not thread-safe.
class LineScanner {
 public:
  // REQUIRES: `line` outlives the scanner and contains no end of line.
  LineScanner(std::string_view line, std::size_t line_number, bool has_comments = true);

  // The token that comes next; empty at the end of the line.
  [[nodiscard]] std::string_view peek() const { return token_; }
  [[nodiscard]] bool at_end() const { return token_.empty(); }
  // Whether the next token is this mark or word.
  [[nodiscard]] bool next_is(std::string_view token) const { return token_ == token; }
  // Whether nothing stands between the last token and the next.
  [[nodiscard]] bool adjoins() const { return token_begin_ == last_end_; }

  // Takes the next token.
  std::string_view take();
  // Takes the next token if it is this one.
  bool take_if(std::string_view token);
  // Takes this mark or fails.
  void expect(std::string_view mark);
  // Takes a whole number from 0 to `greatest` or fails; `what` names it ("a generation").
  std::int32_t take_number(std::string_view what, std::int32_t greatest);
  // Takes a whole number from -greatest to greatest, with or without a minus sign, or fails.
  std::int32_t take_integer(std::string_view what, std::int32_t greatest);
  // Takes a text in quotation marks, which are not part of the answer, or fails.
  std::string_view take_text(std::size_t longest);
  // Fails unless the line ends here.
  void expect_end();

  // From here on messages say "after '...'" with the text that starts at the next token.
  void begin_phrase() { phrase_begin_ = token_begin_; }

  // Fails at the next token: "expected WHAT after 'PHRASE', found TOKEN".
  [[noreturn]] void fail_expected(std::string_view what) const;
  // Fails at the next token with this message.
  [[noreturn]] void fail(std::string message) const;

 private:
  void advance();

  std::string_view line_;
  std::size_t line_number_;
  bool has_comments_;
  std::size_t token_begin_ = 0;
  std::size_t last_end_ = 0;
  std::size_t phrase_begin_ = 0;
  std::string_view token_;
};

// Takes lines from a text, without their ends (LF or CR LF).
class LineReader {
 public:
  explicit LineReader(std::string_view text) : rest_(text) {}
  // The next line, if there is one; number() is then its number, from 1.
  bool next(std::string_view& line);
  [[nodiscard]] std::size_t number() const { return number_; }

 private:
  std::string_view rest_;
  std::size_t number_ = 0;
};

}  // namespace cyclecheck::detail
