#include "harness/system/gzip.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>
#include <new>
#include <utility>

namespace cyclecheck {
namespace {

class Inflater {
 public:
  Inflater() {
    constexpr int kGzipOnly = 16;
    is_ready_ = inflateInit2(&stream_, MAX_WBITS + kGzipOnly) == Z_OK;
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() {
    if (is_ready_) inflateEnd(&stream_);
  }

  [[nodiscard]] bool is_ready() const { return is_ready_; }
  z_stream& stream() { return stream_; }

 private:
  z_stream stream_{};
  bool is_ready_ = false;
};

}  // namespace

bool is_gzip(std::string_view bytes) { return bytes.starts_with("\x1F\x8B"); }

std::variant<std::string, GzipError> gunzip(std::string_view bytes, std::size_t limit) {
  Inflater inflater;
  if (!inflater.is_ready()) return GzipError{"zlib cannot be started", ""};
  z_stream& stream = inflater.stream();
  std::string result;
  std::array<unsigned char, 65536> buffer;
  // Invariant: `bytes` is what has not been read yet, and `result` is everything decompressed from what has been.
  while (true) {
    const std::size_t chunk = std::min<std::size_t>(bytes.size(), std::numeric_limits<uInt>::max() / 2);
    stream.next_in = reinterpret_cast<unsigned char*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(chunk);
    stream.next_out = buffer.data();
    stream.avail_out = static_cast<uInt>(buffer.size());
    const int status = inflate(&stream, Z_NO_FLUSH);
    result.append(reinterpret_cast<const char*>(buffer.data()), buffer.size() - stream.avail_out);
    bytes.remove_prefix(chunk - stream.avail_in);
    if (result.size() > limit) return GzipError{"the decompressed data is too long", std::move(result)};
    if (status == Z_STREAM_END) {
      if (bytes.find_first_not_of('\0') == std::string_view::npos) return result;
      if (!is_gzip(bytes)) return GzipError{"there is something else after the gzip data", std::move(result)};
      inflateReset(&stream);
    } else if (status == Z_BUF_ERROR || (status == Z_OK && bytes.empty() && stream.avail_out != 0)) {
      return GzipError{"the gzip data is truncated", std::move(result)};
    } else if (status != Z_OK) {
      return GzipError{"the gzip data is damaged", std::move(result)};
    }
  }
}

std::string gzip(std::string_view bytes) {
  constexpr int kGzipWindow = 15 + 16;  // zlib's way to ask for a gzip member
  constexpr int kMemory = 8;
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, kGzipWindow, kMemory, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc();
  }
  std::string result(deflateBound(&stream, static_cast<uLong>(bytes.size())), '\0');
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(result.data());
  stream.avail_out = static_cast<uInt>(result.size());
  deflate(&stream, Z_FINISH);
  result.resize(stream.total_out);
  deflateEnd(&stream);
  return result;
}

std::variant<std::string, FileError> read_plain_or_gzip(const std::string& path) {
  auto content = read_file(path);
  const auto* bytes = std::get_if<std::string>(&content);
  if (bytes == nullptr || !is_gzip(*bytes)) return content;
  auto unpacked = gunzip(*bytes, kMaxFileSize);
  if (const auto* error = std::get_if<GzipError>(&unpacked)) {
    const auto line = std::count(error->decompressed.begin(), error->decompressed.end(), '\n') + 1;
    return FileError{path + ":" + std::to_string(line) + ": " + error->message};
  }
  return std::get<std::string>(std::move(unpacked));
}

}  // namespace cyclecheck
