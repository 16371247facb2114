#include "harness/cpython/interpreter.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "harness/cpython/driver_sources.hpp"
#include "harness/cpython/program_output.hpp"
#include "harness/subjects/subjects.hpp"
#include "harness/system/system.hpp"

namespace cyclecheck {
namespace {

namespace fs = std::filesystem;

// What an interpreter is asked, behind the text of row.py, and how its answer begins.
constexpr std::string_view kMark = "cyclecheck";
constexpr std::ptrdiff_t kAnswerLines = 7;
constexpr std::string_view kQuestion = R"(
row, reason = row_of_this()
try:
    import sysconfig
    include = sysconfig.get_path('include')
except ImportError:
    include = ''
print('cyclecheck')
print('%d.%d.%d' % sys.version_info[:3])
print(sys.version.replace('\n', ' '))
print(sys.executable)
print(include)
print(row or '')
print(reason or '')
)";

// python3, python2.7, python3.14, the free-threaded python3.14t.
bool is_interpreter_name(const std::string& name) {
  constexpr std::string_view kBegin = "python";
  if (!name.starts_with(kBegin)) return false;
  const std::string_view rest = std::string_view(name).substr(kBegin.size());
  if (rest == "3") return true;
  if (!rest.starts_with("2.") && !rest.starts_with("3.")) return false;
  std::string_view minor = rest.substr(2);
  if (minor.ends_with('t')) minor.remove_suffix(1);
  return !minor.empty() && std::all_of(minor.begin(), minor.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<fs::path> folder_in(const char* variable) {
  const char* value = std::getenv(variable);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

// Where uv installs interpreters.
std::optional<fs::path> uv_folder() {
  if (auto folder = folder_in("UV_PYTHON_INSTALL_DIR")) return folder;
  if (const auto data = folder_in("XDG_DATA_HOME")) return *data / "uv" / "python";
  if (const auto home = folder_in("HOME")) return *home / ".local" / "share" / "uv" / "python";
  return std::nullopt;
}

std::vector<std::string> candidates() {
  std::vector<std::string> found;
  std::set<fs::path> seen;
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    std::error_code error;
    if (!seen.insert(fs::weakly_canonical(folder, error)).second) continue;
    for (const fs::path& entry : entries_of(folder)) {
      if (is_interpreter_name(entry.filename())) found.push_back(entry);
    }
  }
  std::vector<fs::path> installed;
  if (const auto pyenv = folder_in("PYENV_ROOT")) installed = entries_of(*pyenv / "versions");
  if (const auto uv = uv_folder()) {
    for (const fs::path& folder : entries_of(*uv)) installed.push_back(folder);
  }
  for (const fs::path& folder : installed) {
    std::error_code error;
    if (const fs::path program = folder / "bin" / "python"; fs::exists(program, error)) found.push_back(program);
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

// What an interpreter answered: itself, or why it cannot be used.
struct Answer {
  Interpreter interpreter;
  std::string reason;
  bool is_found = true;
};

Answer understand(const ProgramOutput& output) {
  Answer answer;
  const auto because = [&](std::string reason) {
    answer.reason = std::move(reason);
    return answer;
  };
  if (output.failure == "exit status 127") {
    answer.is_found = false;
    return because(with_errors("no such interpreter", output.errors));
  }
  if (!output.failure.empty()) {
    return because(with_errors("it ended with " + output.failure + " when asked for its version", output.errors));
  }
  const auto& lines = output.lines;
  const auto mark = std::find(lines.begin(), lines.end(), kMark);
  if (lines.end() - mark < kAnswerLines) return because("it is not a Python interpreter");
  answer.interpreter = {mark[3], mark[1], mark[2], mark[4], {}};
  if (std::ssize(lines) > kAnswerLines) {
    return because("it is a wrapper that prints to standard output ('" +
                   (mark == lines.begin() ? lines.back() : lines.front()) + "'): give the interpreter itself, " +
                   answer.interpreter.path);
  }
  if (mark[5].empty()) return because(mark[6]);
  const auto profile = find_profile(mark[5]);
  if (!profile) return because("the profile " + mark[5] + " is not known");
  answer.interpreter.profile = *profile;
  // A row and a reason: the row is the nearest one.
  answer.interpreter.is_incremental = !mark[6].empty();
  return because(mark[6]);
}

std::string question() {
  const auto* const row = std::find_if(std::begin(kCpythonDriver), std::end(kCpythonDriver),
                                       [](const SourceFile& source) { return source.name == "row.py"; });
  return std::string(row->text) + std::string(kQuestion);
}

Answer ask(const std::string& path_or_name) {
  return understand(run_to_end({path_or_name, "-c", question()}, std::chrono::seconds(30)));
}

}  // namespace

Interpreter ask_interpreter(const std::string& path_or_name) {
  Answer answer = ask(path_or_name);
  if (!answer.reason.empty()) {
    throw SubjectError(SubjectError::Kind::cannot_start, "cpython:" + path_or_name + ": " + answer.reason);
  }
  return std::move(answer.interpreter);
}

Interpreter ask_for_scripts(const std::string& command) {
  Answer answer = understand(run_to_end({"/bin/sh", "-c", command}, std::chrono::seconds(60), question()));
  if (!answer.reason.empty() && !answer.interpreter.is_incremental) {
    throw SubjectError(SubjectError::Kind::cannot_start, "scripts:" + command + ": " + answer.reason);
  }
  return std::move(answer.interpreter);
}

FoundInterpreters find_interpreters() {
  std::map<std::array<int, 3>, Interpreter> usable;
  // By version and reason: python3 and python3.16 may be one interpreter.
  std::map<std::string, std::string> unusable;
  for (const std::string& candidate : candidates()) {
    Answer answer = ask(candidate);
    if (!answer.is_found) continue;
    if (answer.reason.empty()) {
      const auto key = version_key(answer.interpreter.version);
      usable.emplace(key, std::move(answer.interpreter));
    } else {
      unusable.emplace(answer.interpreter.build + answer.reason, "cpython:" + candidate + ": " + answer.reason);
    }
  }
  FoundInterpreters found;
  for (auto& [key, interpreter] : usable) found.usable.push_back(std::move(interpreter));
  for (auto& [key, sentence] : unusable) found.unusable.push_back(std::move(sentence));
  return found;
}

}  // namespace cyclecheck
