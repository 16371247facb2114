// A search's listener that says nothing, and keeps what it was told.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harness/search/search.hpp"

namespace cyclecheck {

class QuietListener : public SearchListener {
 public:
  void progress(const SearchProgress& /*progress*/) override {}
  void failed(const SearchFailure& failure, const Trace& /*trace*/) override { failures.push_back(failure); }
  void shrinking(const Trace& /*best*/, const ShrinkProgress& /*progress*/) override {}
  void found(const Finding& /*finding*/, const std::optional<StoredFinding>& stored,
             const std::optional<FileError>& error) override {
    if (stored) paths.push_back(stored->path);
    if (error) errors.push_back(error->message);
  }
  [[nodiscard]] bool interrupted() override { return interrupts && interrupts(); }

  std::function<bool()> interrupts;
  std::vector<SearchFailure> failures;
  // Where findings were stored.
  std::vector<std::string> paths;
  std::vector<std::string> errors;
};

}  // namespace cyclecheck
