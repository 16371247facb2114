#include "model/free_lists.hpp"

#include <utility>

namespace cyclecheck::model {

bool FreeLists::take(std::size_t& entries) const {
  if (filled_) return true;
  if (entries == 0) return false;
  --entries;
  return true;
}

bool FreeLists::put(std::size_t& entries, std::size_t most) const {
  if (filled_) return true;
  if (entries == most) return false;
  ++entries;
  return true;
}

bool FreeLists::take_tuple(std::size_t size) { return size <= largest_taken_ && take(tuples_[size]); }

bool FreeLists::take_dictionary() { return take(dictionaries_); }

bool FreeLists::take_list() { return take(lists_); }

bool FreeLists::put_tuple(std::size_t size) { return size <= largest_kept_ && put(tuples_[size], kMostTuples); }

bool FreeLists::put_dictionary() { return put(dictionaries_, kMost); }

bool FreeLists::take_method() { return kept_methods_ != 0 && take(methods_); }

bool FreeLists::put_method() { return kept_methods_ != 0 && put(methods_, kept_methods_); }

// W8.7.
bool FreeLists::take_frame(std::size_t code) {
  return kept_frames_ != 0 && (take(frame_of_code_[code]) || take(frames_));
}

bool FreeLists::put_frame(std::size_t code) {
  return kept_frames_ != 0 && (put(frame_of_code_[code], 1) || put(frames_, kept_frames_));
}

bool FreeLists::take_set() { return kept_sets_ != 0 && take(sets_); }

bool FreeLists::put_set() { return kept_sets_ != 0 && put(sets_, kept_sets_); }

bool FreeLists::put_list() { return put(lists_, kMost); }

std::size_t FreeLists::empty() {
  std::size_t freed = std::exchange(methods_, 0) + std::exchange(frames_, 0);
  if (empties_dictionaries_) freed += std::exchange(dictionaries_, 0) + std::exchange(lists_, 0);
  for (auto& [size, entries] : tuples_) freed += std::exchange(entries, 0);
  return freed;
}

}  // namespace cyclecheck::model
