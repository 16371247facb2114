#include "harness/inputs/artefact.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <span>

#include "harness/inputs/input.hpp"

namespace cyclecheck {
namespace {

constexpr std::size_t kDigest = 40;

bool are_hexadecimal(std::string_view digits) {
  return std::all_of(digits.begin(), digits.end(),
                     [](unsigned char c) { return std::isdigit(c) != 0 || (c >= 'a' && c <= 'f'); });
}

}  // namespace

bool is_fuzzer_file_name(std::string_view name) {
  for (const std::string_view prefix : {"id:", "id_"}) {
    if (!name.starts_with(prefix)) continue;
    const std::string_view number = name.substr(prefix.size(), 6);
    return number.size() == 6 &&
           std::all_of(number.begin(), number.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
  }
  for (const std::string_view prefix : {"crash-", "timeout-", "oom-", "leak-", "slow-unit-", "minimized-from-"}) {
    if (!name.starts_with(prefix)) continue;
    name.remove_prefix(prefix.size());
    break;
  }
  return name.size() == kDigest && are_hexadecimal(name);
}

bool is_fuzzer_input(std::string_view bytes) {
  if (bytes.starts_with(kBinaryMagic)) return false;
  constexpr std::string_view kSpace = "\t\n\v\f\r";
  return std::any_of(bytes.begin(), bytes.end(), [&](char c) {
    return static_cast<unsigned char>(c) < ' ' && kSpace.find(c) == std::string_view::npos;
  });
}

std::variant<Trace, FileError> load_any_trace(const std::string& path) {
  const auto content = read_file(path);
  if (const auto* error = std::get_if<FileError>(&content)) return *error;
  const std::string& bytes = std::get<std::string>(content);
  const std::string_view name = std::string_view(path).substr(path.rfind('/') + 1);
  if (!is_fuzzer_file_name(name) && !is_fuzzer_input(bytes)) return trace_of(path, bytes);
  return fuzz_trace({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

}  // namespace cyclecheck
