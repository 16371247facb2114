#include "harness/cli/output.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <variant>

#include "trace/file.hpp"

namespace cyclecheck::cli {

bool wrote_output(const std::string& path, std::string_view bytes) {
  if (path == "-") {
    const bool is_written = std::fwrite(bytes.data(), 1, bytes.size(), stdout) == bytes.size();
    if (is_written && std::fflush(stdout) == 0) return true;
    fmt::print(stderr, "cyclecheck: standard output cannot be written\n");
    return false;
  }
  const auto written = write_file(path, bytes);
  const auto* error = std::get_if<FileError>(&written);
  if (error != nullptr) fmt::print(stderr, "cyclecheck: {}\n", error->message);
  return error == nullptr;
}

}  // namespace cyclecheck::cli
