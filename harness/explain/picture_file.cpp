#include "harness/explain/picture_file.hpp"

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <system_error>
#include <variant>

#include "harness/system/system.hpp"

namespace cyclecheck {
namespace {

// No picture of a graph of the usual size takes this long.
constexpr std::chrono::seconds kLongest{120};

struct Removed {
  std::string path;
  ~Removed() {
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
  }
};

}  // namespace

std::variant<PictureWritten, FileError> write_picture(const std::string& path, const std::string& dot) {
  const std::string ending = std::filesystem::path(path).extension().string();
  const bool as_it_is = ending == ".dot" || ending == ".gv";
  if (!as_it_is && ending != ".svg" && ending != ".png" && ending != ".pdf") {
    return FileError{path + ": is no picture by its name; expected .svg, .png, .pdf or .dot"};
  }
  if (as_it_is) {
    const auto written = write_file(path, dot);
    if (const auto* error = std::get_if<FileError>(&written)) return *error;
    return PictureWritten{};
  }
  // Beside the picture, so that a folder without permission is found out before anything is drawn.
  const std::string mark = path + "." + std::to_string(::getpid());
  const Removed source{mark + ".dot"};
  const Removed drawn{mark + ending};
  const auto written = write_file(source.path, dot);
  if (const auto* error = std::get_if<FileError>(&written)) {
    return FileError{path + error->message.substr(source.path.size())};
  }
  ChildProcess renderer({"dot", "-T" + ending.substr(1), "-o" + drawn.path, source.path});
  renderer.close_input();
  const std::string end = renderer.wait_for_end(std::chrono::steady_clock::now() + kLongest);
  if (end == "exit status 127") {
    const std::string instead = std::filesystem::path(path).replace_extension(".dot").string();
    const auto kept = write_file(instead, dot);
    if (const auto* error = std::get_if<FileError>(&kept)) return *error;
    return PictureWritten{instead};
  }
  if (!end.empty()) return FileError{path + ": dot failed with " + end + ": " + renderer.errors()};
  const auto picture = read_file(drawn.path);
  if (const auto* error = std::get_if<FileError>(&picture)) return *error;
  const auto kept = write_file(path, std::get<std::string>(picture));
  if (const auto* error = std::get_if<FileError>(&kept)) return *error;
  return PictureWritten{};
}

}  // namespace cyclecheck
