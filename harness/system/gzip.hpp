// Compression to gzip data and back, and files that may be compressed.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "trace/file.hpp"

namespace cyclecheck {

// Whether the bytes begin like gzip data.
bool is_gzip(std::string_view bytes);

// What went wrong, and what had been decompressed until then.
struct GzipError {
  std::string message;
  std::string decompressed;
};

// The decompressed bytes of one or more gzip members. Errors: damaged or truncated data, anything but zeros after the
// last member, more than `limit` bytes of result. O(result). Thread-safe.
// REQUIRES: is_gzip(bytes)
std::variant<std::string, GzipError> gunzip(std::string_view bytes, std::size_t limit);

// The bytes compressed as one gzip member without a time, so that the same bytes give the same result everywhere that
// the same zlib runs. O(size). Thread-safe.
std::string gzip(std::string_view bytes);

// The bytes of a file, decompressed if they are gzip data. Errors: those of read_file; those of gunzip with path and
// line. Thread-safe.
std::variant<std::string, FileError> read_plain_or_gzip(const std::string& path);

}  // namespace cyclecheck
