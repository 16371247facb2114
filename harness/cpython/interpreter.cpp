#include "harness/cpython/interpreter.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string_view>
#include <system_error>
#include <variant>

#include "harness/cpython/driver_sources.hpp"
#include "harness/subjects/subjects.hpp"
#include "harness/system/system.hpp"
#include "trace/file.hpp"

namespace cyclecheck {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kQuestion =
    "import sys\n"
    "try:\n"
    "    import sysconfig\n"
    "    include = sysconfig.get_path('include')\n"
    "    free = sysconfig.get_config_var('Py_GIL_DISABLED')\n"
    "except ImportError:\n"
    "    include, free = '', None\n"
    "implementation = getattr(sys, 'implementation', None)\n"
    "print('cyclecheck')\n"
    "print(getattr(implementation, 'name', 'cpython'))\n"
    "print('%d.%d.%d' % sys.version_info[:3])\n"
    "print(sys.version.replace('\\n', ' '))\n"
    "print(sys.executable)\n"
    "print(include)\n"
    "print('free-threaded' if free else 'generations')\n";

// Seven lines, or how it failed.
struct Output {
  std::vector<std::string> lines;
  std::string failure;
  std::string errors;
};

Output run_to_end(const std::vector<std::string>& command, std::chrono::seconds limit) {
  Output output;
  const auto deadline = std::chrono::steady_clock::now() + limit;
  ChildProcess process(command);
  process.close_input();
  std::string_view line;
  while (process.read_line(line, deadline) == ChildProcess::Read::line) output.lines.emplace_back(line);
  output.failure = process.wait_for_end(deadline);
  output.errors = process.errors();
  return output;
}

[[noreturn]] void fail(const std::string& who, const std::string& message) {
  throw SubjectError(SubjectError::Kind::cannot_start, "cpython:" + who + ": " + message);
}

std::optional<ProfileId> profile_of(std::string_view version) {
  return find_profile("python" + std::string(version.substr(0, version.rfind('.'))));
}

std::uint64_t add_to_hash(std::uint64_t hash, std::string_view text) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  return hash;
}

std::string hexadecimal(std::uint64_t value) {
  std::string text(16, '0');
  for (std::size_t i = text.size(); i-- > 0; value >>= 4) text[i] = "0123456789abcdef"[value & 15];
  return text;
}

fs::path cache_folder() {
  if (const char* folder = std::getenv("XDG_CACHE_HOME"); folder != nullptr && *folder != '\0') {
    return fs::path(folder) / "cyclecheck";
  }
  const char* home = std::getenv("HOME");
  return fs::path(home == nullptr ? "." : home) / ".cache" / "cyclecheck";
}

// The compiler's own words, if it said anything.
std::string with_errors(std::string message, const std::string& errors) {
  if (!errors.empty()) message += ":\n" + errors;
  return message;
}

std::string compiler() {
  const char* chosen = std::getenv("CC");
  return chosen == nullptr || *chosen == '\0' ? "cc" : chosen;
}

std::string no_compiler() { return "no C compiler: '" + compiler() + "' was not found (set CC to another one)"; }

// The folder of this interpreter's driver in the cache.
fs::path driver_folder(const Interpreter& interpreter) {
  std::uint64_t hash = add_to_hash(0xCBF29CE484222325U, interpreter.build);
  hash = add_to_hash(hash, interpreter.path);
  for (const SourceFile& source : kCpythonDriver) hash = add_to_hash(add_to_hash(hash, source.name), source.text);
  return cache_folder() / ("cpython-" + interpreter.version + "-" + hexadecimal(hash));
}

bool is_cached(const Interpreter& interpreter) {
  std::error_code error;
  return fs::exists(driver_folder(interpreter) / "cyclecheck_driver.so", error);
}

void compile(const Interpreter& interpreter, const fs::path& folder) {
  std::vector<std::string> command{compiler(),
                                   "-O2",
                                   "-shared",
                                   "-fPIC",
                                   "-fvisibility=hidden",
                                   "-D_GNU_SOURCE",
                                   "-Wfatal-errors",
                                   "-I" + interpreter.include};
  for (const SourceFile& source : kCpythonDriver) {
    const auto problem = write_file(folder / source.name, source.text);
    if (const auto* error = std::get_if<FileError>(&problem)) fail(interpreter.path, error->message);
    if (source.name.ends_with(".c")) command.push_back(folder / source.name);
  }
  command.insert(command.end(), {"-o", folder / "cyclecheck_driver.so"});
  const Output output = run_to_end(command, std::chrono::seconds(120));
  if (output.failure.empty()) return;
  if (output.failure == "exit status 127") {
    fail(interpreter.path, no_compiler());
  }
  fail(interpreter.path, with_errors("the driver does not compile for " + interpreter.version, output.errors));
}

// A folder that becomes `folder` when it is complete, so that nobody sees it half filled.
void fill_cache(const Interpreter& interpreter, const fs::path& folder) {
  const fs::path unfinished = folder.string() + ".new" + std::to_string(::getpid());
  std::error_code error;
  fs::create_directories(unfinished, error);
  if (error) fail(interpreter.path, "the cache " + unfinished.string() + " cannot be written: " + error.message());
  try {
    compile(interpreter, unfinished);
  } catch (...) {
    fs::remove_all(unfinished, error);
    throw;
  }
  fs::rename(unfinished, folder, error);
  // Somebody else may have been quicker; theirs is as good.
  if (error) fs::remove_all(unfinished, error);
}

std::vector<std::string> candidates() {
  std::vector<std::string> found{"python3"};
  for (const Profile& row : all_profiles()) found.emplace_back(row.name);
  if (const char* root = std::getenv("PYENV_ROOT"); root != nullptr) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(fs::path(root) / "versions", error)) {
      found.push_back(entry.path() / "bin" / "python");
    }
  }
  return found;
}

// "3.9.18" sorts before "3.10.13".
std::array<int, 3> version_key(const std::string& version) {
  std::array<int, 3> key{};
  const char* at = version.data();
  for (int& part : key) {
    at = std::from_chars(at, version.data() + version.size(), part).ptr;
    if (at != version.data() + version.size()) ++at;
  }
  return key;
}

}  // namespace

Interpreter ask_interpreter(const std::string& path_or_name) {
  const Output output = run_to_end({path_or_name, "-c", std::string(kQuestion)}, std::chrono::seconds(30));
  if (output.failure == "exit status 127") fail(path_or_name, with_errors("no such interpreter", output.errors));
  if (!output.failure.empty()) {
    fail(path_or_name, with_errors("it ended with " + output.failure + " when asked for its version", output.errors));
  }
  if (output.lines.size() != 7 || output.lines[0] != "cyclecheck") fail(path_or_name, "it is not a Python interpreter");
  if (output.lines[1] != "cpython") fail(path_or_name, "it is " + output.lines[1] + ", not CPython");
  Interpreter interpreter{output.lines[4], output.lines[2], output.lines[3], output.lines[5], {}};
  const auto profile = profile_of(interpreter.version);
  if (!profile) fail(path_or_name, "its version " + interpreter.version + " is none of 2.7 and 3.6 to 3.13");
  interpreter.profile = *profile;
  if (output.lines[6] == "free-threaded") fail(path_or_name, "it is free-threaded and has no generations");
  return interpreter;
}

std::vector<Interpreter> find_interpreters() {
  std::map<std::array<int, 3>, Interpreter> found;
  for (const std::string& candidate : candidates()) {
    try {
      Interpreter interpreter = ask_interpreter(candidate);
      const auto key = version_key(interpreter.version);
      found.emplace(key, std::move(interpreter));
    } catch (const SubjectError&) {
      // A name that PATH does not have, or a version that is not known: not one of those found.
    }
  }
  std::vector<Interpreter> interpreters;
  interpreters.reserve(found.size());
  for (auto& [key, interpreter] : found) interpreters.push_back(std::move(interpreter));
  return interpreters;
}

std::optional<std::string> missing_for_driver(const Interpreter& interpreter) {
  if (is_cached(interpreter)) return std::nullopt;
  std::error_code error;
  if (!fs::exists(fs::path(interpreter.include) / "Python.h", error)) {
    return "no headers: " + interpreter.include + "/Python.h does not exist (Debian: package python" +
           (interpreter.version[0] == '2' ? "2" : "3") + "-dev)";
  }
  if (run_to_end({compiler(), "--version"}, std::chrono::seconds(30)).failure == "exit status 127")
    return no_compiler();
  return std::nullopt;
}

std::vector<std::string> driver_command(const Interpreter& interpreter) {
  if (const auto missing = missing_for_driver(interpreter)) fail(interpreter.path, *missing);
  const fs::path folder = driver_folder(interpreter);
  if (!is_cached(interpreter)) fill_cache(interpreter, folder);
  return {interpreter.path, "-S", "-s", "-E", "-B", folder / "main.py", folder / "cyclecheck_driver.so"};
}

}  // namespace cyclecheck
