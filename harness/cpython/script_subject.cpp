#include "harness/cpython/script_subject.hpp"

#include <system_error>
#include <utility>
#include <variant>

#include "harness/export/export.hpp"
#include "harness/subjects/subjects.hpp"
#include "harness/system/system.hpp"
#include "trace/log_text.hpp"

namespace cyclecheck {
namespace {

using Kind = SubjectError::Kind;
using Clock = std::chrono::steady_clock;

}  // namespace

ScriptSubject::ScriptSubject(Interpreter interpreter, std::chrono::milliseconds timeout)
    : interpreter_(std::move(interpreter)), timeout_(timeout) {}

Level ScriptSubject::level() const { return kPythonLevel; }

void ScriptSubject::run(const Trace& trace, Observe /*observe*/, Log& log) {
  log.clear();
  const auto fail = [this](Kind kind, const std::string& message) {
    throw SubjectError(kind, name() + ": " + message);
  };
  const auto exported = export_python(trace, "trace");
  if (const auto* refusal = std::get_if<ExportRefusal>(&exported)) fail(Kind::refused, refusal->reason);
  const auto deadline = Clock::now() + timeout_;
  std::string output;
  std::string how;
  std::string errors;
  try {
    ChildProcess process({interpreter_.path, "-S", "-s", "-E", "-B", "-"});
    (void)process.write(std::get<std::string>(exported), deadline);
    process.close_input();
    std::string_view line;
    ChildProcess::Read read = ChildProcess::Read::line;
    while ((read = process.read_line(line, deadline)) == ChildProcess::Read::line) output.append(line) += '\n';
    if (read == ChildProcess::Read::timed_out) {
      fail(Kind::timeout, "the script did not end within " + std::to_string(timeout_.count()) + " ms");
    }
    how = process.wait_for_end(deadline);
    errors = process.errors();
  } catch (const std::system_error& error) {
    fail(Kind::cannot_start, error.what());
  }
  if (!how.empty()) fail(Kind::crash, "the script died with " + how + (errors.empty() ? "" : ":\n" + errors));
  auto parsed = parse_log(output, trace);
  if (const auto* error = std::get_if<TextError>(&parsed)) fail(Kind::garbage, to_string(*error, "its output"));
  log = std::move(std::get<Log>(parsed));
  if (log.operations() < trace.operations.size()) fail(Kind::truncated, "the script's log ends early");
}

}  // namespace cyclecheck
