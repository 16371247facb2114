#include "harness/campaign/recovery.hpp"

#include <filesystem>
#include <system_error>
#include <variant>

#include "harness/campaign/discard.hpp"
#include "harness/campaign/mutated_inputs.hpp"
#include "harness/campaign/target_engine.hpp"
#include "harness/system/system.hpp"

namespace cyclecheck {

namespace fs = std::filesystem;

std::optional<FileError> take_up_inputs(const std::string& running, Inputs& corpus, Inputs& pending) {
  std::optional<FileError> error;
  const auto add = [&](Inputs& inputs, const std::string& input, bool sync) {
    const auto added = inputs.add(input, sync);
    if (const auto* problem = std::get_if<FileError>(&added)) error = *problem;
    return !error;
  };
  for (const fs::path& entry : entries_of(running)) {
    if (!entry.filename().string().starts_with("job-")) continue;
    const auto input = interrupted_input(entry.string());
    if (input && !add(pending, *input, true)) return error;
  }
  const LeftByTarget left = left_by_target(running);
  for (const std::string& input : left.interesting) {
    if (!add(corpus, input, false)) return error;
  }
  for (const std::string& input : left.failed) {
    if (!add(pending, input, true)) return error;
  }
  return std::nullopt;
}

void clear_running(const std::string& running) {
  std::error_code ignored;
  for (const fs::path& entry : entries_of(running)) {
    if (is_discarded(entry.filename().string())) continue;
    if (fs::is_directory(entry, ignored)) {
      discard(entry.string());
    } else {
      fs::remove(entry, ignored);
    }
  }
}

}  // namespace cyclecheck
