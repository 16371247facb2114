// A story as one self-contained page: a slider over its frames, the graph drawn at each, both logs side by side.
#pragma once

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
  // What is said above the logs: that both agree, or the diagnosis.
  std::string verdict;
  // More objects than this are not drawn at once.
  std::size_t max_drawn = 48;
};

// The page needs no network and no other file. Runs the trace on the model. An object keeps its place from frame to
// frame and moves only to another generation; where more are alive than can be drawn, it is the neighbourhood of what a
// frame touched. O(frames * (objects + references)).
[[nodiscard]] std::string explanation_page(const Trace& trace, const PageOptions& options);

}  // namespace cyclecheck
