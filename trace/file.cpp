#include "trace/file.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <span>
#include <system_error>

#include "trace/binary.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

namespace fs = std::filesystem;

struct CloseFile {
  void operator()(std::FILE* file) const {
    if (file != stdin) std::fclose(file);
  }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

FileError failed(const std::string& path, std::string_view what, int error) {
  return {path + ": " + std::string(what) + ": " + std::generic_category().message(error)};
}

// Opens a new file beside `path`; other writers of the same path, and what a killed one left behind, are avoided.
File open_temporary(const std::string& path, std::string& temporary) {
  constexpr int kAttempts = 1000;
  for (int i = 0; i < kAttempts; ++i) {
    temporary = path + ".tmp" + std::to_string(i);
    if (File file{std::fopen(temporary.c_str(), "wbx")}) return file;
    if (errno != EEXIST) break;
  }
  return nullptr;
}

std::span<const std::uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

std::variant<std::string, FileError> read_file(const std::string& path) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) return FileError{path + ": is a directory, expected a file"};
  const File file{path == "-" ? stdin : std::fopen(path.c_str(), "rb")};
  if (!file) return failed(path, "cannot be opened", errno);
  std::string bytes;
  std::array<char, 65536> buffer;
  while (true) {
    const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), file.get());
    bytes.append(buffer.data(), count);
    if (bytes.size() > kMaxFileSize) return FileError{path + ": is longer than 1 GiB"};
    if (count < buffer.size()) break;
  }
  if (std::ferror(file.get()) != 0) return failed(path, "cannot be read", errno);
  return bytes;
}

std::string followed(const std::string& path) {
  constexpr int kMostLinks = 40;
  std::error_code error;
  fs::path target = path;
  for (int i = 0; i < kMostLinks && fs::is_symlink(target, error); ++i) {
    const fs::path next = fs::read_symlink(target, error);
    if (error) break;
    target = next.is_absolute() ? next : target.parent_path() / next;
  }
  return target.string();
}

std::variant<std::monostate, FileError> write_file(const std::string& path, std::string_view bytes) {
  const std::string target = followed(path);
  std::error_code ignored;
  const fs::file_status before = fs::status(target, ignored);
  // What is no regular file (a device, a FIFO) is written to; it has no place that another file could take.
  const bool is_replaced = !fs::exists(before) || fs::is_regular_file(before);
  std::string temporary;
  File file = is_replaced ? open_temporary(target, temporary) : File{std::fopen(target.c_str(), "wb")};
  if (!file) return failed(path, "cannot be written", errno);
  const bool is_written = std::fwrite(bytes.data(), 1, bytes.size(), file.get()) == bytes.size();
  int error = is_written ? 0 : errno;
  // A full disk may show only when the last buffer is flushed.
  if (std::fclose(file.release()) != 0 && error == 0) error = errno;
  if (is_replaced && error == 0) {
    if (fs::exists(before)) fs::permissions(temporary, before.permissions(), ignored);
    if (std::rename(temporary.c_str(), target.c_str()) != 0) error = errno;
  }
  if (error == 0) return std::monostate{};
  if (is_replaced) std::remove(temporary.c_str());
  return failed(path, "cannot be written", error);
}

std::variant<Trace, FileError> load_trace(const std::string& path) {
  auto content = read_file(path);
  if (auto* error = std::get_if<FileError>(&content)) return std::move(*error);
  return trace_of(path, std::get<std::string>(content));
}

std::variant<Trace, FileError> trace_of(const std::string& path, std::string_view text) {
  if (text.empty()) return FileError{path + ": is empty, expected a trace"};
  if (text.starts_with(kBinaryMagic)) {
    const auto bytes = as_bytes(text.substr(kBinaryMagic.size()));
    const auto version = encoded_version(bytes);
    if (!version) return FileError{path + ": ends after '" + std::string(kBinaryMagic) + "', expected a version"};
    if (*version == 0 || *version > kBinaryVersion) {
      return FileError{path + ": has version " + std::to_string(*version) + " of the binary encoding, expected 1 to " +
                       std::to_string(kBinaryVersion)};
    }
    if (const auto code = unknown_code(bytes)) {
      if (*code < kOpCodes) {
        return FileError{path + ": has the operation '" + std::string(info(static_cast<OpCode>(*code)).word) +
                         "', which is of a later version"};
      }
      for (const ReservedOperation& reserved : reserved_operations()) {
        if (reserved.code == *code) {
          return FileError{path + ": has the operation '" + std::string(reserved.word) +
                           "', which is of a later version"};
        }
      }
    }
    return decode_trace(bytes);
  }
  auto parsed = parse_trace(text);
  if (const auto* error = std::get_if<TextError>(&parsed)) return FileError{to_string(*error, path)};
  return std::get<Trace>(std::move(parsed));
}

std::string trace_file(const Trace& trace, TraceFormat format) {
  if (format == TraceFormat::text) return print_trace(trace);
  const std::vector<std::uint8_t> bytes = encode_trace(trace);
  return std::string(kBinaryMagic) + std::string(bytes.begin(), bytes.end());
}

std::variant<std::monostate, FileError> save_trace(const Trace& trace, const std::string& path, TraceFormat format) {
  return write_file(path, trace_file(trace, format));
}

}  // namespace cyclecheck
