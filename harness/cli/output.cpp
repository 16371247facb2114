#include "harness/cli/output.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <cstdio>
#include <variant>

#include "trace/file.hpp"

namespace cyclecheck::cli {

namespace {

// What a path of "-" is written to.
std::FILE*& standard_output() {
  static std::FILE* file = stdout;
  return file;
}

}  // namespace

void reserve_standard_output() {
  std::fflush(stdout);
  const int kept = ::dup(STDOUT_FILENO);
  std::FILE* const file = kept < 0 ? nullptr : ::fdopen(kept, "w");
  if (file == nullptr || ::dup2(STDERR_FILENO, STDOUT_FILENO) < 0) return;
  standard_output() = file;
}

bool wrote_output(const std::string& path, std::string_view bytes) {
  if (path == "-") {
    const bool is_written = std::fwrite(bytes.data(), 1, bytes.size(), standard_output()) == bytes.size();
    if (is_written && std::fflush(standard_output()) == 0) return true;
    fmt::print(stderr, "cyclecheck: standard output cannot be written\n");
    return false;
  }
  const auto written = write_file(path, bytes);
  const auto* error = std::get_if<FileError>(&written);
  if (error != nullptr) fmt::print(stderr, "cyclecheck: {}\n", error->message);
  return error == nullptr;
}

}  // namespace cyclecheck::cli
