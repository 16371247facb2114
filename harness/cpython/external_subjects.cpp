#include "harness/cpython/external_subjects.hpp"

#include <algorithm>
#include <utility>

#include "harness/cpython/interpreter_subject.hpp"
#include "harness/cpython/script_subject.hpp"
#include "harness/export/export.hpp"
#include "harness/subjects/subjects.hpp"

namespace cyclecheck {
namespace {

using std::chrono::milliseconds;

// How long a subject has to end what it started, once it kept its time limit.
constexpr milliseconds kGrace{5'000};

// What a greeting says, as a row of a registry.
SubjectEntry entry_of(const std::string& name, const Greeting& greeting) {
  SubjectEntry entry;
  entry.name = name;
  entry.summary = greeting.name + " " + greeting.version;
  entry.level = greeting.level;
  entry.profiles = greeting.profiles;
  entry.grace = kGrace;
  if (!greeting.operations.empty()) {
    entry.missing.set();
    for (const OpCode code : greeting.operations) entry.missing.reset(static_cast<std::size_t>(code));
  }
  if (greeting.contract) take_contract(*greeting.contract, greeting.lacks, entry);
  return entry;
}

SubjectEntry open_process(const std::string& command, milliseconds timeout) {
  SubjectEntry entry = entry_of("process:" + command, make_process_subject(command, timeout)->greeting());
  entry.make = [command, timeout] { return make_process_subject(command, timeout); };
  return entry;
}

// Loaded here for its greeting, and again by each worker, which it may take along when it crashes.
SubjectEntry open_plugin(const std::string& file, milliseconds /*timeout*/) {
  SubjectEntry entry = entry_of("plugin:" + file, PluginSubject(file).greeting());
  entry.grace = milliseconds{0};
  entry.make = [file] { return std::make_unique<PluginSubject>(file); };
  return entry;
}

SubjectEntry open_cpython(const std::string& path, milliseconds timeout) {
  const std::string program = path.empty() ? "python3" : path;
  return open_interpreter(ask_interpreter(program), "cpython:" + program, timeout);
}

SubjectEntry open_scripts(const std::string& command, milliseconds timeout) {
  const Interpreter interpreter = ask_for_scripts(command);
  SubjectEntry entry;
  entry.name = "scripts:" + command;
  entry.summary = "CPython " + interpreter.version;
  entry.level = kPythonLevel;
  entry.profiles = {interpreter.profile};
  entry.grace = kGrace;
  entry.may_refuse = true;
  entry.spared_undefined = true;
  entry.make = [interpreter, command, timeout] {
    return std::make_unique<ScriptSubject>(interpreter, command, timeout);
  };
  return entry;
}

SubjectEntry family(const char* name, const char* summary, SubjectEntry (*open)(const std::string&, milliseconds)) {
  SubjectEntry entry;
  entry.name = name;
  entry.summary = summary;
  entry.open = open;
  return entry;
}

}  // namespace

SubjectEntry open_interpreter(const Interpreter& interpreter, const std::string& name, milliseconds timeout) {
  const InterpreterSubject opened = make_interpreter_subject(interpreter, timeout);
  SubjectEntry entry;
  if (const auto* driver = dynamic_cast<const ProcessSubject*>(opened.subject.get())) {
    entry = entry_of(name, driver->greeting());
  } else {
    entry.name = name;
    entry.level = opened.subject->level();
    entry.profiles = {interpreter.profile};
    entry.limited = opened.limited;
    entry.grace = kGrace;
    entry.may_refuse = true;
  }
  entry.spared_undefined = true;
  entry.make = [interpreter, timeout] { return std::move(make_interpreter_subject(interpreter, timeout).subject); };
  return entry;
}

std::vector<SubjectEntry> external_families() {
  return {
      family("process:", "process:COMMAND, a collector in another process (docs/subject-protocol.md)", open_process),
      family("plugin:", "plugin:FILE.so, the same in a shared library (harness/subjects/plugin.h)", open_plugin),
      family("cpython:", "cpython:PATH, a real interpreter; cpython: alone is python3", open_cpython),
      family("scripts:", "scripts:COMMAND, an interpreter that gets each trace as a Python script", open_scripts),
  };
}

}  // namespace cyclecheck
