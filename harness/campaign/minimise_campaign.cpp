#include <string>
#include <variant>

#include "harness/campaign/folder.hpp"
#include "harness/campaign/session.hpp"
#include "harness/compare/compare.hpp"

namespace cyclecheck {

std::variant<Minimised, FileError> minimise_campaign(const SubjectEntry& subject, const FuzzOptions& options,
                                                     CampaignListener& listener) {
  Notes notes;
  auto opened = CampaignFolder::open(options.campaign, notes);
  if (auto* error = std::get_if<FileError>(&opened)) return std::move(*error);
  auto& folder = std::get<CampaignFolder>(opened);
  auto loaded = Inputs::load(folder.file("corpus"), true, notes);
  for (const std::string& line : notes.lines()) listener.note(line);
  if (auto* error = std::get_if<FileError>(&loaded)) return std::move(*error);
  auto minimised = minimise(std::get<Inputs>(loaded),
                            {against_model(subject, options.level), Observe::digest, options.timeout, options.target,
                             folder.file("running"), [&] { return listener.interrupted(); }, options.jobs});
  if (const auto* result = std::get_if<Minimised>(&minimised); result != nullptr && !result->gave_up) {
    const auto set = folder.set_minimised(result->after);
    if (const auto* error = std::get_if<FileError>(&set)) return *error;
  }
  return minimised;
}

}  // namespace cyclecheck
