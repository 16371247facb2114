#include "fuzz/campaign.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>

#include "harness/inputs/inputs.hpp"
#include "harness/system/commit.hpp"
#include "trace/file.hpp"

// Read by `cyclecheck fuzz` from the file of the program.
extern const char cyclecheck_target_commit[];
__attribute__((used)) const char cyclecheck_target_commit[] = CYCLECHECK_COMMIT_MARK CYCLECHECK_COMMIT "\n";

namespace cyclecheck::fuzz {
namespace {

std::optional<StateCounts> open_counts() {
  const char* path = std::getenv("CYCLECHECK_STATES");
  if (path == nullptr) return std::nullopt;
  auto opened = StateCounts::open(path);
  if (auto* counts = std::get_if<StateCounts>(&opened)) return std::move(*counts);
  std::fprintf(stderr, "%s\n", std::get<FileError>(opened).message.c_str());
  std::exit(2);
}

}  // namespace

void count_execution(std::span<const HeapState> states) {
  static std::optional<StateCounts> counts = open_counts();
  if (counts) counts->count_execution(states);
}

bool set_aside(std::string_view signature, const std::uint8_t* data, std::size_t size) {
  static const char* const folder = std::getenv("CYCLECHECK_SET_ASIDE");
  if (folder == nullptr) return false;
  static std::set<std::string, std::less<>> known;
  if (known.contains(signature)) return true;
  known.emplace(signature);
  std::string content{signature};
  content += '\n';
  content.append(reinterpret_cast<const char*>(data), size);
  const std::string path =
      std::string{folder} + "/" + std::to_string(getpid()) + "-" + std::to_string(known.size()) + ".failure";
  return std::holds_alternative<std::monostate>(write_file(path, content));
}

}  // namespace cyclecheck::fuzz
