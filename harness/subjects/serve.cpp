#include "harness/subjects/serve.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "trace/log_text.hpp"
#include "trace/normal_form.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

std::optional<Observe> observe_of(std::string_view request) {
  if (request == "run digest") return Observe::digest;
  if (request == "run full") return Observe::full;
  if (request == "run every") return Observe::every;
  return std::nullopt;
}

std::string read_text(std::istream& in) {
  std::string text;
  for (std::string line; std::getline(in, line) && line != "end";) text += line + "\n";
  return text;
}

void greet(const Greeting& greeting, std::ostream& out) {
  out << "cyclecheck-subject 1\nname " << greeting.name << "\nversion " << greeting.version << "\nlevel "
      << to_string(greeting.level) << "\n";
  for (const ProfileId id : greeting.profiles) out << "profile " << profile(id).name << "\n";
  if (!greeting.operations.empty()) {
    out << "operations";
    for (const OpCode code : greeting.operations) out << " " << info(code).word;
    out << "\n";
  }
  out << "anew\nready\n" << std::flush;
}

// An error is one line.
std::string error_line(std::string message) {
  std::replace(message.begin(), message.end(), '\n', ' ');
  return "error " + message + "\n";
}

std::string answer(Subject& subject, const std::string& text, Observe observe) {
  const auto parsed = parse_trace(text);
  if (const auto* wrong = std::get_if<TextError>(&parsed)) return error_line(to_string(*wrong, "trace"));
  const std::optional<Trace> trace = numbered_as_spelled(std::get<Trace>(parsed));
  if (!trace) return error_line("a name of the trace is not n and a number");
  Log log;
  subject.run(*trace, observe, log);
  std::string lines = print_log(log, *trace);
  lines.replace(0, lines.find('\n'), "log");
  return lines + "end " + std::to_string(trace->operations.size()) + "\n";
}

}  // namespace

void serve(const Greeting& greeting, const std::function<std::unique_ptr<Subject>()>& make, std::istream& in,
           std::ostream& out) {
  std::unique_ptr<Subject> subject = make();
  greet(greeting, out);
  for (std::string request; std::getline(in, request);) {
    const std::optional<Observe> observe = observe_of(request);
    if (observe) {
      const std::string text = read_text(in);
      try {
        out << answer(*subject, text, *observe);
      } catch (const std::exception& error) {
        out << error_line(error.what());
        subject = make();
      }
    } else if (request == "anew") {
      subject = make();
      out << "ready\n";
    } else {
      out << error_line("no such request");
    }
    out << std::flush;
  }
}

}  // namespace cyclecheck
