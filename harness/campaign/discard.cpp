#include "harness/campaign/discard.hpp"

#include <filesystem>
#include <system_error>

#include "harness/system/system.hpp"

namespace cyclecheck {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kDiscarded = "discarded-";

}  // namespace

void discard(const std::string& folder) {
  std::error_code error;
  if (!fs::exists(folder, error)) return;
  const fs::path parent = fs::path(folder).parent_path();
  std::size_t number = 0;
  while (fs::exists(parent / (std::string(kDiscarded) + std::to_string(number)), error)) ++number;
  fs::rename(folder, parent / (std::string(kDiscarded) + std::to_string(number)), error);
  if (error) fs::remove_all(folder, error);
}

bool is_discarded(std::string_view name) { return name.starts_with(kDiscarded); }

bool remove_discarded(const std::string& parent, const std::function<bool()>& stop) {
  for (const fs::path& folder : entries_of(parent)) {
    if (!is_discarded(folder.filename().string())) continue;
    std::error_code ignored;
    for (const fs::path& file : entries_of(folder)) {
      if (stop()) return false;
      fs::remove_all(file, ignored);
    }
    fs::remove_all(folder, ignored);
  }
  return true;
}

}  // namespace cyclecheck
