#include "harness/campaign/merge.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "harness/campaign/folder.hpp"
#include "harness/campaign/inputs.hpp"
#include "harness/campaign/known_findings.hpp"
#include "harness/campaign/ledger.hpp"
#include "harness/campaign/page.hpp"
#include "harness/campaign/state_store.hpp"
#include "harness/system/system.hpp"

namespace cyclecheck {
namespace {

namespace fs = std::filesystem;

class Merger {
 public:
  Merger(const CampaignFolder& into, Notes& notes) : into_(into), notes_(notes) {}

  [[nodiscard]] std::variant<Merged, FileError> run(const std::vector<CampaignFolder>& from) {
    result_.states_before = all_states(into_.file("states"), notes_).states;
    for (const CampaignFolder& other : from) {
      const bool is_done = take_inputs(other, "corpus", &result_.inputs) && take_inputs(other, "pending", nullptr) &&
                           take_inputs(other, "failing", nullptr) && take_findings(other) && take_states(other) &&
                           take_ledger(other);
      if (!is_done) return error_;
    }
    result_.states = all_states(into_.file("states"), notes_).states;
    const auto written = write_page(into_, notes_);
    if (const auto* error = std::get_if<FileError>(&written)) return *error;
    return result_;
  }

 private:
  [[nodiscard]] bool fail(FileError error) {
    error_ = std::move(error);
    return false;
  }

  [[nodiscard]] bool take_inputs(const CampaignFolder& other, const std::string& name, std::size_t* taken) {
    std::error_code ignored;
    if (!fs::is_directory(other.file(name), ignored)) return true;
    auto here = Inputs::load(into_.file(name), true, notes_);
    if (auto* error = std::get_if<FileError>(&here)) return fail(std::move(*error));
    auto there = Inputs::load(other.file(name), false, notes_);
    if (auto* error = std::get_if<FileError>(&there)) return fail(std::move(*error));
    for (const auto& [input, bytes] : std::get<Inputs>(there).all()) {
      auto added = std::get<Inputs>(here).add(bytes);
      if (auto* error = std::get_if<FileError>(&added)) return fail(std::move(*error));
      if (std::get<bool>(added) && taken != nullptr) ++*taken;
    }
    const int error = sync_directory(into_.file(name));
    return error == 0 || fail({into_.file(name) + ": " + std::strerror(error)});
  }

  // A finding's folder is named by its content.
  [[nodiscard]] bool take_findings(const CampaignFolder& other) {
    for (const KnownFinding& finding : load_findings(other.file("findings"), notes_)) {
      const std::string path = into_.file("findings/" + finding.folder);
      std::error_code error;
      if (fs::exists(path, error)) continue;
      const std::string temporary = into_.file("findings/." + finding.folder);
      fs::remove_all(temporary, error);
      fs::copy(other.file("findings/" + finding.folder), temporary, fs::copy_options::recursive, error);
      if (!error) fs::rename(temporary, path, error);
      if (error) return fail({path + ": " + error.message()});
      ++result_.findings;
    }
    const int error = sync_directory(into_.file("findings"));
    return error == 0 || fail({into_.file("findings") + ": " + std::strerror(error)});
  }

  [[nodiscard]] bool take_states(const CampaignFolder& other) {
    for (const std::string& machine : machines_in(other.file("states"))) {
      StateFile states = load_states(into_.file("states"), machine, notes_);
      unite(states, load_states(other.file("states"), machine, notes_));
      if (!store(machine, states)) return false;
    }
    // A session that runs, or was killed, has counted on in its table.
    std::error_code ignored;
    const std::string live = live_states_path(other.file("states"));
    if (other.id().empty() || !fs::exists(live, ignored)) return true;
    StateFile states = load_states(into_.file("states"), other.id(), notes_);
    unite(states, own_part_of_live(other.file("states"), other.id(), notes_));
    return store(other.id(), states);
  }

  [[nodiscard]] bool store(const std::string& machine, const StateFile& states) {
    auto stored = store_states(into_.file("states"), machine, states);
    if (auto* error = std::get_if<FileError>(&stored)) return fail(std::move(*error));
    return true;
  }

  [[nodiscard]] bool take_ledger(const CampaignFolder& other) {
    auto taken = take_sessions(into_.file("sessions"), other.file("sessions"), notes_);
    if (auto* error = std::get_if<FileError>(&taken)) return fail(std::move(*error));
    result_.sessions += std::get<std::size_t>(taken);
    return true;
  }

  const CampaignFolder& into_;
  Notes& notes_;
  Merged result_;
  FileError error_;
};

}  // namespace

std::variant<Merged, FileError> merge_campaigns(const std::string& into, const std::vector<std::string>& from,
                                                Notes& notes) {
  std::vector<CampaignFolder> others;
  for (const std::string& path : from) {
    std::error_code ignored;
    if (fs::equivalent(path, into, ignored)) return FileError{path + ": cannot be merged into itself"};
    auto opened = CampaignFolder::read(path, notes);
    if (auto* error = std::get_if<FileError>(&opened)) return std::move(*error);
    others.push_back(std::get<CampaignFolder>(std::move(opened)));
  }
  auto opened = CampaignFolder::open(into, notes);
  if (auto* error = std::get_if<FileError>(&opened)) return std::move(*error);
  const auto& folder = std::get<CampaignFolder>(opened);
  // What a session that was killed left here belongs to this machine's file.
  auto ended = end_live_states(folder.file("states"), folder.id(), notes);
  if (auto* error = std::get_if<FileError>(&ended)) return std::move(*error);
  return Merger(folder, notes).run(others);
}

}  // namespace cyclecheck
