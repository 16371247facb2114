// Stored traces as a drawing, each compared as it is stored: its own subject and level, behind the traces before it,
// and with the log beside it.
//
// Workers that draw it tell every trace that does not simply agree (WorkersOptions::every_failure): one that fails,
// that cannot be read, or that its subject is spared. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "harness/compare/compare.hpp"
#include "harness/search/search.hpp"
#include "harness/stored/stored.hpp"

namespace cyclecheck {

class StoredTraces final : public Drawing {
 public:
  struct Item {
    StoredCase stored;
    // REQUIRES: it outlives the drawing
    const SubjectEntry* subject = nullptr;
    Level level = Level::order;
  };

  explicit StoredTraces(std::vector<Item> items) : items_(std::move(items)) {}

  [[nodiscard]] std::uint64_t size() const override { return items_.size(); }
  void draw(std::uint64_t position, const Mark& mark, Trace& trace) const override;
  [[nodiscard]] bool has_one_each() const override { return false; }
  [[nodiscard]] std::unique_ptr<Drawer> make_drawer(std::size_t worker) const override;
  [[nodiscard]] const std::vector<ProfileId>& profiles() const override { return profiles_; }
  [[nodiscard]] std::size_t column(std::uint64_t /*position*/) const override { return 0; }
  void describe(std::uint64_t /*position*/, Finding& /*finding*/) const override {}

  // The sides of its workers: the drawer has its own.
  [[nodiscard]] static MakeContestants no_sides();

 private:
  class StoredDrawer;

  std::vector<Item> items_;
  // Of all of them together.
  std::vector<ProfileId> profiles_{ProfileId::python3_11};
};

// What a worker says of a trace that is not run.
inline constexpr const char* kNotRun = "not run";

}  // namespace cyclecheck
