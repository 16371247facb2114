#include "harness/cpython/script_subject.hpp"

#include <algorithm>
#include <optional>
#include <system_error>
#include <utility>
#include <variant>

#include "harness/compare/compare.hpp"
#include "harness/cpython/program_output.hpp"
#include "harness/export/export.hpp"
#include "harness/system/system.hpp"
#include "trace/log_text.hpp"

namespace cyclecheck {
namespace {

using Kind = SubjectError::Kind;

bool collects_generation_one(const std::vector<Operation>& operations) {
  return std::any_of(operations.begin(), operations.end(), [](const Operation& operation) {
    return operation.code == OpCode::collect && operation.number[0] == 1;
  });
}

Log log_of_model(Trace trace, ProfileId profile) {
  trace.profile = profile;
  Log log;
  on_large_stack([&] { ModelSubject().run(trace, Observe::digest, log); });
  return log;
}

// Why a trace says nothing about the collector of 3.14.0 to 3.14.4; nothing: its answer is known.
std::optional<std::string> beyond_incremental(const Trace& trace) {
  bool has_one = collects_generation_one(trace.operations) ||
                 std::any_of(trace.scripts.begin(), trace.scripts.end(), collects_generation_one);
  for (const auto& [place, generation] : automatic_collections(trace).collections) has_one |= generation == 1;
  if (has_one) return "it collects generation 1, and an incremental collector takes a part of the old objects then";
  const Log older = log_of_model(trace, *find_profile("python3.13"));
  const Log newer = log_of_model(trace, *find_profile("python3.14"));
  if (compare(trace, older, newer, kPythonLevel))
    return "the rows python3.13 and python3.14, between which it stands, differ";
  return std::nullopt;
}

}  // namespace

ScriptSubject::ScriptSubject(const Interpreter& interpreter, std::chrono::milliseconds timeout)
    : command_{interpreter.path, "-S", "-s", "-E", "-B", "-"},
      name_("cpython:" + interpreter.path),
      timeout_(timeout) {}

ScriptSubject::ScriptSubject(const Interpreter& interpreter, const std::string& command,
                             std::chrono::milliseconds timeout)
    : command_{"/bin/sh", "-c", command},
      name_("scripts:" + command),
      is_incremental_(interpreter.is_incremental),
      timeout_(timeout) {}

Level ScriptSubject::level() const { return kPythonLevel; }

void ScriptSubject::run(const Trace& trace, Observe /*observe*/, Log& log) {
  log.clear();
  const auto fail = [this](Kind kind, const std::string& message) {
    throw SubjectError(kind, name() + ": " + message);
  };
  const auto exported = export_python(trace, "trace");
  if (const auto* refusal = std::get_if<ExportRefusal>(&exported)) fail(Kind::refused, refusal->reason);
  std::string script = std::get<std::string>(exported);
  if (is_incremental_) {
    if (const auto reason = beyond_incremental(trace)) fail(Kind::refused, *reason);
    // A script runs in the releases of its row alone, unless it is told otherwise.
    script = "import sys\nsys.argv[:] = ['-', '--any-version']\n" + script;
  }
  ProgramOutput output;
  const auto begin = std::chrono::steady_clock::now();
  try {
    output = run_to_end(command_, timeout_, script);
  } catch (const std::system_error& error) {
    fail(Kind::cannot_start, error.what());
  }
  if (!output.failure.empty() && std::chrono::steady_clock::now() - begin >= timeout_) {
    fail(Kind::timeout, "the script did not end within " + std::to_string(timeout_.count()) + " ms");
  }
  if (!output.failure.empty()) {
    fail(Kind::crash, with_errors("the script died with " + output.failure, output.errors));
  }
  std::string text;
  for (const std::string& line : output.lines) text += line + "\n";
  auto parsed = parse_log(text, trace);
  if (const auto* error = std::get_if<TextError>(&parsed)) fail(Kind::garbage, to_string(*error, "its output"));
  log = std::move(std::get<Log>(parsed));
  if (log.operations() < trace.operations.size()) fail(Kind::truncated, "the script's log ends early");
}

}  // namespace cyclecheck
