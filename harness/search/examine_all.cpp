#include "harness/search/examine_all.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cyclecheck {
namespace {

// A drawing, of whose traces verdict and logs are noted.
class Noted final : public Drawing {
 public:
  explicit Noted(const Drawing& drawing) : drawing_(drawing) {}

  [[nodiscard]] std::uint64_t size() const override { return drawing_.size(); }
  void draw(std::uint64_t position, const Mark& mark, Trace& trace) const override {
    drawing_.draw(position, mark, trace);
  }
  [[nodiscard]] bool has_one_each() const override { return false; }
  [[nodiscard]] std::unique_ptr<Drawer> make_drawer(std::size_t /*worker*/) const override {
    return std::make_unique<Noter>(drawing_);
  }
  [[nodiscard]] std::optional<std::string> running(std::size_t /*worker*/) const override { return std::string{}; }
  [[nodiscard]] Chunk chunk(std::uint64_t number) const override { return drawing_.chunk(number); }
  [[nodiscard]] const std::vector<ProfileId>& profiles() const override { return drawing_.profiles(); }
  [[nodiscard]] std::size_t column(std::uint64_t position) const override { return drawing_.column(position); }
  [[nodiscard]] std::uint64_t index(std::uint64_t position) const override { return drawing_.index(position); }
  [[nodiscard]] std::optional<Observe> observe(std::uint64_t position) const override {
    return drawing_.observe(position);
  }
  void describe(std::uint64_t position, Finding& finding) const override { drawing_.describe(position, finding); }

 private:
  class Noter final : public DrawerOfOne {
   public:
    using DrawerOfOne::DrawerOfOne;

    void equip(Contestants& sides) override { runs_model_ = sides.runs_model; }
    void hear(const Verdict& verdict, const Logs& logs, MessageWriter& note) override {
      const bool is_over = verdict.outcome == Outcome::agree || verdict.outcome == Outcome::divergence;
      note.put(position());
      note.put(verdict);
      note.put_optional(is_over && runs_model_ ? &logs.model : nullptr);
      note.put_optional(is_over && !verdict.left_out ? &logs.subject : nullptr);
    }

   private:
    bool runs_model_ = true;
  };

  const Drawing& drawing_;
};

}  // namespace

void examine_all(const MakeContestants& make, const Drawing& drawing, WorkersOptions options,
                 const std::function<bool()>& goes_on,
                 const std::function<bool(std::uint64_t position, Examination& examination)>& told) {
  // Those behind one that is not done yet.
  std::map<std::uint64_t, Examination> waiting;
  std::uint64_t next = 0;
  bool is_over = false;
  options.note = [&](MessageReader& note) {
    Examination& examination = waiting[note.get<std::uint64_t>()];
    examination.verdict = note.get_verdict();
    examination.model = note.get_optional_log();
    examination.subject = note.get_optional_log();
  };
  // A death is not noted, and all of them are to come.
  options.every_failure = true;
  const auto tell = [&] {
    for (; !is_over && !waiting.empty() && waiting.begin()->first == next; ++next) {
      is_over = !told(next, waiting.begin()->second);
      waiting.erase(waiting.begin());
    }
    is_over = is_over || !goes_on();
    return !is_over;
  };
  const Noted noted(drawing);
  Workers workers({make}, noted, std::move(options));
  while (auto failure = workers.next(std::chrono::steady_clock::time_point::max(), tell)) {
    if (failure->position >= next) {
      const auto [place, is_death] = waiting.try_emplace(failure->position);
      if (is_death) place->second.verdict = std::move(failure->verdict);
    }
    if (!tell()) return;
  }
  (void)tell();
}

}  // namespace cyclecheck
