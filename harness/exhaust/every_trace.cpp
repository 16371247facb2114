#include "harness/exhaust/every_trace.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "harness/exhaust/seen_model.hpp"
#include "harness/system/system.hpp"
#include "trace/normal_form.hpp"

namespace cyclecheck {
namespace {

// So many parts of each profile at once: small enough for many workers, and to be done again after an interruption.
constexpr std::uint64_t kPartsAtOnce = 4;

// After so many traces it is said how much is done.
constexpr std::uint64_t kBetweenLooks = 256;

static_assert(sizeof(WalkPosition) <= sizeof(Mark::bytes));

}  // namespace

class EveryTrace::EveryDrawer final : public Drawer {
 public:
  EveryDrawer(const EveryTrace& drawing, std::size_t worker) : drawing_(drawing), worker_(worker) {
    walks_.resize(drawing.profiles().size());
  }

  void equip(Contestants& sides) override {
    auto model = std::make_unique<SeenModel>();
    model_ = model.get();
    sides.model = std::move(model);
    // Which traces there are depends on what the model was in, also for subjects that it does not judge.
    sides.runs_model = true;
    sides.add_reach = nullptr;
    sides.add_states = nullptr;
  }

  bool first(std::uint64_t position, Mark& mark, Trace& trace) override {
    enter(position);
    const Options& options = drawing_.options_;
    if (round_ > 0 || options.shard > 1) return first_of_part(mark, trace);
    WalkOptions shorter = options.walk;
    shorter.operations = std::min(shorter.operations, kSplit - 1);
    short_.emplace(drawing_.alphabet_, drawing_.empty(column_), shorter);
    return give(mark, trace);
  }

  bool next(Mark& mark, Trace& trace) override {
    Walk& walk = short_ ? *short_ : *walks_[column_];
    if (walk.goes_on()) walk.see(model_->view());
    return go_on(mark, trace);
  }

  bool go_on(std::uint64_t position, Mark& mark, Trace& trace) override {
    enter(position);
    WalkPosition at;
    std::memcpy(&at, mark.bytes.data(), sizeof at);
    const bool is_short = at.length < kSplit;
    WalkOptions options = drawing_.options_.walk;
    if (is_short) options.operations = std::min(options.operations, kSplit - 1);
    std::optional<Walk>& walk = is_short ? short_ : walks_[column_];
    walk.emplace(drawing_.alphabet_, drawing_.empty(column_), options);
    (void)walk->go_to(at, part(), look());
    // Longer ones that begin with it would end the worker, too.
    walk->close();
    return go_on(mark, trace);
  }

  void hear(const Verdict& verdict, const Logs& /*logs*/, MessageWriter& /*note*/) override {
    Shared& shared = drawing_.shared(worker_, column_);
    shared.states.insert(model_->key());
    Walk& walk = short_ ? *short_ : *walks_[column_];
    if (verdict.outcome == Outcome::exception) walk.close();
    // It takes a while to say.
    const bool has_begun = shared.done.load(std::memory_order_relaxed) >= 0;
    if (!short_ && (!has_begun || ++heard_ % kBetweenLooks == 0)) {
      shared.done.store(walk.progress(), std::memory_order_relaxed);
    }
  }

 private:
  void enter(std::uint64_t position) {
    column_ = drawing_.column(position);
    round_ = position / drawing_.profiles().size();
    short_.reset();
  }

  [[nodiscard]] std::uint64_t part() const { return round_ * drawing_.options_.shards + drawing_.options_.shard - 1; }

  [[nodiscard]] Walk::Look look() {
    return [this](const Trace& trace) {
      scout_.look(true);
      scout_.run(trace, Observe::digest, log_);
      return scout_.view();
    };
  }

  bool go_on(Mark& mark, Trace& trace) {
    if (!short_) return walks_[column_]->next_in_part() && give(mark, trace);
    if (short_->next()) return give(mark, trace);
    short_.reset();
    return first_of_part(mark, trace);
  }

  bool first_of_part(Mark& mark, Trace& trace) {
    std::optional<Walk>& walk = walks_[column_];
    if (!walk) walk.emplace(drawing_.alphabet_, drawing_.empty(column_), drawing_.options_.walk);
    if (walk->go_to_part(part(), look())) return give(mark, trace);
    drawing_.shared(worker_, column_).done.store(1);
    return false;
  }

  bool give(Mark& mark, Trace& trace) {
    const Walk& walk = short_ ? *short_ : *walks_[column_];
    model_->look(walk.goes_on());
    // Of one profile all have the same names and scripts.
    if (trace.profile == walk.trace().profile && trace.names.size() == walk.trace().names.size()) {
      trace.operations = walk.trace().operations;
    } else {
      trace = walk.trace();
    }
    std::memcpy(mark.bytes.data(), &walk.position(), sizeof(WalkPosition));
    return true;
  }

  const EveryTrace& drawing_;
  std::size_t worker_;
  std::size_t column_ = 0;
  std::uint64_t round_ = 0;
  // Of each profile; and that of the traces which are in no part, while it is among them.
  std::vector<std::optional<Walk>> walks_;
  std::optional<Walk> short_;
  // The model that runs beside the subject, and one that looks at what is left out.
  SeenModel* model_ = nullptr;
  SeenModel scout_;
  Log log_;
  std::uint64_t heard_ = 0;
};

EveryTrace::EveryTrace(const Options& options, std::size_t workers, std::string command)
    : options_(options),
      alphabet_(make_alphabet(options.alphabet, options.objects, options.weak_references, options.without)),
      command_(std::move(command)) {
  for (std::size_t i = 0; i < workers * options.profiles.size(); ++i) shared_.push_back(make_shared_value<Shared>());
}

EveryTrace::~EveryTrace() {
  for (Shared* const shared : shared_) free_shared_value(shared);
}

Trace EveryTrace::empty(std::size_t column) const {
  Trace trace = empty_trace(options_.profiles[column]);
  if (options_.threshold) trace.settings.threshold = *options_.threshold;
  return trace;
}

void EveryTrace::draw(std::uint64_t position, const Mark& mark, Trace& trace) const {
  WalkPosition at;
  std::memcpy(&at, mark.bytes.data(), sizeof at);
  trace = empty(column(position));
  trace.names = alphabet_.names;
  trace.scripts = alphabet_.scripts;
  for (std::size_t i = 0; i < at.length; ++i) trace.operations.push_back(alphabet_.letters[at.letters[i]]);
  trace.operations.emplace_back().code = OpCode::shutdown;
  trace = normalised(trace);
}

std::unique_ptr<Drawer> EveryTrace::make_drawer(std::size_t worker) const {
  return std::make_unique<EveryDrawer>(*this, worker);
}

Chunk EveryTrace::chunk(std::uint64_t number) const {
  const std::uint64_t length = kPartsAtOnce * profiles().size();
  return {number * length, (number + 1) * length};
}

double EveryTrace::done(std::size_t column) const {
  double least = 1;
  bool has_begun = false;
  for (std::size_t i = column; i < shared_.size(); i += profiles().size()) {
    const double done = shared_[i]->done.load(std::memory_order_relaxed);
    if (done < 0) continue;
    has_begun = true;
    least = std::min(least, done);
  }
  return has_begun ? least : 0;
}

void EveryTrace::describe(std::uint64_t /*position*/, Finding& finding) const { finding.command = command_; }

void EveryTrace::add_states(std::size_t column, DistinctCount& states) const {
  for (std::size_t i = column; i < shared_.size(); i += profiles().size()) {
    states.merge(shared_[i]->states.kept());
  }
}

}  // namespace cyclecheck
