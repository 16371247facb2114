#include "harness/cli/trace_input.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include "harness/cli/options.hpp"
#include "harness/inputs/inputs.hpp"
#include "harness/stored/stored.hpp"

namespace cyclecheck::cli {

void add_trace_input(CLI::App& command, TraceInput& input) {
  command.add_option("TRACE", input.path, "A trace, text or binary, or the folder of a finding")->required();
  command.add_option("--profile", input.profile, "Run it in this profile instead of its own")
      ->check(one_of(profile_names(false)));
}

std::variant<InputTrace, FileError> load_input(const TraceInput& input) {
  InputTrace loaded;
  std::string path = input.path;
  std::filesystem::path named = path;
  if (!named.has_filename()) named = named.parent_path();
  loaded.name = named.stem().string();
  if (std::filesystem::is_directory(path)) {
    auto found = find_cases({path});
    if (auto* error = std::get_if<FileError>(&found)) return std::move(*error);
    const auto& cases = std::get<std::vector<StoredCase>>(found);
    const StoredCase& first = cases.front();
    if (cases.size() != 1 || !first.subject) {
      // A trace with several logs is one trace.
      std::set<std::string> traces;
      for (const StoredCase& suite_case : cases) traces.insert(suite_case.path);
      return FileError{fmt::format(
          "{}: holds {} traces; expected a trace or the folder of a finding, such as {}", path, traces.size(),
          first.subject ? std::filesystem::path(first.path).parent_path().string() : first.path)};
    }
    path = first.path;
    loaded.name = named.filename().string();
    loaded.subject = first.subject;
    loaded.level = first.level;
    auto before = load_before(first);
    if (auto* error = std::get_if<FileError>(&before)) return std::move(*error);
    loaded.before = std::get<std::vector<Trace>>(std::move(before));
  }
  auto trace = load_any_trace(path);
  if (auto* error = std::get_if<FileError>(&trace)) return std::move(*error);
  loaded.trace = std::get<Trace>(std::move(trace));
  if (!input.profile.empty()) loaded.trace = in_profile(std::move(loaded.trace), *find_profile(input.profile));
  return loaded;
}

std::string unknown_step(const std::string& path, const Trace& trace, std::size_t step) {
  if (trace.operations.empty()) return fmt::format("{}: there is no step {}: the trace has no operations", path, step);
  return fmt::format("{}: there is no step {}: the trace has steps 0 to {}", path, step, trace.operations.size() - 1);
}

std::string unknown_object(const std::string& path, const std::string& object, const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 20;
  std::string known;
  for (std::size_t i = 0; i < std::min(names.size(), kShown); ++i) known += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > kShown) known += fmt::format(", and {} more", names.size() - kShown);
  return fmt::format("{}: there is no object '{}': {}", path, object,
                     known.empty() ? "there are none" : "it has " + known);
}

}  // namespace cyclecheck::cli
