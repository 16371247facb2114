#include "model/free_lists.hpp"

#include <utility>

namespace cyclecheck::model {

bool FreeLists::take_tuple(std::size_t size) {
  if (size > largest_taken_) return false;
  if (filled_) return true;
  std::size_t& entries = tuples_[size];
  if (entries == 0) return false;
  --entries;
  return true;
}

bool FreeLists::take_dictionary() {
  if (filled_) return true;
  if (dictionaries_ == 0) return false;
  --dictionaries_;
  return true;
}

bool FreeLists::put_tuple(std::size_t size) {
  if (size > largest_kept_) return false;
  if (filled_) return true;
  std::size_t& entries = tuples_[size];
  if (entries == kMostTuples) return false;
  ++entries;
  return true;
}

bool FreeLists::put_dictionary() {
  if (filled_) return true;
  if (dictionaries_ == kMostDictionaries) return false;
  ++dictionaries_;
  return true;
}

std::size_t FreeLists::empty() {
  std::size_t freed = empties_dictionaries_ ? std::exchange(dictionaries_, 0) : 0;
  for (auto& [size, entries] : tuples_) freed += std::exchange(entries, 0);
  return freed;
}

}  // namespace cyclecheck::model
