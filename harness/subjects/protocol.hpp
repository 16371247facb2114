// The subject protocol (docs/subject-protocol.md), whatever carries its lines.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/subjects/contract.hpp"
#include "harness/subjects/feature.hpp"
#include "harness/subjects/subject_error.hpp"
#include "trace/event.hpp"
#include "trace/trace.hpp"

namespace cyclecheck {

// The newest version; older ones are understood.
inline constexpr unsigned kProtocolVersion = 2;

// What a subject says of itself when it starts.
struct Greeting {
  std::string name;
  std::string version;
  Level level = Level::order;
  // The profiles whose rules it implements; empty: it asks for none in particular.
  std::vector<ProfileId> profiles;
  // Its operations; empty: all.
  std::vector<OpCode> operations;
  // It understands `anew`.
  bool begins_anew = false;
  // What it promises, if it follows no profile, and what it lacks. From version 2 on.
  std::optional<Contract> contract;
  FeatureSet lacks;
};

// Writes requests. Not thread-safe.
class RequestWriter {
 public:
  // The request for a trace; valid until the next one. O(size of the trace).
  [[nodiscard]] const std::string& write(const Trace& trace, Observe observe);

 private:
  std::string text_;
  Trace plain_;
};

// Reads what a subject says, line by line. Not thread-safe.
class AnswerReader {
 public:
  AnswerReader() = default;
  AnswerReader(const AnswerReader&) = delete;
  AnswerReader& operator=(const AnswerReader&) = delete;
  virtual ~AnswerReader() = default;

 protected:
  // Throw what `failure` answers.
  [[nodiscard]] Greeting read_greeting();
  // Clears `log` and fills it with a group of events for each operation of the trace.
  void read_answer(const Trace& trace, Log& log);

  // The next line, without its end; valid until the next call. `what` was expected, for a message: there may be none.
  [[nodiscard]] virtual std::string_view read_line(std::string_view what) = 0;
  // The exception for what is wrong. Unless it was refused, the subject is of no use any more.
  [[nodiscard]] virtual SubjectError failure(SubjectError::Kind kind, const std::string& message) = 0;

 private:
  [[nodiscard]] std::string_view next_line(std::string_view what);
  [[noreturn]] void fail_garbage(std::string_view line, std::string_view expected);

  std::size_t line_number_ = 0;
};

}  // namespace cyclecheck
