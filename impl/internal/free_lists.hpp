// CPython's free lists of lists, tuples, dictionaries, methods and frames, as far as they can be seen in count[0] (rule
// W8).
#pragma once

#include <array>
#include <cstdint>

#include "impl/semantics.hpp"

namespace cyclegc::internal {

// Only numbers: the memory itself is managed like any other.
class FreeLists {
 public:
  static constexpr std::uint32_t kTuplesOfASize = 2000;
  // Of dictionaries, and of lists.
  static constexpr std::uint32_t kMost = 80;

  void reset(const Semantics& rules) {
    const auto limited = [&](std::uint32_t items) { return items < tuples_.size() ? items : 0; };
    largest_kept_ = limited(rules.largest_kept_tuple);
    largest_taken_ = limited(rules.largest_taken_tuple);
    kept_methods_ = rules.kept_methods;
    kept_frames_ = rules.kept_frames;
    methods_ = frames_ = sets_ = 0;
    kept_sets_ = rules.kept_sets;
    frame_of_code_.fill(0);
    empties_dictionaries_ = rules.empties_dictionaries;
    filled_ = rules.free_lists_filled;
    tuples_.fill(0);
    dictionaries_ = 0;
    lists_ = 0;
  }

  // True: the object comes from a free list and is not an allocation.
  [[nodiscard]] bool take_tuple(std::uint32_t items) {
    if (items > largest_taken_) return false;
    return filled_ || take(tuples_[items]);
  }
  [[nodiscard]] bool take_dictionary() { return filled_ || take(dictionaries_); }
  [[nodiscard]] bool take_list() { return filled_ || take(lists_); }

  [[nodiscard]] bool take_set() { return kept_sets_ != 0 && (filled_ || take(sets_)); }
  [[nodiscard]] bool keep_set() { return kept_sets_ != 0 && (filled_ || keep(sets_, kept_sets_)); }

  [[nodiscard]] bool take_method() { return kept_methods_ != 0 && (filled_ || take(methods_)); }

  // One frame of each code is kept with it, which nothing empties (W8.7).
  [[nodiscard]] bool take_frame(std::size_t code) {
    return kept_frames_ != 0 && (filled_ || take(frame_of_code_[code]) || take(frames_));
  }

  // True: the object goes to a free list and is not freed.
  [[nodiscard]] bool keep_tuple(std::uint32_t items) {
    if (items > largest_kept_) return false;
    return filled_ || keep(tuples_[items], kTuplesOfASize);
  }
  [[nodiscard]] bool keep_dictionary() { return filled_ || keep(dictionaries_, kMost); }
  [[nodiscard]] bool keep_list() { return filled_ || keep(lists_, kMost); }
  [[nodiscard]] bool keep_method() { return kept_methods_ != 0 && (filled_ || keep(methods_, kept_methods_)); }

  [[nodiscard]] bool keep_frame(std::size_t code) {
    return kept_frames_ != 0 && (filled_ || keep(frame_of_code_[code], 1) || keep(frames_, kept_frames_));
  }

  // Empties those that a full collection empties and answers how many objects were freed.
  [[nodiscard]] std::uint32_t empty() {
    std::uint32_t freed = methods_ + frames_ + (empties_dictionaries_ ? dictionaries_ + lists_ : 0);
    methods_ = frames_ = 0;
    for (const std::uint32_t count : tuples_) freed += count;
    tuples_.fill(0);
    if (empties_dictionaries_) dictionaries_ = lists_ = 0;
    return freed;
  }

 private:
  static bool take(std::uint32_t& count) {
    if (count == 0) return false;
    --count;
    return true;
  }
  static bool keep(std::uint32_t& count, std::uint32_t limit) {
    if (count >= limit) return false;
    ++count;
    return true;
  }

  std::array<std::uint32_t, 21> tuples_{};
  std::uint32_t dictionaries_ = 0;
  std::uint32_t lists_ = 0;
  std::uint32_t methods_ = 0;
  std::uint32_t kept_methods_ = 0;
  std::uint32_t frames_ = 0;
  std::uint32_t sets_ = 0;
  std::uint32_t kept_sets_ = 0;
  std::array<std::uint32_t, 5> frame_of_code_{};
  std::uint32_t kept_frames_ = 0;
  std::uint32_t largest_kept_ = 0;
  std::uint32_t largest_taken_ = 0;
  bool empties_dictionaries_ = true;
  bool filled_ = false;
};

}  // namespace cyclegc::internal
