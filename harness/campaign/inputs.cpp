#include "harness/campaign/inputs.hpp"

#include <sha1.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "harness/inputs/inputs.hpp"
#include "harness/system/system.hpp"
#include "trace/binary.hpp"

namespace cyclecheck {
namespace {

namespace fs = std::filesystem;

const std::string kTooLong = "is longer than " + std::to_string(kLongestInput) + " bytes: left alone";

}  // namespace

std::string input_name(std::string_view bytes) {
  std::array<char, SHA1_DIGEST_STRING_LENGTH> name{};
  SHA1Data(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(), name.data());
  return name.data();
}

std::variant<Inputs, FileError> Inputs::load(const std::string& folder, bool changes, Notes& notes) {
  Inputs inputs(folder);
  std::vector<std::string> names;
  std::error_code error;
  for (auto entry = fs::directory_iterator(folder, error); !error && entry != fs::directory_iterator{};
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    std::error_code unknown;
    if (is_left_behind(name)) {
      if (changes) fs::remove(entry->path(), unknown);
    } else if (!entry->is_regular_file(unknown)) {
      notes.add("is no file: left alone", entry->path().string());
    } else if (entry->file_size(unknown) > kLongestInput || unknown) {
      notes.add(kTooLong, entry->path().string());
    } else {
      names.push_back(name);
    }
  }
  if (error) return FileError{folder + ": " + error.message()};
  for (const std::string& name : names) {
    const auto taken = inputs.take(name, changes, notes);
    if (const auto* failed = std::get_if<FileError>(&taken)) return *failed;
  }
  return inputs;
}

std::variant<std::monostate, FileError> Inputs::take(const std::string& name, bool changes, Notes& notes) {
  const std::string path = path_of(name);
  const auto content = read_file(path);
  if (const auto* error = std::get_if<FileError>(&content)) {
    notes.add("cannot be read: left alone", error->message);
    return std::monostate{};
  }
  std::string bytes = std::get<std::string>(content);
  if (name == input_name(bytes)) {
    inputs_.emplace(name, std::move(bytes));
    return std::monostate{};
  }
  const bool is_trace = !is_fuzzer_file_name(name) && !is_fuzzer_input(bytes);
  if (is_trace) {
    const auto loaded = load_trace(path);
    if (const auto* error = std::get_if<FileError>(&loaded)) {
      notes.add("is no input: left alone", error->message);
      return std::monostate{};
    }
    Trace trace = std::get<Trace>(loaded);
    trace.names.clear();
    bound(trace);
    const auto encoded = encode_trace(trace);
    bytes.assign(encoded.begin(), encoded.end());
    notes.add("is a trace: taken for an input", path);
  } else {
    notes.add("is not what its name says, cut off or of another origin: taken for a new input", path);
  }
  if (!changes) {
    inputs_.emplace(input_name(bytes), std::move(bytes));
    return std::monostate{};
  }
  const auto added = add(bytes);
  if (const auto* error = std::get_if<FileError>(&added)) return *error;
  // The corpus has a copy now. A trace in text stays where it is: it may be the user's only copy.
  std::error_code ignored;
  if (!is_trace) fs::remove(path, ignored);
  return std::monostate{};
}

std::variant<bool, FileError> Inputs::add(std::string_view bytes, bool sync) {
  const std::string name = input_name(bytes);
  if (inputs_.contains(name)) return false;
  const int error = replace_file(path_of(name), bytes, sync);
  if (error != 0) return FileError{path_of(name) + ": " + std::strerror(error)};
  inputs_.emplace(name, bytes);
  return true;
}

void Inputs::remove(const std::string& name) {
  std::error_code ignored;
  fs::remove(path_of(name), ignored);
  inputs_.erase(name);
}

}  // namespace cyclecheck
