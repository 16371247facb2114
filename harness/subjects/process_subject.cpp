#include "harness/subjects/process_subject.hpp"

#include <cctype>
#include <system_error>
#include <utility>

#include "harness/subjects/answer.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

using Kind = SubjectError::Kind;

// Quotes a line so that it cannot disturb the terminal, and shortens it.
std::string quote(std::string_view line) {
  constexpr std::size_t kLongest = 120;
  std::string text = "'";
  for (const char c : line.substr(0, kLongest)) text += std::isprint(static_cast<unsigned char>(c)) != 0 ? c : '?';
  text += line.size() > kLongest ? "...'" : "'";
  return text;
}

std::string_view word_for(Observe observe) {
  switch (observe) {
    case Observe::digest:
      return "digest";
    case Observe::full:
      return "full";
    case Observe::every:
      break;
  }
  return "every";
}

std::pair<std::string_view, std::string_view> split(std::string_view line) {
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return {line, {}};
  return {line.substr(0, space), line.substr(space + 1)};
}

}  // namespace

ProcessSubject::ProcessSubject(Options options) : options_(std::move(options)) { start(); }

ProcessSubject::~ProcessSubject() = default;

void ProcessSubject::fail(Kind kind, const std::string& message) {
  std::string text = options_.name + ": " + message;
  if (process_ != nullptr && !process_->errors().empty()) {
    text += "\nIts standard error ends with:\n" + process_->errors();
  }
  process_.reset();
  throw SubjectError(kind, text);
}

// The subject is in order and goes on.
void ProcessSubject::refuse(std::string_view message) {
  throw SubjectError(Kind::refused, options_.name + ": " + std::string(message));
}

void ProcessSubject::fail_garbage(std::string_view line, std::string_view expected) {
  std::string message = "line ";
  message += std::to_string(line_number_) + " of its answer is " + quote(line) + "; expected ";
  message += expected;
  fail(Kind::garbage, message);
}

void ProcessSubject::fail_ended(std::string_view what) {
  const std::string how = process_->wait_for_end(std::chrono::steady_clock::now() + std::chrono::seconds(1));
  const std::string where = " while " + std::string(what) + " was expected";
  if (how.empty()) fail(Kind::truncated, "it ended without an error" + where);
  fail(Kind::crash, "it died with " + how + where);
}

std::string_view ProcessSubject::next_line(std::string_view what) {
  std::string_view line;
  ++line_number_;
  switch (process_->read_line(line, deadline_)) {
    case ChildProcess::Read::line:
      return line;
    case ChildProcess::Read::timed_out:
      fail(Kind::timeout, "no answer within " + std::to_string(options_.timeout.count()) + " ms while " +
                              std::string(what) + " was expected");
    case ChildProcess::Read::closed:
      break;
  }
  fail_ended(what);
}

void ProcessSubject::start() {
  greeting_ = {};
  line_number_ = 0;
  deadline_ = std::chrono::steady_clock::now() + options_.timeout;
  try {
    process_ = std::make_unique<ChildProcess>(options_.command);
    const std::string version = "cyclecheck-subject " + std::to_string(kProtocolVersion);
    const std::string_view first = next_line("the greeting");
    if (first != version) fail_garbage(first, "'" + version + "'");
    for (std::string_view line = next_line("'ready'"); line != "ready"; line = next_line("'ready'")) {
      const auto [word, rest] = split(line);
      if (word == "name") {
        greeting_.name = rest;
      } else if (word == "version") {
        greeting_.version = rest;
      } else if (word == "level") {
        const auto level = find_level(rest);
        if (!level) fail_garbage(line, "a level: liveness, finalizers, weakrefs, garbage, timing or order");
        greeting_.level = *level;
      } else if (word == "profile") {
        const auto profile = find_profile(rest);
        if (!profile) fail_garbage(line, "the name of a profile");
        greeting_.profiles.push_back(*profile);
      } else if (word == "operations") {
        for (auto [operation, others] = split(rest); !operation.empty(); std::tie(operation, others) = split(others)) {
          const auto code = find_operation(operation);
          if (!code) fail_garbage(line, "words of operations only");
          greeting_.operations.push_back(*code);
        }
      } else {
        fail_garbage(line, "'name', 'version', 'level', 'profile', 'operations' or 'ready'");
      }
    }
  } catch (const SubjectError& error) {
    throw SubjectError(Kind::cannot_start, error.what());
  } catch (const std::system_error& error) {
    throw SubjectError(Kind::cannot_start, options_.name + ": " + error.what());
  }
}

void ProcessSubject::run(const Trace& trace, Observe observe, Log& log) {
  send(trace, observe);
  receive(trace, log);
}

void ProcessSubject::send(const Trace& trace, Observe observe) {
  if (process_ == nullptr) start();
  deadline_ = std::chrono::steady_clock::now() + options_.timeout;
  line_number_ = 0;
  request_ = "run ";
  request_ += word_for(observe);
  request_ += '\n';
  if (trace.names.empty()) {
    request_ += print_trace(trace);
  } else {
    plain_ = trace;
    plain_.names.clear();
    request_ += print_trace(plain_);
  }
  request_ += "end\n";
  if (!process_->write(request_, deadline_)) {
    if (std::chrono::steady_clock::now() > deadline_) fail(Kind::timeout, "it does not read its request");
    fail_ended("an answer");
  }
}

void ProcessSubject::receive(const Trace& trace, Log& log) {
  log.clear();
  const std::size_t operations = trace.operations.size();
  const std::uint32_t names = name_count(trace);
  std::string_view line = next_line("'log'");
  if (line.starts_with("error ")) refuse(line.substr(6));
  if (line != "log") fail_garbage(line, "'log' or 'error' and a message");
  bool has_operation = false;
  for (;;) {
    line = next_line("the rest of a log");
    const auto parsed = parse_answer_line(line, names);
    if (!parsed) fail_garbage(line, "an operation's index and a colon, an event, or 'end' and a number");
    if (const auto* event = std::get_if<Event>(&*parsed)) {
      if (!has_operation) fail_garbage(line, "an operation's index before its first event");
      log.add(*event);
    } else if (const auto* operation = std::get_if<OperationLine>(&*parsed)) {
      const std::size_t begun = log.operations() + (has_operation ? 1 : 0);
      if (operation->index < begun || operation->index >= operations) {
        fail_garbage(line, "an index from " + std::to_string(begun) + " to below " + std::to_string(operations));
      }
      while (log.operations() < operation->index) log.end_operation();
      has_operation = true;
    } else if (const auto* end = std::get_if<EndLine>(&*parsed)) {
      if (end->operations != operations) {
        fail_garbage(line, "'end " + std::to_string(operations) + "', the number of operations");
      }
      while (log.operations() < operations) log.end_operation();
      return;
    } else {
      refuse(std::get<ErrorLine>(*parsed).message);
    }
  }
}

std::unique_ptr<ProcessSubject> make_process_subject(const std::string& command, std::chrono::milliseconds timeout) {
  return std::make_unique<ProcessSubject>(
      ProcessSubject::Options{{"/bin/sh", "-c", command}, "process:" + command, timeout});
}

}  // namespace cyclecheck
