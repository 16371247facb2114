#include "harness/exhaust/walk.hpp"

#include <algorithm>

namespace cyclecheck {
namespace {

constexpr std::size_t kProgressLevels = 4;

Operation shutdown() {
  Operation operation;
  operation.code = OpCode::shutdown;
  return operation;
}

bool creates(OpCode code) {
  return code == OpCode::create || code == OpCode::tuple || code == OpCode::integer || code == OpCode::weakref ||
         code == OpCode::subref || code == OpCode::proxy || code == OpCode::method || code == OpCode::traceback;
}

}  // namespace

Walk::Walk(const Alphabet& alphabet, const Trace& empty, const WalkOptions& options)
    : alphabet_(alphabet), options_(options), trace_(empty) {
  trace_.names = alphabet.names;
  trace_.scripts = alphabet.scripts;
  trace_.operations.assign(1, shutdown());
  taken_.reserve(options.operations);
  levels_.reserve(options.operations);
}

void Walk::see(const HeapOutline& heap) {
  Level& level = levels_.emplace_back();
  level.heap = heap;
  if (levels_.size() > kProgressLevels) return;
  Forecast ignored;
  for (const Operation& letter : alphabet_.letters) {
    if (may_come(heap, letter, ignored)) ++level.choices;
  }
}

void Walk::close() {
  closed_ = true;
  position_.closed = true;
}

void Walk::take(std::size_t letter, const Forecast& forecast) {
  taken_.push_back({letter, forecast});
  trace_.operations.back() = alphabet_.letters[letter];
  trace_.operations.push_back(shutdown());
  position_.letters[position_.length++] = static_cast<std::uint16_t>(letter);
  position_.closed = false;
  closed_ = options_.without_idle && forecast.effect == Effect::failure;
}

void Walk::untake() {
  taken_.pop_back();
  trace_.operations.pop_back();
  trace_.operations.back() = shutdown();
  position_.letters[--position_.length] = 0;
}

// Whether something is created under a name in the trace that stands, or was tried to.
bool Walk::is_created(std::uint32_t name) const {
  return std::any_of(taken_.begin(), taken_.end(), [&](const Taken& taken) {
    const Operation& letter = alphabet_.letters[taken.letter];
    return creates(letter.code) && letter.target.value == name;
  });
}

// Whether a letter is among those that this walk tries in a heap. Each name is created once.
bool Walk::may_come(const HeapOutline& heap, const Operation& letter, Forecast& made) const {
  if (creates(letter.code)) {
    const std::uint32_t name = letter.target.value;
    if (is_created(name)) return false;
    const std::uint32_t integer = alphabet_.objects + alphabet_.weak_references;
    const bool is_first = name == 0 || name == alphabet_.objects || name == integer;
    if (options_.one_naming && !is_first && !is_created(name - 1)) return false;
  }
  made = forecast(heap, letter);
  return made.effect != Effect::none || !options_.without_idle;
}

// No operation may stand behind others that it is independent of if it could stand before one of them, which comes
// after it in the alphabet.
bool Walk::is_first_order(std::size_t letter, const Footprint& footprint) const {
  for (auto before = taken_.rbegin(); before != taken_.rend(); ++before) {
    if (!independent(before->forecast.footprint, footprint)) return true;
    if (letter < before->letter) return false;
  }
  return true;
}

bool Walk::take_next(Level& level) {
  for (; level.next_letter < alphabet_.letters.size(); ++level.next_letter) {
    Forecast made;
    if (!may_come(level.heap, alphabet_.letters[level.next_letter], made)) continue;
    ++level.tried;
    if (options_.one_order && !is_first_order(level.next_letter, made.footprint)) continue;
    if (taken_.size() + 1 == kSplit) {
      const std::uint64_t part = parts_++;
      if (part_ && *part_ != part) continue;
    }
    take(level.next_letter++, made);
    return true;
  }
  return false;
}

// The next trace, as long as there are more levels than these.
bool Walk::next_below(std::size_t levels) {
  // levels_[i] belongs to the first i letters: one level more than letters means that the trace goes on.
  while (levels_.size() > levels) {
    while (taken_.size() >= levels_.size()) untake();
    if (take_next(levels_.back())) return true;
    levels_.pop_back();
  }
  return false;
}

bool Walk::next() { return next_below(0); }

bool Walk::next_in_part() { return next_below(kSplit); }

bool Walk::go_to_part(std::uint64_t number, const Look& look) {
  if (is_over_) return false;
  part_ = number;
  if (levels_.size() > kSplit) levels_.erase(levels_.begin() + kSplit, levels_.end());
  if (taken_.size() < kSplit && levels_.size() == taken_.size() && goes_on()) see(look(trace_));
  while (next()) {
    if (taken_.size() == kSplit) return true;
    if (goes_on()) see(look(trace_));
  }
  is_over_ = true;
  return false;
}

bool Walk::go_to(const WalkPosition& position, std::uint64_t part, const Look& look) {
  for (std::size_t i = 0; i < position.length; ++i) {
    const std::size_t letter = position.letters[i];
    if (letter >= alphabet_.letters.size() || !goes_on()) return false;
    see(look(trace_));
    Level& level = levels_.back();
    Forecast made;
    for (; level.next_letter <= letter; ++level.next_letter) {
      if (may_come(level.heap, alphabet_.letters[level.next_letter], made)) {
        ++level.tried;
      } else if (level.next_letter == letter) {
        return false;
      }
    }
    take(letter, made);
  }
  parts_ = part + 1;
  if (position.closed) close();
  return true;
}

double Walk::progress() const {
  double done = 0;
  double share = 1;
  for (std::size_t i = 0; i < levels_.size() && i < kProgressLevels; ++i) {
    const Level& level = levels_[i];
    if (level.choices == 0 || level.tried == 0) break;
    share /= static_cast<double>(level.choices);
    done += share * static_cast<double>(level.tried - 1);
  }
  return std::min(done, 1.0);
}

}  // namespace cyclecheck
