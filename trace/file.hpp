// Trace files: reading either format, and writing any file so that it is never seen half written.
//
// Thread-safe for different paths.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "trace/trace.hpp"

namespace cyclecheck {

// The first bytes of a file that holds a binary trace; the encoding of trace/binary.hpp follows.
inline constexpr std::string_view kBinaryMagic = "CYCT";

// Files longer than this many bytes are refused, so that a device or a wrong file cannot exhaust the memory.
inline constexpr std::size_t kMaxFileSize = std::size_t{1} << 30;

enum class TraceFormat : std::uint8_t { text, binary };

// What went wrong, ready to be shown: it begins with the path.
struct FileError {
  std::string message;
};

// The bytes of a file, or of standard input if the path is "-". Pipes are read to their end, once. Errors: it does not
// exist, is a directory, cannot be read, is longer than kMaxFileSize.
std::variant<std::string, FileError> read_file(const std::string& path);

// What a path stands for when its symbolic links are followed, the last of which may name nothing yet.
[[nodiscard]] std::string followed(const std::string& path);

// Writes a file whole or not at all: to a temporary file beside it, which then takes its place and its permissions.
// Symbolic links stay, and the file that they name is written. A device or a FIFO is written to as it stands. On an
// error (no such directory, no permission, disk full) a regular file that was there before is unchanged and the
// temporary file is removed.
[[nodiscard]] std::variant<std::monostate, FileError> write_file(const std::string& path, std::string_view bytes);

// The trace in a file of either format, told apart by kBinaryMagic. Errors: those of read_file, an empty file, the
// first error of a text with line and column, a binary version that is not known.
std::variant<Trace, FileError> load_trace(const std::string& path);

// The same of bytes that were read already.
std::variant<Trace, FileError> trace_of(const std::string& path, std::string_view bytes);

// The bytes of a trace file.
// REQUIRES: the trace is valid (trace/normal_form.hpp) apart from the order of its scripts.
std::string trace_file(const Trace& trace, TraceFormat format);

// write_file of trace_file.
[[nodiscard]] std::variant<std::monostate, FileError> save_trace(const Trace& trace, const std::string& path,
                                                                 TraceFormat format);

}  // namespace cyclecheck
