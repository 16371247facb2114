// A story as text, frame by frame.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harness/explain/story.hpp"

namespace cyclecheck {

struct NarrationOptions {
  // This operation alone.
  std::optional<std::size_t> step;
  // Only what concerns this object.
  std::optional<Label> object;
};

// Turns frames into text, which it hands on line by line. Not thread-safe.
class Narrator {
 public:
  // `trace` outlives the narrator.
  Narrator(const Trace& trace, NarrationOptions options, std::function<void(const std::string& line)> print);

  void hear(const Frame& frame);

 private:
  void head(const Frame& frame);
  void tell_phase(const Frame& frame);
  void tell_counts(const Frame& frame);
  void tell_changes(const Frame& frame, std::size_t indent);
  void tell_events(const Frame& frame, std::size_t indent);
  [[nodiscard]] bool concerns(const Frame& frame, model::Id id) const;
  [[nodiscard]] bool concerns(const Event& event) const;
  void print(std::size_t indent, const std::string& line);

  const Trace& trace_;
  NarrationOptions options_;
  std::function<void(const std::string&)> print_;
  HeapView before_;
  std::optional<std::size_t> headed_;
  bool nothing_happened_ = true;
};

}  // namespace cyclecheck
