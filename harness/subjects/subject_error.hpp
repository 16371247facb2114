// What can go wrong with a subject that lives elsewhere: in another process, or in a library that was loaded.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace cyclecheck {

// What went wrong with a subject, in words.
class SubjectError : public std::runtime_error {
 public:
  enum class Kind : std::uint8_t {
    cannot_start,  // there is no such program, or it gave no proper greeting
    timeout,       // no answer within the time limit
    crash,         // the process died: a signal, or an exit status other than 0
    garbage,       // a line that means nothing here; the message quotes it
    truncated,     // the answer ended in the middle
    refused,       // the subject itself answered with an error
  };

  SubjectError(Kind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  [[nodiscard]] Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

[[nodiscard]] constexpr std::string_view to_string(SubjectError::Kind kind) {
  switch (kind) {
    case SubjectError::Kind::cannot_start:
      return "cannot start";
    case SubjectError::Kind::timeout:
      return "timeout";
    case SubjectError::Kind::crash:
      return "crash";
    case SubjectError::Kind::garbage:
      return "garbage";
    case SubjectError::Kind::truncated:
      return "truncated";
    case SubjectError::Kind::refused:
      return "refused";
  }
  return "unknown";
}

}  // namespace cyclecheck
