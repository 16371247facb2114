// The page of a campaign: what it has done and found, with plots over time. One file that needs nothing else.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "harness/campaign/folder.hpp"
#include "harness/campaign/folder_notes.hpp"
#include "harness/campaign/known_findings.hpp"
#include "harness/campaign/ledger.hpp"
#include "harness/inputs/inputs.hpp"

namespace cyclecheck {

// A campaign as its folder tells it.
struct CampaignSummary {
  // By the time at which they began.
  std::vector<SessionEntry> sessions;
  // Of the session with the same index.
  std::vector<std::vector<Sample>> samples;
  std::vector<KnownFinding> findings;
  StateTotals states;
  std::size_t corpus = 0;
  std::size_t pending = 0;
  // Sums over the sessions.
  std::uint64_t executions = 0;
  double seconds = 0;
  double cpu_seconds = 0;
  // When it was looked at, as in SessionEntry::started.
  std::string written;
};

// REQUIRES: nothing; what is missing counts as empty, and is noted if it is damaged.
[[nodiscard]] CampaignSummary summarise(const CampaignFolder& folder, Notes& notes);

// The page. Pure.
[[nodiscard]] std::string campaign_page(const CampaignSummary& summary, const std::string& title);

// Writes index.html, and the page of each finding that has none yet. Errors: index.html cannot be written.
[[nodiscard]] std::variant<std::monostate, FileError> write_page(const CampaignFolder& folder, Notes& notes);

}  // namespace cyclecheck
