// A story as one self-contained page: a slider over its frames, the graph drawn at each, both logs side by side.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "harness/compare/compare.hpp"
#include "trace/event.hpp"
#include "trace/trace.hpp"

namespace cyclecheck {

struct PageOptions {
  std::string title;
  // The side beside the model; its log may end early.
  std::string other_name;
  std::optional<Log> other;
  // What is said first: that both agree, or the diagnosis, a sentence each.
  std::vector<std::string> verdict;
  // Where the page opens, if both sides differ there; otherwise at the beginning.
  std::optional<std::size_t> divergence;
  // Events above it are not compared, so that rows that differ in these alone are not framed.
  Level level = Level::order;
  // Where more objects are alive, a neighbourhood of at most so many is drawn.
  std::size_t max_whole = 29;
  std::size_t max_near = 24;
};

// The page needs no network and no other file. Runs the trace on the model. Where every object is drawn, each keeps its
// place from frame to frame and moves only to another generation; where more are alive than can be drawn, it is the
// neighbourhood of what a frame touched. Long stories are compressed: 3,000 operations come to less than a megabyte.
// O(frames * (objects + references)).
[[nodiscard]] std::string explanation_page(const Trace& trace, const PageOptions& options);

}  // namespace cyclecheck
