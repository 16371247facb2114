// What a search runs: traces by position; every process draws the same ones. Mostly there is one trace at a position;
// where what comes next depends on what a trace did, there are many, which one worker runs.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/compare/compare.hpp"
#include "harness/generate/generate.hpp"
#include "harness/isolate/isolate.hpp"
#include "harness/search/chunks.hpp"
#include "harness/search/findings.hpp"
#include "harness/subjects/subjects.hpp"
#include "trace/profile.hpp"
#include "trace/trace.hpp"

namespace cyclecheck {

// Which of the traces at a position it is: how many come before it there, and what else the drawing knows it by.
struct Mark {
  std::uint64_t number = 0;
  std::array<std::uint8_t, 40> bytes{};
};

// Draws traces one after the other, in the worker that runs them. Not thread-safe.
class Drawer {
 public:
  Drawer() = default;
  Drawer(const Drawer&) = delete;
  Drawer& operator=(const Drawer&) = delete;
  virtual ~Drawer() = default;

  // What it needs to look at while the sides run. Called for every pair of sides that is made.
  virtual void equip(Contestants& /*sides*/) {}
  // The first trace of a position, into a trace whose memory is used again, and what it is known by. False: there is
  // none.
  virtual bool first(std::uint64_t position, Mark& mark, Trace& trace) = 0;
  // The one behind that which was drawn last, and has run by now; the mark is that one's, but for the number. False:
  // there is none.
  virtual bool next(Mark& mark, Trace& trace) = 0;
  // The same behind a trace that ended another worker.
  virtual bool go_on(std::uint64_t position, Mark& mark, Trace& trace) = 0;
  // What came of the trace that was drawn last. What is put into the note reaches the parent (WorkersOptions::note).
  virtual void hear(const Verdict& /*verdict*/, const Logs& /*logs*/, MessageWriter& /*note*/) {}
};

class Drawing {
 public:
  Drawing() = default;
  Drawing(const Drawing&) = delete;
  Drawing& operator=(const Drawing&) = delete;
  virtual ~Drawing() = default;

  // How many positions there are. More than there are traces at, if that is not known: then the first chunk without
  // any trace is the end.
  [[nodiscard]] virtual std::uint64_t size() const = 0;
  // The trace at a position, into a trace whose memory is used again. Thread-safe. REQUIRES: there is one
  virtual void draw(std::uint64_t position, const Mark& mark, Trace& trace) const = 0;
  // Whether there is one trace at each position: then worker and parent draw them with `draw` alone.
  [[nodiscard]] virtual bool has_one_each() const { return true; }
  // For a worker, the one with this number. REQUIRES: !has_one_each()
  [[nodiscard]] virtual std::unique_ptr<Drawer> make_drawer(std::size_t /*worker*/) const { return nullptr; }
  // What the drawing keeps itself of the trace that a worker runs, asked for in the worker, or behind its death in the
  // parent; nothing: the worker keeps the trace (harness/search/running_trace.hpp).
  [[nodiscard]] virtual std::optional<std::string> running(std::size_t /*worker*/) const { return std::nullopt; }
  // What a worker does at once with a subject that is made for it.
  [[nodiscard]] virtual Chunk chunk(std::uint64_t number) const { return chunk_at(number, size()); }
  // How much is done of a profile's traces, from 0 to 1; 0 if that is not known.
  [[nodiscard]] virtual double done(std::size_t /*column*/) const { return 0; }
  // The profiles of the traces, each once. Results are counted for each of them apart.
  [[nodiscard]] virtual const std::vector<ProfileId>& profiles() const = 0;
  // How many of them, from the first on, a report tells all of: the rest have too few traces to say what was reached.
  [[nodiscard]] virtual std::size_t in_full() const { return profiles().size(); }
  // Which of them the trace at a position is in.
  [[nodiscard]] virtual std::size_t column(std::uint64_t position) const = 0;
  // The number that decides how the trace at a position is observed: it is the same in every search that draws it.
  [[nodiscard]] virtual std::uint64_t index(std::uint64_t position) const { return position; }
  // How it is observed instead of what the options say; nothing: as they say.
  [[nodiscard]] virtual std::optional<Observe> observe(std::uint64_t /*position*/) const { return std::nullopt; }
  // Writes into a finding where its trace is from.
  virtual void describe(std::uint64_t position, Finding& finding) const = 0;
};

// A drawing whose traces are counted together, whatever profile they are in, and make no findings.
class CountedTogether : public Drawing {
 public:
  [[nodiscard]] const std::vector<ProfileId>& profiles() const final { return profiles_; }
  [[nodiscard]] std::size_t column(std::uint64_t /*position*/) const final { return 0; }
  void describe(std::uint64_t /*position*/, Finding& /*finding*/) const final {}

 private:
  std::vector<ProfileId> profiles_{ProfileId::python3_11};
};

// Draws the one trace that a drawing has at each position, for a caller that wants the result of each.
class DrawerOfOne : public Drawer {
 public:
  // REQUIRES: the drawing outlives it
  explicit DrawerOfOne(const Drawing& drawing) : drawing_(drawing) {}

  bool first(std::uint64_t position, Mark& mark, Trace& trace) override {
    position_ = position;
    drawing_.draw(position, mark, trace);
    return true;
  }
  bool next(Mark& /*mark*/, Trace& /*trace*/) override { return false; }
  bool go_on(std::uint64_t /*position*/, Mark& /*mark*/, Trace& /*trace*/) override { return false; }

 protected:
  [[nodiscard]] std::uint64_t position() const { return position_; }

 private:
  const Drawing& drawing_;
  std::uint64_t position_ = 0;
};

// Generated traces, the profiles in turn: trace 0 of each, then trace 1 of each, and so on. After every eighth round
// comes one trace more, of one of the other profiles, which take turns with it.
class GeneratedTraces final : public Drawing {
 public:
  struct Options {
    std::uint64_t seed = 1;
    std::vector<ProfileId> profiles;
    // None of `profiles`. The seed says which of them begins.
    std::vector<ProfileId> others = {};
    // The index of the first trace of each of `profiles`, and how many there are.
    std::uint64_t first = 0;
    std::uint64_t traces = UINT64_MAX;
    std::uint32_t max_operations = 4000;
    // Operations that no trace has.
    OperationSet without = {};
    // What no trace asks for.
    FeatureSet lacks = {};
    // Makes a trace that comes before all others of a profile; may be empty.
    std::function<Trace(ProfileId)> opening = {};
  };

  // REQUIRES: options.profiles is not empty
  explicit GeneratedTraces(Options options);

  [[nodiscard]] std::uint64_t size() const override;
  void draw(std::uint64_t position, const Mark& mark, Trace& trace) const override;
  [[nodiscard]] const std::vector<ProfileId>& profiles() const override { return all_; }
  [[nodiscard]] std::size_t in_full() const override { return options_.profiles.size(); }
  [[nodiscard]] std::size_t column(std::uint64_t position) const override;
  void describe(std::uint64_t position, Finding& finding) const override;
  // The index of the generated trace at a position; 0 for an opening trace.
  [[nodiscard]] std::uint64_t index(std::uint64_t position) const override;

 private:
  [[nodiscard]] bool is_opening(std::uint64_t position) const {
    return options_.opening && position < options_.profiles.size();
  }

  // A position behind the opening traces, in blocks of eight rounds.
  struct Place {
    std::uint64_t block;
    std::uint64_t place;
    bool is_others;
  };
  [[nodiscard]] Place place_of(std::uint64_t position) const;

  Options options_;
  std::vector<ProfileId> all_;
};

}  // namespace cyclecheck
