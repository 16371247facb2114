#include "harness/campaign/session.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <deque>
#include <exception>
#include <filesystem>
#include <memory>
#include <utility>

#include "harness/campaign/built_in_engine.hpp"
#include "harness/campaign/cpu_time.hpp"
#include "harness/campaign/discard.hpp"
#include "harness/campaign/folder.hpp"
#include "harness/campaign/known_findings.hpp"
#include "harness/campaign/page.hpp"
#include "harness/campaign/recovery.hpp"
#include "harness/campaign/seeds.hpp"
#include "harness/campaign/state_store.hpp"
#include "harness/campaign/target_engine.hpp"
#include "harness/compare/compare.hpp"
#include "harness/inputs/inputs.hpp"
#include "harness/isolate/isolate.hpp"
#include "harness/system/system.hpp"

namespace cyclecheck {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kPause{100};
// How long a look at the jobs may wait for files to be removed.
constexpr std::chrono::milliseconds kTidying{20};
constexpr std::chrono::seconds kBetweenCheckpoints{1};
constexpr std::chrono::seconds kBetweenSyncs{10};
// A campaign of fewer inputs is not minimised of its own accord.
constexpr std::size_t kSmallCorpus = 500;
// What minimising takes for an input, in executions of one job: measured, and somewhat more. A target runs each input
// twice more, and libFuzzer writes down what it reached.
constexpr double kToMinimise = 3;
constexpr double kToMinimiseWithTarget = 10;

std::string host_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown";
}

// Everything that was written to the file system of the folder is on the disk.
void sync_all(const std::string& folder) {
  const int directory = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return;
  (void)syncfs(directory);
  close(directory);
}

// The bytes of all files in a folder. Those that vanish meanwhile are not counted.
std::uint64_t size_of(const std::string& folder) {
  std::uint64_t bytes = 0;
  std::error_code error;
  for (auto entry = fs::recursive_directory_iterator(folder, error);
       !error && entry != fs::recursive_directory_iterator{}; entry.increment(error)) {
    std::error_code gone;
    const auto size = entry->is_regular_file(gone) ? entry->file_size(gone) : 0;
    if (!gone) bytes += size;
  }
  return bytes;
}

struct Failure {
  std::string input;
  // Nothing: it is left from a session that was killed.
  std::optional<Verdict> verdict;
};

class Session final : public EngineListener {
 public:
  Session(const SubjectEntry& subject, const FuzzOptions& options, CampaignListener& listener)
      : subject_(subject),
        options_(options),
        listener_(listener),
        make_(against_model(subject, options.level)),
        time_(options.time, options.now),
        cpu_before_(own_cpu_seconds()) {}

  FuzzResult run() {
    try {
      if (begin()) {
        fuzz();
        finish();
      }
    } catch (const std::exception& error) {
      fail({error.what()});
      if (engine_) give_up();
    }
    result_.session = entry_;
    result_.interrupted = listener_.interrupted();
    return std::move(result_);
  }

  void interesting(const std::string& input) override {
    if (const auto added = corpus_->add(input); std::holds_alternative<FileError>(added)) {
      fail(std::get<FileError>(added));
    }
  }

  void failed(const std::string& input, const Verdict& verdict) override {
    ++entry_.failures;
    // Before anything else: from now on it is not lost.
    if (const auto added = pending_->add(input, true); std::holds_alternative<FileError>(added)) {
      fail(std::get<FileError>(added));
    }
    set_aside(input);
    queue_.push_back({input, verdict});
  }

  void failed_again(std::uint64_t times) override { entry_.failures += times; }

 private:
  // The first error is the one to tell.
  void fail(const FileError& error) {
    if (!result_.error) result_.error = error;
  }

  template <typename Value>
  [[nodiscard]] bool is_good(const std::variant<Value, FileError>& answer) {
    if (const auto* error = std::get_if<FileError>(&answer)) fail(*error);
    return std::holds_alternative<Value>(answer);
  }

  [[nodiscard]] std::string file(const std::string& name) const { return folder_->file(name); }

  void tell(const Notes& notes) {
    for (const std::string& line : notes.lines()) listener_.note(line);
  }

  [[nodiscard]] bool begin() {
    Notes notes;
    auto opened = CampaignFolder::open(options_.campaign, notes);
    if (!is_good(opened)) return false;
    folder_ = std::get<CampaignFolder>(std::move(opened));
    const bool is_ready = load(notes) && recover(notes) && add_seeds(notes);
    tell(notes);
    if (!is_ready) return false;
    describe();
    Notes more;
    auto live = begin_live_states(file("states"), more);
    tell(more);
    if (!is_good(live)) return false;
    counts_ = std::get<StateCounts>(std::move(live));
    executions_before_ = counts_->totals().executions;
    make_engine();
    if (!is_good(store_session(file("sessions"), entry_, true))) return false;
    listener_.began(entry_, earlier_sessions_, corpus_->size(), findings_.size());
    return true;
  }

  [[nodiscard]] bool load(Notes& notes) {
    auto corpus = Inputs::load(file("corpus"), true, notes);
    auto pending = Inputs::load(file("pending"), true, notes);
    auto failing = Inputs::load(file("failing"), true, notes);
    if (!is_good(corpus) || !is_good(pending) || !is_good(failing)) return false;
    corpus_ = std::get<Inputs>(std::move(corpus));
    pending_ = std::get<Inputs>(std::move(pending));
    failing_ = std::get<Inputs>(std::move(failing));
    findings_ = load_findings(file("findings"), notes);
    for (const KnownFinding& finding : findings_) known_.add(0, finding.signature);
    const auto sessions = load_sessions(file("sessions"), notes);
    earlier_sessions_ = sessions.size();
    return true;
  }

  // What a session that was killed left behind.
  [[nodiscard]] bool recover(Notes& notes) {
    if (const auto error = take_up_inputs(file("running"), *corpus_, *pending_)) {
      fail(*error);
      return false;
    }
    // What was found by the session before counts as that, wherever it lay.
    found_inputs_ = corpus_->size();
    if (!is_good(end_live_states(file("states"), folder_->id(), notes))) return false;
    clear_running(file("running"));
    for (const auto& [name, input] : pending_->all()) queue_.push_back({input, std::nullopt});
    return true;
  }

  [[nodiscard]] bool add_seeds(Notes& notes) {
    for (const std::string& path : options_.seeds) {
      const auto read = read_seeds(path, notes);
      if (!is_good(read)) return false;
      for (const std::string& seed : std::get<std::vector<std::string>>(read)) {
        if (!is_good(corpus_->add(seed))) return false;
      }
    }
    if (corpus_->size() != 0) return true;
    for (const std::string& seed : generated_seeds(options_.profiles, options_.max_length)) {
      if (!is_good(corpus_->add(seed))) return false;
    }
    return true;
  }

  void describe() {
    std::string stamp = utc_now();
    entry_.started = stamp;
    std::erase_if(stamp, [](char c) { return c == '-' || c == ':' || c == '.'; });
    stamp[8] = 'T';
    entry_.id = fmt::format("{}Z-{}", stamp, random_digits(8));
    entry_.machine = folder_->id();
    entry_.host = host_name();
    entry_.commit = build_commit();
    entry_.compiler = build_compiler();
    entry_.seed = options_.seed + earlier_sessions_;
    entry_.jobs = options_.jobs;
  }

  void make_engine() {
    if (options_.target) {
      TargetOptions target;
      target.seed = entry_.seed;
      target.jobs = options_.jobs;
      target.max_length = options_.max_length;
      target.timeout = options_.timeout;
      engine_ = std::make_unique<TargetEngine>(*options_.target, target, file("running"), file("corpus"));
    } else {
      BuiltInOptions built_in;
      built_in.seed = entry_.seed;
      built_in.jobs = options_.jobs;
      built_in.max_length = options_.max_length;
      built_in.profiles = options_.profiles;
      built_in.missing = subject_.missing;
      built_in.lacks = subject_.lacks;
      built_in.timeout = options_.timeout;
      std::vector<std::string> inputs;
      for (const auto& [name, input] : corpus_->all()) inputs.push_back(input);
      engine_ = std::make_unique<BuiltInEngine>(
          fmt::format("built in: {} at level {}", subject_.name, to_string(options_.level)), make_, built_in,
          file("running"), inputs, known_);
    }
    entry_.engine = engine_->name();
    entry_.coverage_unit = engine_->coverage_unit();
  }

  void fuzz() {
    engine_->start(*counts_, live_states_path(file("states")));
    checkpoint(true);
    while (!is_over()) {
      pump(kPause);
      while (!queue_.empty() && !is_over()) {
        const Failure failure = std::move(queue_.front());
        queue_.pop_front();
        investigate_failure(failure);
      }
    }
  }

  // Lets the jobs speak, and writes down what there is when that is due.
  void pump(std::chrono::milliseconds pause) {
    engine_->poll(pause, *this);
    if (counts_->is_half_full()) {
      engine_->stop(*this);
      nothing_discarded_ = false;
      if (!is_good(grow_live_states(file("states"), *counts_))) return;
      engine_->start(*counts_, live_states_path(file("states")));
    }
    if (Clock::now() - last_checkpoint_ >= kBetweenCheckpoints) checkpoint(false);
    if (!nothing_discarded_) {
      const auto until = Clock::now() + kTidying;
      nothing_discarded_ = remove_discarded(file("running"), [&] { return Clock::now() >= until; });
    }
  }

  [[nodiscard]] bool is_minimising_due() const {
    // A session that goes on after one that was killed is to show all inputs again: it is not due at once.
    return options_.may_minimise &&
           corpus_->size() >= std::max(kSmallCorpus, 2 * std::max(folder_->minimised(), found_inputs_));
  }

  // What is still to be done when the jobs have been stopped.
  [[nodiscard]] double closing_seconds() const {
    if (!is_minimising_due()) return 0;
    const FuzzProgress& progress = result_.progress;
    const double seconds_each =
        progress.seconds * options_.jobs / static_cast<double>(std::max<std::uint64_t>(progress.executions, 1));
    return seconds_each * static_cast<double>(corpus_->size()) *
           (options_.target ? kToMinimiseWithTarget : kToMinimise);
  }

  [[nodiscard]] bool is_over() {
    const auto ends = [&](const char* why) {
      entry_.end = why;
      return true;
    };
    if (result_.error) return ends("error");
    if (listener_.interrupted()) return ends("interrupted");
    if (entry_.findings >= options_.max_findings) return ends("findings");
    if (options_.max_bytes != 0 && bytes_ > options_.max_bytes) return ends("size");
    if (time_.is_over_but_for(closing_seconds())) return ends("time");
    const std::uint64_t executions = counts_->totals().executions - executions_before_;
    if (options_.executions && executions >= *options_.executions) return ends("executions");
    return false;
  }

  [[nodiscard]] FuzzProgress progress() const {
    FuzzProgress progress;
    progress.seconds = time_.seconds();
    progress.states = counts_->totals();
    progress.executions = progress.states.executions - executions_before_;
    progress.coverage = engine_->coverage();
    progress.coverage_unit = engine_->coverage_unit();
    progress.corpus = corpus_->size();
    progress.findings = findings_.size();
    progress.pending = pending_->size();
    return progress;
  }

  void checkpoint(bool sync) {
    FuzzProgress now = progress();
    const double elapsed = now.seconds - result_.progress.seconds;
    if (elapsed > 0) {
      now.executions_per_second = static_cast<double>(now.executions - result_.progress.executions) / elapsed;
    }
    result_.progress = now;
    last_checkpoint_ = Clock::now();
    listener_.progress(now);
    entry_.seconds = now.seconds;
    entry_.executions = now.executions;
    entry_.corpus = now.corpus;
    entry_.coverage = std::max(entry_.coverage, now.coverage);
    entry_.states = now.states.states;
    entry_.cpu_seconds = own_cpu_seconds() - cpu_before_;
    for (const pid_t process : engine_->processes()) entry_.cpu_seconds += cpu_seconds_of(process);
    if (!is_good(store_session(file("sessions"), entry_, sync))) return;
    // The longer the session, the rarer: there are a few hundred samples in any case.
    if (sync || now.seconds >= next_sample_) {
      next_sample_ = now.seconds * 1.02 + 1;
      const Sample sample{now.seconds, now.executions, now.coverage, now.states.states, now.corpus, now.findings};
      if (!is_good(append_sample(file("sessions"), entry_.id, sample))) return;
    }
    if (!sync && Clock::now() - last_sync_ < kBetweenSyncs) return;
    last_sync_ = Clock::now();
    sync_all(folder_->path());
    if (options_.max_bytes != 0) bytes_ = size_of(folder_->path());
    Notes ignored;
    (void)is_good(write_page(*folder_, ignored));
  }

  // An input that fails does not stay in the corpus: a target could not begin with it.
  void set_aside(const std::string& input) {
    const std::string name = input_name(input);
    if (!corpus_->all().contains(name)) return;
    if (is_good(failing_->add(input, true))) corpus_->remove(name);
  }

  void investigate_failure(const Failure& failure) {
    const std::string name = input_name(failure.input);
    const Trace trace = fuzz_trace({reinterpret_cast<const std::uint8_t*>(failure.input.data()), failure.input.size()});
    Isolated isolated(make_, Observe::digest, options_.timeout);
    std::unique_ptr<TraceChecker> target;
    TraceChecker* checker = &isolated;
    Verdict verdict = isolated.check(trace);
    if (verdict.outcome == Outcome::agree && options_.target) {
      // What sanitizers and the collector's own checks see, only the target sees.
      target = std::make_unique<TargetChecker>(options_.target->path, file("running"), options_.timeout);
      checker = target.get();
      verdict = target->check(trace);
    }
    if (verdict.outcome == Outcome::agree) {
      // An input that happened to run when everything was killed, or a failure that does not come again.
      if (!failure.verdict) return pending_->remove(name);
      verdict = *failure.verdict;
      checker = &isolated;
    }
    if (known_.has(0, verdict.signature)) return pending_->remove(name);
    listener_.failed(verdict, trace);
    PursueOptions pursuing;
    pursuing.checker = checker;
    pursuing.timeout = options_.timeout;
    pursuing.shrink_time = options_.shrink_time;
    pursuing.findings = file("findings");
    // The input waits in `pending` until its finding is stored.
    pursuing.keeps_unshrunk = false;
    pursuing.stop = [&] {
      // The jobs go on meanwhile.
      pump(std::chrono::milliseconds{0});
      return listener_.interrupted() || result_.error.has_value() || time_.is_over();
    };
    Finding finding;
    finding.subject = subject_.name;
    finding.level = options_.level;
    finding.promised = subject_.level;
    finding.command = checker == &isolated
                          ? fmt::format("cyclecheck replay --subject {} --level {} FOLDER", for_shell(subject_.name),
                                        to_string(options_.level))
                          : fmt::format("{} FOLDER/trace.input", fs::path(options_.target->path).filename().string());
    finding.is_input = true;
    StoredFinding where;
    if (const auto error = pursue(finding, trace, verdict, pursuing, listener_, &where)) return fail(*error);
    const Investigation& investigation = finding.investigation;
    findings_.push_back({fs::path(where.path).filename().string(), investigation.signature,
                         std::string{profile(finding.original.profile).name},
                         investigation.is_flaky() ? "flaky" : "reproducible", investigation.trace.operations.size(),
                         false});
    known_.add(0, investigation.signature);
    if (!where.existed) ++entry_.findings;
    pending_->remove(name);
  }

  // After an error: what can still be written is.
  void give_up() {
    entry_.end = "error";
    try {
      engine_->stop(*this);
      checkpoint(true);
    } catch (const std::exception&) {
      // The first error is the one to tell.
    }
    Notes ignored;
    counts_.reset();
    (void)end_live_states(file("states"), folder_->id(), ignored);
  }

  void finish() {
    const std::string end = entry_.end;
    engine_->stop(*this);
    // What failed in the last moment. After an interruption, or when there are findings enough or the time is over, it
    // waits for the next session.
    while (!queue_.empty() && !listener_.interrupted() && !result_.error && !time_.is_over() &&
           entry_.findings < options_.max_findings) {
      const Failure failure = std::move(queue_.front());
      queue_.pop_front();
      investigate_failure(failure);
    }
    entry_.end = result_.error ? "error" : end;
    if (!listener_.interrupted() && !result_.error) minimise_if_due();
    checkpoint(true);
    counts_.reset();
    Notes notes;
    (void)is_good(end_live_states(file("states"), folder_->id(), notes));
    (void)is_good(write_page(*folder_, notes));
    clear_running(file("running"));
    // After an interruption nobody is to wait: the next session does it.
    (void)remove_discarded(file("running"), [&] { return listener_.interrupted() || time_.is_over(); });
  }

  void minimise_if_due() {
    if (!is_minimising_due()) return;
    if (time_.is_over()) return listener_.minimised({corpus_->size(), corpus_->size(), true});
    MinimiseOptions minimising{
        make_,           Observe::digest, options_.timeout,
        options_.target, file("running"), [&] { return listener_.interrupted() || time_.is_over(); },
        options_.jobs};
    const auto minimised = minimise(*corpus_, minimising);
    if (!is_good(minimised)) return;
    const auto& result = std::get<Minimised>(minimised);
    listener_.minimised(result);
    if (!result.gave_up) (void)is_good(folder_->set_minimised(result.after));
  }

  const SubjectEntry& subject_;
  const FuzzOptions& options_;
  CampaignListener& listener_;
  MakeContestants make_;
  SessionTime time_;
  double cpu_before_;
  FuzzResult result_;

  std::optional<CampaignFolder> folder_;
  std::optional<Inputs> corpus_;
  std::optional<Inputs> pending_;
  std::optional<Inputs> failing_;
  std::vector<KnownFinding> findings_;
  // Their signatures.
  KnownFailures known_;
  std::size_t earlier_sessions_ = 0;
  // How many inputs the corpus had when the session began.
  std::size_t found_inputs_ = 0;
  // Of the folder, when it was last measured.
  std::uint64_t bytes_ = 0;
  std::deque<Failure> queue_;
  SessionEntry entry_;
  std::optional<StateCounts> counts_;
  std::unique_ptr<FuzzEngine> engine_;
  std::uint64_t executions_before_ = 0;
  Clock::time_point last_checkpoint_;
  Clock::time_point last_sync_;
  double next_sample_ = 0;
  bool nothing_discarded_ = false;
};

}  // namespace

FuzzResult run_fuzz_session(const SubjectEntry& subject, const FuzzOptions& options, CampaignListener& listener) {
  return Session(subject, options, listener).run();
}

}  // namespace cyclecheck
