#include "harness/shrink/shrink_search.hpp"

#include "trace/normal_form.hpp"

namespace cyclecheck {

using Clock = std::chrono::steady_clock;

ShrinkSearch::ShrinkSearch(const Trace& trace, const StillFails& still_fails, const ShrinkOptions& options)
    : best_(with_ordered_scripts(trace)),
      cost_(cost_of(best_)),
      still_fails_(still_fails),
      options_(options),
      deadline_(Clock::now() + options.budget) {}

bool ShrinkSearch::attempt(Trace&& candidate) {
  if (exhausted_) return false;
  const TraceCost cost = cost_of(candidate);
  if (!(cost < cost_)) return false;
  if (!tried_.insert(hash_of(candidate)).second) return false;
  if (Clock::now() >= deadline_ || (options_.stop && options_.stop())) {
    exhausted_ = true;
    return false;
  }
  ++progress_.attempts;
  if (!still_fails_(candidate)) return false;
  ++progress_.steps;
  best_ = with_ordered_scripts(candidate);
  cost_ = cost;
  if (options_.on_best) options_.on_best(best_, progress_);
  return true;
}

bool ShrinkSearch::attempt_without(std::size_t begin, std::size_t end) {
  Trace candidate = best_;
  erase_range(candidate.operations, begin, end);
  return attempt(std::move(candidate));
}

ShrinkResult ShrinkSearch::finish() {
  Trace candidate = best_;
  candidate.names.clear();
  candidate = normalised(candidate);
  for (std::size_t i = 0; i < candidate.names.size(); ++i) candidate.names[i] = letter_name(i);
  // A name's number takes part in digests alone; but then nothing may be assumed of a subject that is wrong.
  ++progress_.attempts;
  if (still_fails_(candidate)) best_ = std::move(candidate);
  return {std::move(best_), !exhausted_, progress_};
}

}  // namespace cyclecheck
