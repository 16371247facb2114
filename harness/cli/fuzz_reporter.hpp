// What `cyclecheck fuzz` shows while it runs, and the ledger of a campaign.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "harness/campaign/campaign.hpp"
#include "harness/cli/checks.hpp"
#include "harness/cli/live_line.hpp"

namespace cyclecheck::cli {

class FuzzReporter final : public CampaignListener {
 public:
  // `campaign`: the folder as the user named it.
  FuzzReporter(const FuzzOptions& options, bool quiet);

  void note(const std::string& line) override;
  void began(const SessionEntry& session, std::size_t earlier_sessions, std::size_t corpus,
             std::size_t findings) override;
  void progress(const FuzzProgress& progress) override;
  void failed(const Verdict& verdict, const Trace& trace) override;
  void shrinking(const Trace& best, const ShrinkProgress& progress) override;
  void found(const Finding& finding, const std::optional<StoredFinding>& stored,
             const std::optional<FileError>& error) override;
  void minimised(const Minimised& result) override;
  [[nodiscard]] bool interrupted() override;

  void end_line() { line_.end(); }
  [[nodiscard]] const std::vector<Check>& checks() const { return checks_; }

 private:
  const FuzzOptions& options_;
  LiveLine line_;
  std::vector<Check> checks_;
};

// What became of the corpus, in a line.
[[nodiscard]] std::string describe_minimised(const Minimised& result);

// What a session did, in a few lines.
[[nodiscard]] std::string session_summary(const FuzzResult& result, const std::string& campaign);

// The ledger: every session, findings, and what is to be expected.
[[nodiscard]] std::string ledger(const CampaignSummary& summary, const std::string& campaign);

}  // namespace cyclecheck::cli
