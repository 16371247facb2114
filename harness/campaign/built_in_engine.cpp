#include "harness/campaign/built_in_engine.hpp"

#include <utility>

#include "harness/system/system.hpp"

namespace cyclecheck {

BuiltInEngine::BuiltInEngine(std::string name, MakeContestants make, BuiltInOptions options, std::string running,
                             const std::vector<std::string>& corpus, KnownFailures known)
    : name_(std::move(name)),
      make_(std::move(make)),
      options_(std::move(options)),
      running_(std::move(running)),
      known_(std::move(known)),
      found_(make_shared_value<SharedInputs>()) {
  for (const std::string& input : corpus) guidance_.add_unmeasured(input);
}

BuiltInEngine::~BuiltInEngine() {
  workers_.reset();
  free_shared_value(found_);
}

void BuiltInEngine::start(StateCounts& counts, const std::string& /*counts_path*/) {
  drawing_ = std::make_unique<MutatedInputs>(options_, running_, rounds_++, guidance_, *found_, counts);
  WorkersOptions options;
  options.jobs = options_.jobs;
  options.timeout = options_.timeout;
  options.folder = running_;
  options.as_they_come = true;
  options.note = [this](MessageReader& note) { take_note(note); };
  workers_ = std::make_unique<Workers>(std::vector{make_}, *drawing_, options);
  workers_->know(known_);
  told_ = 0;
}

void BuiltInEngine::poll(std::chrono::milliseconds pause, EngineListener& listener) {
  if (!workers_) return;
  listener_ = &listener;
  for (auto failure = workers_->look(pause); failure; failure = workers_->look(std::chrono::milliseconds{0})) {
    tell(*failure);
  }
  tell_counts();
}

void BuiltInEngine::take_note(MessageReader& note) {
  if (note.get<JobNote>() == JobNote::measured) {
    const auto number = note.get<std::uint32_t>();
    return guidance_.measured(number, note.get_values<std::uint32_t>());
  }
  std::string input = note.get_string();
  const Features features = note.get_values<std::uint32_t>();
  // Two jobs may find the same thing.
  if (!guidance_.is_news(features)) return;
  guidance_.add(input, features);
  listener_->interesting(input);
  found_->add(input, features);
  drawing_->guidance_knows_all();
}

void BuiltInEngine::tell(const SearchFailure& failure) {
  known_.add(0, failure.verdict.signature);
  ++told_;
  listener_->failed(failure.kept, failure.verdict);
}

// Failures that were known.
void BuiltInEngine::tell_counts() {
  const std::uint64_t failures = workers_->counters(0).failures;
  if (failures <= told_) return;
  listener_->failed_again(failures - told_);
  told_ = failures;
}

void BuiltInEngine::stop(EngineListener& listener) {
  if (!workers_) return;
  listener_ = &listener;
  workers_->stop();
  const auto now = std::chrono::steady_clock::now();
  while (const auto failure = workers_->next(now, [] { return false; })) tell(*failure);
  tell_counts();
  workers_.reset();
  drawing_.reset();
}

std::vector<pid_t> BuiltInEngine::processes() const { return workers_ ? workers_->processes() : std::vector<pid_t>{}; }

}  // namespace cyclecheck
