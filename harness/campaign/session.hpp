// A session of a fuzzing campaign: begins or resumes it, runs until a limit, and leaves everything in the folder.
//
// What is found is in the folder at once, so that a session may be killed at any moment: failures are synced before
// they are shrunk, findings after that; the corpus and the ledger survive the death of every process and are synced
// every ten seconds. Not thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/campaign/ledger.hpp"
#include "harness/campaign/minimise.hpp"
#include "harness/campaign/session_time.hpp"
#include "harness/campaign/target.hpp"
#include "harness/campaign/unseen_states.hpp"
#include "harness/compare/compare.hpp"
#include "harness/search/search.hpp"

namespace cyclecheck {

struct FuzzOptions {
  std::string campaign;
  // How long, all work of the session included, and how many executions; nothing: until it is interrupted.
  std::optional<std::chrono::milliseconds> time;
  std::optional<std::uint64_t> executions;
  std::uint32_t jobs = 1;
  // Together with the number of the session: no session repeats what an earlier one did.
  std::uint64_t seed = 1;
  std::size_t max_length = 256;
  // What inputs may be in; all if empty. The built-in engine alone keeps to it.
  std::vector<ProfileId> profiles;
  Level level = Level::order;
  // The longest that one input may take.
  std::chrono::milliseconds timeout{10'000};
  // A fuzz target; nothing: the built-in engine.
  std::optional<FuzzTarget> target;
  // Files and folders of inputs and traces that are taken into the corpus first.
  std::vector<std::string> seeds;
  std::chrono::milliseconds shrink_time{30'000};
  // Whether the corpus may be made smaller at the end, when that is due.
  bool may_minimise = true;
  std::uint32_t max_findings = 100;
  // How large the campaign's folder may become, in bytes; the session ends then. 0: no limit.
  std::uint64_t max_bytes = 0;
  // The clock that `time` is read from. Tests have one of their own.
  SessionTime::Now now = SessionTime::Clock::now;
};

struct FuzzProgress {
  double seconds = 0;
  std::uint64_t executions = 0;
  // Since the progress before, a second ago or so.
  double executions_per_second = 0;
  std::uint64_t coverage = 0;
  std::string coverage_unit;
  StateTotals states;
  std::size_t corpus = 0;
  // In the folder.
  std::size_t findings = 0;
  // Inputs that failed and are yet to be shrunk.
  std::size_t pending = 0;
};

// Told what happens. Every function returns quickly.
class CampaignListener : public FindingListener {
 public:
  virtual void note(const std::string& line) = 0;
  virtual void began(const SessionEntry& session, std::size_t earlier_sessions, std::size_t corpus,
                     std::size_t findings) = 0;
  virtual void progress(const FuzzProgress& progress) = 0;
  virtual void failed(const Verdict& verdict, const Trace& trace) = 0;
  // Also when it gave up, or had no time to begin.
  virtual void minimised(const Minimised& result) = 0;
};

struct FuzzResult {
  SessionEntry session;
  FuzzProgress progress;
  bool interrupted = false;
  // The session could not begin, or ended where something could not be written.
  std::optional<FileError> error;
};

// REQUIRES: the process has one thread.
[[nodiscard]] FuzzResult run_fuzz_session(const SubjectEntry& subject, const FuzzOptions& options,
                                          CampaignListener& listener);

// Makes the corpus of a campaign smaller (harness/campaign/minimise.hpp). Errors: the folder cannot be opened or
// written.
[[nodiscard]] std::variant<Minimised, FileError> minimise_campaign(const SubjectEntry& subject,
                                                                   const FuzzOptions& options,
                                                                   CampaignListener& listener);

}  // namespace cyclecheck
