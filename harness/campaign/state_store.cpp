#include "harness/campaign/state_store.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "harness/system/system.hpp"

namespace cyclecheck {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMagic = "CYCLECHECK STATES 1\n";
constexpr std::string_view kExtension = ".states";
constexpr std::size_t kLeastPlaces = std::size_t{1} << 20;

std::string path_of(const std::string& folder, const std::string& machine) {
  return folder + "/" + machine + std::string{kExtension};
}

// Numbers are stored with their lowest byte first.
template <typename Number>
void put(std::string& bytes, Number number) {
  for (std::size_t i = 0; i < sizeof number; ++i)
    bytes += static_cast<char>(static_cast<unsigned char>(number >> (8 * i)));
}

template <typename Number>
Number take(std::string_view& bytes) {
  Number number = 0;
  for (std::size_t i = 0; i < sizeof number; ++i) {
    number |= static_cast<Number>(static_cast<Number>(static_cast<unsigned char>(bytes[i])) << (8 * i));
  }
  bytes.remove_prefix(sizeof number);
  return number;
}

constexpr std::size_t kPair = 2 * sizeof(std::uint32_t);

// The sum over all machines but one.
StateFile sum_without(const std::string& folder, const std::string& left_out, Notes& notes) {
  StateFile sum;
  for (const std::string& machine : machines_in(folder)) {
    if (machine == left_out) continue;
    const StateFile states = load_states(folder, machine, notes);
    sum.executions += states.executions;
    for (const auto& [state, executions] : states.states) sum.states[state] += executions;
  }
  return sum;
}

// What this machine counted in a live table, and before.
StateFile part_of(const StateCounts& live, const std::string& folder, const std::string& machine, Notes& notes) {
  const StateFile others = sum_without(folder, machine, notes);
  StateFile own;
  own.executions = live.totals().executions - std::min(live.totals().executions, others.executions);
  live.for_each([&](std::uint32_t state, std::uint32_t executions) {
    const auto other = others.states.find(state);
    const std::uint32_t elsewhere = other == others.states.end() ? 0 : other->second;
    if (executions > elsewhere) own.states[state] = executions - elsewhere;
  });
  // A session that was killed before its table was filled has counted less than there was.
  unite(own, load_states(folder, machine, notes));
  return own;
}

}  // namespace

std::string live_states_path(const std::string& folder) { return folder + "/live"; }

std::vector<std::string> machines_in(const std::string& folder) {
  std::vector<std::string> machines;
  std::error_code error;
  for (auto entry = fs::directory_iterator(folder, error); !error && entry != fs::directory_iterator{};
       entry.increment(error)) {
    if (entry->path().extension() == kExtension) machines.push_back(entry->path().stem().string());
  }
  std::sort(machines.begin(), machines.end());
  return machines;
}

StateFile load_states(const std::string& folder, const std::string& machine, Notes& notes) {
  StateFile file;
  const std::string path = path_of(folder, machine);
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return file;
  const auto content = read_file(path);
  const auto* text = std::get_if<std::string>(&content);
  std::string_view bytes = text == nullptr ? std::string_view{} : std::string_view{*text};
  if (!bytes.starts_with(kMagic) || bytes.size() < kMagic.size() + sizeof(std::uint64_t) ||
      (bytes.size() - kMagic.size() - sizeof(std::uint64_t)) % kPair != 0) {
    notes.add("is damaged: the states in it are not counted", path);
    return file;
  }
  bytes.remove_prefix(kMagic.size());
  file.executions = take<std::uint64_t>(bytes);
  while (!bytes.empty()) {
    const auto state = take<std::uint32_t>(bytes);
    file.states[state] = take<std::uint32_t>(bytes);
  }
  return file;
}

std::variant<std::monostate, FileError> store_states(const std::string& folder, const std::string& machine,
                                                     const StateFile& states) {
  std::string bytes{kMagic};
  bytes.reserve(kMagic.size() + sizeof(std::uint64_t) + states.states.size() * kPair);
  put(bytes, states.executions);
  for (const auto& [state, executions] : states.states) {
    put(bytes, state);
    put(bytes, executions);
  }
  const std::string path = path_of(folder, machine);
  const int error = replace_file(path, bytes, true);
  if (error != 0) return FileError{path + ": " + std::strerror(error)};
  return std::monostate{};
}

void unite(StateFile& states, const StateFile& other) {
  states.executions = std::max(states.executions, other.executions);
  for (const auto& [state, executions] : other.states) {
    std::uint32_t& here = states.states[state];
    here = std::max(here, executions);
  }
}

StateTotals all_states(const std::string& folder, Notes& notes) {
  const auto live = StateCounts::read(live_states_path(folder));
  if (const auto* counts = std::get_if<StateCounts>(&live)) return counts->totals();
  const StateFile sum = sum_without(folder, {}, notes);
  StateTotals totals;
  totals.executions = sum.executions;
  totals.states = sum.states.size();
  for (const auto& [state, executions] : sum.states) {
    if (executions == 1) ++totals.once;
    if (executions == 2) ++totals.twice;
  }
  return totals;
}

std::variant<StateCounts, FileError> begin_live_states(const std::string& folder, Notes& notes) {
  const StateFile sum = sum_without(folder, {}, notes);
  const std::size_t places = std::max(kLeastPlaces, std::bit_ceil(sum.states.size() * 4));
  auto created = StateCounts::create(live_states_path(folder), places);
  if (auto* counts = std::get_if<StateCounts>(&created)) {
    counts->add_executions(sum.executions);
    for (const auto& [state, executions] : sum.states) counts->add(state, executions);
  }
  return created;
}

std::variant<std::monostate, FileError> grow_live_states(const std::string& folder, StateCounts& counts) {
  const std::string path = live_states_path(folder);
  auto created = StateCounts::create(path + ".new", counts.places() * 4);
  if (const auto* error = std::get_if<FileError>(&created)) return *error;
  auto& larger = std::get<StateCounts>(created);
  larger.add_executions(counts.totals().executions);
  counts.for_each([&](std::uint32_t state, std::uint32_t executions) { larger.add(state, executions); });
  std::error_code error;
  fs::rename(path + ".new", path, error);
  if (error) return FileError{path + ": " + error.message()};
  counts = std::move(larger);
  return std::monostate{};
}

StateFile own_part_of_live(const std::string& folder, const std::string& machine, Notes& notes) {
  const auto opened = StateCounts::read(live_states_path(folder));
  const auto* live = std::get_if<StateCounts>(&opened);
  return live == nullptr ? load_states(folder, machine, notes) : part_of(*live, folder, machine, notes);
}

std::variant<std::monostate, FileError> end_live_states(const std::string& folder, const std::string& machine,
                                                        Notes& notes) {
  const std::string path = live_states_path(folder);
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return std::monostate{};
  const auto opened = StateCounts::read(path);
  if (std::holds_alternative<FileError>(opened)) {
    notes.add("is damaged: what it counted is lost; kept as live.damaged", path);
    fs::rename(path, path + ".damaged", ignored);
    return std::monostate{};
  }
  const StateFile own = part_of(std::get<StateCounts>(opened), folder, machine, notes);
  auto stored = store_states(folder, machine, own);
  if (std::holds_alternative<std::monostate>(stored)) fs::remove(path, ignored);
  return stored;
}

}  // namespace cyclecheck
