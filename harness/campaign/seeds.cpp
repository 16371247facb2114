#include "harness/campaign/seeds.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "harness/generate/generate.hpp"
#include "harness/inputs/inputs.hpp"
#include "trace/binary.hpp"

namespace cyclecheck {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kGenerated = 24;

std::string input_of(Trace trace) {
  trace.names.clear();
  bound(trace);
  const auto bytes = encode_trace(trace);
  return {bytes.begin(), bytes.end()};
}

}  // namespace

std::vector<std::string> generated_seeds(const std::vector<ProfileId>& profiles, std::size_t max_length) {
  std::vector<std::string> seeds;
  for (const Profile& row : all_profiles()) {
    if (!profiles.empty() && std::find(profiles.begin(), profiles.end(), row.id) == profiles.end()) continue;
    std::size_t found = 0;
    for (std::uint64_t index = 0; found < kGenerated && index < 50 * kGenerated; ++index) {
      std::string seed = input_of(generate(1, index, {.profile = row.id, .max_operations = 60}));
      if (seed.size() > max_length) continue;
      seeds.push_back(std::move(seed));
      ++found;
    }
  }
  return seeds;
}

std::variant<std::vector<std::string>, FileError> read_seeds(const std::string& path, Notes& notes) {
  std::error_code error;
  std::vector<std::string> files;
  if (fs::is_directory(path, error)) {
    for (auto entry = fs::recursive_directory_iterator(path, error);
         !error && entry != fs::recursive_directory_iterator{}; entry.increment(error)) {
      std::error_code ignored;
      if (entry->is_regular_file(ignored)) files.push_back(entry->path().string());
    }
    if (error) return FileError{path + ": " + error.message()};
  } else {
    files.push_back(path);
  }
  std::sort(files.begin(), files.end());
  std::vector<std::string> seeds;
  for (const std::string& file : files) {
    const auto loaded = load_any_trace(file);
    if (const auto* unread = std::get_if<FileError>(&loaded)) {
      if (files.size() == 1) return *unread;
      notes.add("is no seed: left out", unread->message);
      continue;
    }
    seeds.push_back(input_of(std::get<Trace>(loaded)));
  }
  if (seeds.empty()) return FileError{path + ": there is no seed in it"};
  return seeds;
}

}  // namespace cyclecheck
