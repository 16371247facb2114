#include "harness/exhaust/search.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <memory>
#include <utility>

#include "harness/system/system.hpp"

namespace cyclecheck {
namespace {

class Exhaust {
 public:
  Exhaust(const SubjectEntry& subject, const ExhaustOptions& options)
      : subject_(subject),
        options_(options),
        description_(describe_search(subject, options)),
        drawing_(options.traces, options.search.workers.jobs, description_) {
    done_.search = description_;
    done_.shard = options.traces.shard;
    done_.shards = options.traces.shards;
    for (const ProfileId id : options.traces.profiles) {
      done_.rows.push_back({std::string{profile(id).name}, 0, 0, 0, 0, {}});
    }
  }

  ExhaustResult run(SearchListener& listener) {
    ExhaustResult result;
    const bool has_file = !options_.checkpoint.empty();
    if (has_file && std::filesystem::exists(options_.checkpoint)) result.search.error = restore();
    if (result.search.error) return result;
    SearchOptions search = options_.search;
    search.workers.done = done_.chunks;
    if (has_file) {
      search.keep = [this](const Workers& workers) -> std::optional<FileError> {
        const auto written = write_file(options_.checkpoint, print_checkpoint(checkpoint(workers)));
        if (const auto* error = std::get_if<FileError>(&written)) return *error;
        return std::nullopt;
      };
    }
    result.search = find_failures(subject_, drawing_, search, listener);
    for (std::size_t i = 0; i < done_.rows.size(); ++i) {
      const Checkpoint::Row& before = done_.rows[i];
      const auto states = all_states(i);
      ExhaustRow& row = result.rows.emplace_back();
      row = {options_.traces.profiles[i], before.traces,   before.operations, before.failures, states->size(),
             states->is_exact(),          drawing_.done(i)};
      if (result.search.progress.profiles.empty()) continue;
      const ProfileCounters& now = result.search.progress.profiles[i].counters;
      row.traces += now.traces;
      row.operations += now.operations - now.traces;
      row.failures += now.failures;
    }
    return result;
  }

 private:
  // What was done before this process began.
  [[nodiscard]] std::optional<FileError> restore() {
    const auto bytes = read_file(options_.checkpoint);
    if (const auto* error = std::get_if<FileError>(&bytes)) return *error;
    auto parsed = parse_checkpoint(options_.checkpoint, std::get<std::string>(bytes));
    if (const auto* error = std::get_if<FileError>(&parsed)) return *error;
    auto& stored = std::get<Checkpoint>(parsed);
    if (stored.search != done_.search || stored.shard != done_.shard || stored.shards != done_.shards ||
        stored.rows.size() != done_.rows.size()) {
      return FileError{fmt::format("{}: is of another search: {} --shard {}/{}", options_.checkpoint, stored.search,
                                   stored.shard, stored.shards)};
    }
    done_ = std::move(stored);
    return std::nullopt;
  }

  // Of all processes.
  [[nodiscard]] std::unique_ptr<DistinctCount> all_states(std::size_t column) const {
    auto states = std::make_unique<DistinctCount>();
    states->merge(done_.rows[column].zeros, done_.rows[column].kept);
    drawing_.add_states(column, *states);
    return states;
  }

  // States of a chunk that is not done yet may be among those kept: it is done again, and they are the same then.
  [[nodiscard]] Checkpoint checkpoint(const Workers& workers) const {
    Checkpoint made = done_;
    made.chunks = workers.done();
    made.is_done = workers.is_done();
    for (std::size_t i = 0; i < made.rows.size(); ++i) {
      Checkpoint::Row& row = made.rows[i];
      const ProfileCounters now = workers.counters_of_done(i);
      row.traces += now.traces;
      row.operations += now.operations - now.traces;
      row.failures += now.failures;
      DistinctCount::Kept kept = all_states(i)->kept();
      row.zeros = kept.zeros;
      row.kept = std::move(kept.numbers);
    }
    return made;
  }

  const SubjectEntry& subject_;
  const ExhaustOptions& options_;
  std::string description_;
  EveryTrace drawing_;
  Checkpoint done_;
};

}  // namespace

std::string describe_search(const SubjectEntry& subject, const ExhaustOptions& options) {
  const EveryTrace::Options& traces = options.traces;
  std::string text =
      fmt::format("cyclecheck exhaust --alphabet {} --objects {} --weakrefs {} --ops {} --subject {} --level {}",
                  traces.alphabet, traces.objects, traces.weak_references, traces.walk.operations,
                  for_shell(subject.name), to_string(options.search.level));
  for (const ProfileId id : traces.profiles) text += fmt::format(" --profile {}", profile(id).name);
  if (traces.threshold) text += fmt::format(" --threshold {}", fmt::join(*traces.threshold, ","));
  if (!traces.walk.one_naming || !traces.walk.one_order || !traces.walk.without_idle) text += " --no-reduction";
  if (subject.lacks.any()) text += " --without " + words_of(subject.lacks);
  return text;
}

ExhaustResult run_exhaust(const SubjectEntry& subject, const ExhaustOptions& options, SearchListener& listener) {
  return Exhaust(subject, options).run(listener);
}

}  // namespace cyclecheck
