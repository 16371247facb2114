#include "harness/cpython/interpreter.hpp"

#include <unistd.h>

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
#include <variant>

#include "harness/cpython/driver_sources.hpp"
#include "harness/subjects/subjects.hpp"
#include "harness/system/system.hpp"
#include "trace/file.hpp"

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

std::string with_errors(std::string message, const std::string& errors) {
  if (!errors.empty()) message += ":\n" + errors;
  return message;
}

[[noreturn]] void fail(const std::string& who, const std::string& message) {
  throw SubjectError(SubjectError::Kind::cannot_start, "cpython:" + who + ": " + message);
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

// The folder of this interpreter's driver in the cache.
fs::path driver_folder(const Interpreter& interpreter) {
  std::uint64_t hash = add_to_hash(0xCBF29CE484222325U, interpreter.build);
  hash = add_to_hash(hash, interpreter.path);
  for (const SourceFile& source : kCpythonDriver) hash = add_to_hash(add_to_hash(hash, source.name), source.text);
  return cache_folder() / ("cpython-" + interpreter.version + "-" + hexadecimal(hash));
}

bool is_cached(const Interpreter& interpreter) {
  std::error_code error;
  return fs::exists(driver_folder(interpreter), error);
}

// A folder of the cache with the driver's sources that is not used yet; its end removes it, unless it was renamed.
class Unfinished {
 public:
  explicit Unfinished(const Interpreter& interpreter)
      : path_(driver_folder(interpreter).string() + ".new" + std::to_string(::getpid())) {
    if (const auto problem = write_driver(path_)) {
      remove();
      fail(interpreter.path, "the cache cannot be written: " + *problem);
    }
  }
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;
  ~Unfinished() { remove(); }

  // Runs build.py there. Its reason if it fails.
  [[nodiscard]] std::optional<std::string> build(const Interpreter& interpreter, bool checks_only) const {
    std::vector<std::string> command{interpreter.path, "-S", "-s", "-E", "-B", path_ / "build.py"};
    command.insert(command.end(), {"--include", interpreter.include});
    if (checks_only) command.emplace_back("--check");
    const Output output = run_to_end(command, std::chrono::seconds(120));
    if (output.failure.empty()) return std::nullopt;
    constexpr const char* kReason = "exit status 3";
    std::string reason = output.errors.substr(0, output.errors.find_last_not_of('\n') + 1);
    if (output.failure != kReason) reason = with_errors("building the driver ended with " + output.failure, reason);
    return reason;
  }

  // Another process may have been quicker; its folder is as good.
  void become(const fs::path& folder) const {
    std::error_code error;
    fs::rename(path_, folder, error);
  }

 private:
  void remove() const {
    std::error_code error;
    fs::remove_all(path_, error);
  }

  fs::path path_;
};

// --- what is installed ---

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

// What lies in a folder, in the order of names.
std::vector<fs::path> entries_of(const fs::path& folder) {
  std::vector<fs::path> paths;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  return paths;
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

Answer ask(const std::string& path_or_name) {
  const auto row = std::find_if(std::begin(kCpythonDriver), std::end(kCpythonDriver),
                                [](const SourceFile& source) { return source.name == "row.py"; });
  const std::string question = std::string(row->text) + std::string(kQuestion);
  const Output output = run_to_end({path_or_name, "-c", question}, std::chrono::seconds(30));
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
  if (!mark[6].empty()) return because(mark[6]);
  const auto profile = find_profile(mark[5]);
  if (!profile) return because("the profile " + mark[5] + " is not known");
  answer.interpreter.profile = *profile;
  return answer;
}

}  // namespace

Interpreter ask_interpreter(const std::string& path_or_name) {
  Answer answer = ask(path_or_name);
  if (!answer.reason.empty()) fail(path_or_name, answer.reason);
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

std::optional<std::string> missing_for_driver(const Interpreter& interpreter) {
  if (is_cached(interpreter)) return std::nullopt;
  return Unfinished(interpreter).build(interpreter, true);
}

std::vector<std::string> driver_command(const Interpreter& interpreter) {
  const fs::path folder = driver_folder(interpreter);
  if (!is_cached(interpreter)) {
    const Unfinished unfinished(interpreter);
    if (const auto reason = unfinished.build(interpreter, false)) fail(interpreter.path, *reason);
    unfinished.become(folder);
  }
  return {interpreter.path, "-S", "-s", "-E", "-B", folder / "main.py"};
}

std::optional<std::string> write_driver(const std::string& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return folder + ": " + error.message();
  // build.py compiles what lies there.
  for (const fs::path& path : entries_of(folder)) {
    const bool is_source = path.extension() == ".c" || path.extension() == ".h";
    const bool is_own = std::any_of(std::begin(kCpythonDriver), std::end(kCpythonDriver),
                                    [&](const SourceFile& own) { return own.name == path.filename(); });
    if (is_source && !is_own) return path.string() + " is no file of this driver: it needs a folder of its own";
  }
  for (const SourceFile& source : kCpythonDriver) {
    const auto written = write_file(fs::path(folder) / source.name, source.text);
    if (const auto* problem = std::get_if<FileError>(&written)) return problem->message;
  }
  return std::nullopt;
}

}  // namespace cyclecheck
