#include "harness/cpython/driver_build.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <variant>

#include "harness/cpython/driver_sources.hpp"
#include "harness/cpython/program_output.hpp"
#include "harness/subjects/subjects.hpp"
#include "trace/file.hpp"

namespace cyclecheck {
namespace {

namespace fs = std::filesystem;

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
    const ProgramOutput output = run_to_end(command, std::chrono::seconds(120));
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

}  // namespace

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
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const fs::path& path = entry.path();
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
