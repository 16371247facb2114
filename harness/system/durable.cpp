#include "harness/system/durable.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "trace/file.hpp"

namespace cyclecheck {
namespace {

constexpr std::string_view kTemporary = ".new-";

int write_to(const std::string& path, std::string_view bytes, int flags, bool sync) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0666);
  if (file < 0) return errno;
  int error = 0;
  for (std::size_t at = 0; at < bytes.size() && error == 0;) {
    const ssize_t wrote = write(file, bytes.data() + at, bytes.size() - at);
    if (wrote < 0 && errno != EINTR) error = errno;
    if (wrote > 0) at += static_cast<std::size_t>(wrote);
  }
  if (error == 0 && sync && fsync(file) != 0) error = errno;
  if (close(file) != 0 && error == 0) error = errno;
  return error;
}

}  // namespace

int write_new(const std::string& path, std::string_view bytes) { return write_to(path, bytes, O_EXCL, true); }

int sync_directory(const std::string& path) {
  const int directory = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return errno;
  const int error = fsync(directory) == 0 ? 0 : errno;
  close(directory);
  return error;
}

int replace_file(const std::string& named, std::string_view bytes, bool sync) {
  const std::string path = followed(named);
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash);
  const std::string temporary =
      folder + "/" + std::string{kTemporary} + std::to_string(getpid()) + "-" + path.substr(slash + 1);
  int error = write_to(temporary, bytes, O_TRUNC, sync);
  if (error == 0 && std::rename(temporary.c_str(), path.c_str()) != 0) error = errno;
  if (error != 0) {
    unlink(temporary.c_str());
    return error;
  }
  return sync ? sync_directory(folder) : 0;
}

bool is_left_behind(std::string_view name) { return name.starts_with(kTemporary); }

}  // namespace cyclecheck
