#include "harness/subjects/process_subject.hpp"

#include <system_error>
#include <utility>

namespace cyclecheck {

using Kind = SubjectError::Kind;

ProcessSubject::ProcessSubject(Options options) : options_(std::move(options)) { start(); }

ProcessSubject::~ProcessSubject() = default;

SubjectError ProcessSubject::failure(Kind kind, const std::string& message) {
  std::string text = options_.name + ": " + message;
  if (kind == Kind::refused) return {kind, text};
  if (process_ != nullptr && !process_->errors().empty()) {
    text += "\nIts standard error ends with:\n" + process_->errors();
  }
  process_.reset();
  return {kind, text};
}

void ProcessSubject::fail_ended(std::string_view what) {
  const std::string how = process_->wait_for_end(std::chrono::steady_clock::now() + std::chrono::seconds(1));
  const std::string where = " while " + std::string(what) + " was expected";
  if (how.empty()) throw failure(Kind::truncated, "it ended without an error" + where);
  throw failure(Kind::crash, "it died with " + how + where);
}

std::string_view ProcessSubject::read_line(std::string_view what) {
  std::string_view line;
  switch (process_->read_line(line, deadline_)) {
    case ChildProcess::Read::line:
      return line;
    case ChildProcess::Read::timed_out:
      throw failure(Kind::timeout, "no answer within " + std::to_string(options_.timeout.count()) + " ms while " +
                                       std::string(what) + " was expected");
    case ChildProcess::Read::closed:
      break;
  }
  fail_ended(what);
}

void ProcessSubject::start() {
  deadline_ = std::chrono::steady_clock::now() + options_.timeout;
  try {
    process_ = std::make_unique<ChildProcess>(options_.command);
    greeting_ = read_greeting();
  } catch (const SubjectError& error) {
    throw SubjectError(Kind::cannot_start, error.what());
  } catch (const std::system_error& error) {
    throw SubjectError(Kind::cannot_start, options_.name + ": " + error.what());
  }
}

void ProcessSubject::run(const Trace& trace, Observe observe, Log& log) {
  begin(trace, observe);
  end(trace, observe, log);
}

void ProcessSubject::begin(const Trace& trace, Observe observe) {
  if (process_ == nullptr) start();
  deadline_ = std::chrono::steady_clock::now() + options_.timeout;
  if (!process_->write(request_.write(trace, observe), deadline_)) {
    if (std::chrono::steady_clock::now() > deadline_) throw failure(Kind::timeout, "it does not read its request");
    fail_ended("an answer");
  }
}

void ProcessSubject::end(const Trace& trace, Observe /*observe*/, Log& log) { read_answer(trace, log); }

std::size_t ProcessSubject::memory() const {
  return process_ == nullptr ? 0 : resident_memory_of_group(process_->leader());
}

bool ProcessSubject::renew() {
  if (!greeting_.begins_anew) return false;
  if (process_ == nullptr) return true;
  deadline_ = std::chrono::steady_clock::now() + options_.timeout;
  try {
    if (process_->write("anew\n", deadline_) && read_line("'ready'") == "ready") return true;
  } catch (const SubjectError&) {
    // It is gone already.
  }
  process_.reset();
  return true;
}

std::unique_ptr<ProcessSubject> make_process_subject(const std::string& command, std::chrono::milliseconds timeout) {
  return std::make_unique<ProcessSubject>(
      ProcessSubject::Options{{"/bin/sh", "-c", command}, "process:" + command, timeout});
}

}  // namespace cyclecheck
