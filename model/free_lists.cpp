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

bool FreeLists::put_list() { return put(lists_, kMost); }

std::size_t FreeLists::empty() {
  std::size_t freed = 0;
  if (empties_dictionaries_) freed += std::exchange(dictionaries_, 0) + std::exchange(lists_, 0);
  for (auto& [size, entries] : tuples_) freed += std::exchange(entries, 0);
  return freed;
}

}  // namespace cyclecheck::model
