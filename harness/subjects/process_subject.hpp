// A collector in another process: `process:COMMAND`. It speaks the protocol of docs/subject-protocol.md.
#pragma once

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/subjects/protocol.hpp"
#include "harness/subjects/subject.hpp"
#include "harness/subjects/subject_error.hpp"
#include "harness/system/system.hpp"

namespace cyclecheck {

class ProcessSubject final : public Subject, private AnswerReader {
 public:
  struct Options {
    // The program and its arguments.
    std::vector<std::string> command;
    // What name() answers.
    std::string name;
    // The longest time from a request to the end of its answer, and from the start to the end of the greeting.
    std::chrono::milliseconds timeout{10'000};
  };

  // Starts the program and reads its greeting. Throws SubjectError.
  explicit ProcessSubject(Options options);
  ~ProcessSubject() override;

  [[nodiscard]] std::string name() const override { return options_.name; }
  [[nodiscard]] Level level() const override { return greeting_.level; }
  [[nodiscard]] const Greeting& greeting() const { return greeting_; }
  // Whether it supports the operation; one that did not list its operations supports all.
  [[nodiscard]] bool knows(OpCode code) const {
    const std::vector<OpCode>& known = greeting_.operations;
    return known.empty() || std::find(known.begin(), known.end(), code) != known.end();
  }

  // Throws SubjectError; unless it was refused, the process is then gone, and the next run starts a new one.
  void run(const Trace& trace, Observe observe, Log& log) override;

  // The time limit begins with `begin`.
  [[nodiscard]] bool works_elsewhere() const override { return true; }
  void begin(const Trace& trace, Observe observe) override;
  void end(const Trace& trace, Observe observe, Log& log) override;

  // That of its process, and of all that this one started.
  [[nodiscard]] std::size_t memory() const override;

  // If the greeting says `anew`. Whatever goes wrong, a process that is started by the next run is as good.
  [[nodiscard]] bool renew() override;

 private:
  void start();
  [[nodiscard]] std::string_view read_line(std::string_view what) override;
  [[nodiscard]] SubjectError failure(SubjectError::Kind kind, const std::string& message) override;
  [[noreturn]] void fail_ended(std::string_view what);

  Options options_;
  Greeting greeting_;
  std::unique_ptr<ChildProcess> process_;
  ChildProcess::Deadline deadline_;
  RequestWriter request_;
};

// `process:COMMAND`: the command is run by /bin/sh. Throws SubjectError.
[[nodiscard]] std::unique_ptr<ProcessSubject> make_process_subject(const std::string& command,
                                                                   std::chrono::milliseconds timeout);

}  // namespace cyclecheck
