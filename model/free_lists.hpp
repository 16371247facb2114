// The interpreter's free lists of lists, tuples, dictionaries, methods and frames, as far as generation counts show
// them (rule W8).
#pragma once

#include <array>
#include <cstddef>
#include <map>

#include "trace/profile.hpp"

namespace cyclecheck::model {

class FreeLists {
 public:
  // `filled`: the lists never run out, and never change (W8.5).
  FreeLists(const Profile& profile, bool filled)
      : largest_kept_(profile.largest_kept_tuple),
        largest_taken_(profile.largest_taken_tuple),
        kept_methods_(profile.kept_methods),
        kept_frames_(profile.kept_frames),
        kept_sets_(profile.kept_sets),
        empties_dictionaries_(profile.empties_dictionaries),
        filled_(filled) {}

  // Whether an object of this kind comes from a free list; then it is no allocation (W8.2, W8.3).
  bool take_tuple(std::size_t size);
  bool take_dictionary();
  bool take_list();
  bool take_method();
  bool take_frame(std::size_t code);
  bool take_set();
  // Whether a dead object of this kind goes to a free list; then it is not freed (W8.1, W8.3).
  bool put_tuple(std::size_t size);
  bool put_dictionary();
  bool put_list();
  bool put_method();
  bool put_frame(std::size_t code);
  bool put_set();
  // Empties the lists, as a full collection does; answers how many objects are freed by that (W8.4).
  std::size_t empty();

 private:
  static constexpr std::size_t kMostTuples = 2000;
  // Of dictionaries, and of lists.
  static constexpr std::size_t kMost = 80;

  bool take(std::size_t& entries) const;
  bool put(std::size_t& entries, std::size_t most) const;

  std::size_t largest_kept_;
  std::size_t largest_taken_;
  std::size_t kept_methods_;
  std::size_t kept_frames_;
  std::size_t kept_sets_;
  bool empties_dictionaries_;
  bool filled_;
  std::map<std::size_t, std::size_t> tuples_;  // by size
  std::size_t dictionaries_ = 0;
  std::size_t lists_ = 0;
  std::size_t methods_ = 0;
  std::size_t frames_ = 0;
  std::size_t sets_ = 0;
  // One of each code is kept elsewhere, which nothing empties.
  std::array<std::size_t, 5> frame_of_code_{};
};

}  // namespace cyclecheck::model
