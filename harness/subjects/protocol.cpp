#include "harness/subjects/protocol.hpp"

#include <cctype>
#include <tuple>
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

const std::string& RequestWriter::write(const Trace& trace, Observe observe) {
  text_ = "run ";
  text_ += word_for(observe);
  text_ += '\n';
  if (trace.names.empty()) {
    text_ += print_trace(trace);
  } else {
    plain_ = trace;
    plain_.names.clear();
    text_ += print_trace(plain_);
  }
  text_ += "end\n";
  return text_;
}

std::string_view AnswerReader::next_line(std::string_view what) {
  ++line_number_;
  return read_line(what);
}

void AnswerReader::fail_garbage(std::string_view line, std::string_view expected) {
  std::string message = "line ";
  message += std::to_string(line_number_) + " of its answer is " + quote(line) + "; expected ";
  message += expected;
  throw failure(Kind::garbage, message);
}

Greeting AnswerReader::read_greeting() {
  Greeting greeting;
  line_number_ = 0;
  const std::string_view first = next_line("the greeting");
  const bool has_contracts = first == "cyclecheck-subject 2";
  if (!has_contracts && first != "cyclecheck-subject 1") {
    fail_garbage(first, "'cyclecheck-subject 1' or 'cyclecheck-subject 2'");
  }
  for (std::string_view line = next_line("'ready'"); line != "ready"; line = next_line("'ready'")) {
    const auto [word, rest] = split(line);
    if (word == "name") {
      greeting.name = rest;
    } else if (word == "version") {
      greeting.version = rest;
    } else if (word == "level") {
      const auto level = find_level(rest);
      if (!level) fail_garbage(line, "a level: liveness, finalizers, weakrefs, garbage, timing or order");
      greeting.level = *level;
    } else if (word == "profile") {
      const auto profile = find_profile(rest);
      if (!profile) fail_garbage(line, "the name of a profile");
      greeting.profiles.push_back(*profile);
    } else if (line == "anew") {
      greeting.begins_anew = true;
    } else if (word == "operations") {
      for (auto [operation, others] = split(rest); !operation.empty(); std::tie(operation, others) = split(others)) {
        const auto code = find_operation(operation);
        if (!code) fail_garbage(line, "words of operations only");
        greeting.operations.push_back(*code);
      }
    } else if (has_contracts && word == "contract") {
      if (!greeting.contract) greeting.contract.emplace();
      for (auto [parameter, others] = split(rest); !parameter.empty(); std::tie(parameter, others) = split(others)) {
        if (!set_parameter(*greeting.contract, parameter)) {
          fail_garbage(line, "parameters of a contract, such as '" + to_string(Contract{}) + "'");
        }
      }
    } else if (has_contracts && word == "without") {
      for (auto [feature, others] = split(rest); !feature.empty(); std::tie(feature, others) = split(others)) {
        const auto found = find_feature(feature);
        if (!found) {
          fail_garbage(line, "words of features, such as finalizers, labels, opaque");
        }
        greeting.lacks.set(static_cast<std::size_t>(*found));
      }
    } else {
      fail_garbage(line, has_contracts
                             ? "'name', 'version', 'level', 'profile', 'operations', 'anew', 'contract', 'without' "
                               "or 'ready'"
                             : "'name', 'version', 'level', 'profile', 'operations', 'anew' or 'ready'");
    }
  }
  if (greeting.contract && !greeting.profiles.empty()) {
    fail_garbage("ready", "either profiles or a contract, not both");
  }
  return greeting;
}

void AnswerReader::read_answer(const Trace& trace, Log& log) {
  log.clear();
  line_number_ = 0;
  const std::size_t operations = trace.operations.size();
  const std::uint32_t names = name_count(trace);
  std::string_view line = next_line("'log'");
  if (line.starts_with("error ")) throw failure(Kind::refused, std::string(line.substr(6)));
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
      throw failure(Kind::refused, std::string(std::get<ErrorLine>(*parsed).message));
    }
  }
}

}  // namespace cyclecheck
