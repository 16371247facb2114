#include "harness/replay/stored_traces.hpp"

#include <atomic>
#include <map>
#include <optional>
#include <tuple>

namespace cyclecheck {
namespace {

Verdict not_run(std::string why) {
  Verdict verdict;
  verdict.outcome = Outcome::divergence;
  verdict.signature = kNotRun;
  verdict.output = std::move(why);
  return verdict;
}

Verdict differs(Divergence divergence) {
  Verdict verdict;
  verdict.outcome = Outcome::divergence;
  verdict.signature = divergence.signature;
  verdict.divergence = std::move(divergence);
  return verdict;
}

}  // namespace

class StoredTraces::StoredDrawer final : public Drawer {
 public:
  explicit StoredDrawer(const std::vector<Item>& items) : items_(items) {}

  void equip(Contestants& sides) override {
    sides_.clear();
    sides.special = [this](const Trace& trace, Logs& logs) { return run(trace, logs); };
  }

  bool first(std::uint64_t position, Mark& /*mark*/, Trace& trace) override {
    item_ = &items_[position];
    auto loaded = load_case(item_->stored);
    is_readable_ = std::holds_alternative<Trace>(loaded);
    trace = is_readable_ ? std::get<Trace>(std::move(loaded)) : Trace{};
    return true;
  }
  bool next(Mark& /*mark*/, Trace& /*trace*/) override { return false; }
  bool go_on(std::uint64_t /*position*/, Mark& /*mark*/, Trace& /*trace*/) override { return false; }

 private:
  Verdict run(const Trace& trace, Logs& logs) {
    const SubjectEntry& subject = *item_->subject;
    if (!is_readable_) return not_run("it cannot be read");
    if (!subject.can_run(trace)) return not_run("the subject cannot run it");
    std::optional<Log> expected;
    if (item_->stored.log) {
      auto log = load_log(item_->stored, trace);
      if (std::holds_alternative<FileError>(log)) return not_run("its log cannot be read");
      expected = std::get<Log>(std::move(log));
    }
    const auto before = load_before(item_->stored);
    if (std::holds_alternative<FileError>(before)) return not_run("what runs before it cannot be read");
    const Observe observe = expected ? observation_of(*expected) : Observe::digest;
    const auto key = std::tuple{subject.name, item_->level};
    const auto& earlier = std::get<std::vector<Trace>>(before);
    if (!earlier.empty()) sides_.erase(key);
    Contestants& sides = sides_of(key);
    for (const Trace& one : earlier) (void)check(sides, one, observe, logs, phase_);
    Verdict verdict = check(sides, trace, observe, logs, phase_);
    if (!earlier.empty() || verdict.outcome == Outcome::exception) sides_.erase(key);
    if (verdict.left_out) return not_run("the subject is spared it");
    if (verdict.outcome != Outcome::agree || !expected) return verdict;
    const Level level = std::min(item_->level, subject.level);
    for (const Log* log : {&logs.model, &logs.subject}) {
      if (auto divergence = compare(trace, *expected, *log, level)) return differs(std::move(*divergence));
    }
    return verdict;
  }

  Contestants& sides_of(const std::tuple<std::string, Level>& key) {
    const auto [found, is_new] = sides_.try_emplace(key);
    if (is_new) found->second = against_model(*item_->subject, item_->level)();
    return found->second;
  }

  const std::vector<Item>& items_;
  const Item* item_ = nullptr;
  bool is_readable_ = false;
  std::map<std::tuple<std::string, Level>, Contestants> sides_;
  std::atomic<Phase> phase_{Phase::idle};
};

void StoredTraces::draw(std::uint64_t position, const Mark& /*mark*/, Trace& trace) const {
  auto loaded = load_case(items_[position].stored);
  trace = std::holds_alternative<Trace>(loaded) ? std::get<Trace>(std::move(loaded)) : Trace{};
}

std::unique_ptr<Drawer> StoredTraces::make_drawer(std::size_t /*worker*/) const {
  return std::make_unique<StoredDrawer>(items_);
}

MakeContestants StoredTraces::no_sides() {
  return [] { return Contestants{}; };
}

}  // namespace cyclecheck
