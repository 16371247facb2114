#include "harness/shrink.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "harness/regroup.hpp"
#include "harness/rewrite.hpp"
#include "harness/trace_cost.hpp"
#include "trace/normal_form.hpp"

namespace cyclecheck {
namespace {

using Clock = std::chrono::steady_clock;

// Pairs of operations are tried up to this many operations, pairs of names up to this many names.
constexpr std::size_t kPairOperations = 48;
constexpr std::uint32_t kPairNames = 24;
// In longer traces only pairs of operations that are this near to each other.
constexpr std::size_t kNearOperations = 6;
// From here on a trace is long, and parts of this many are tried first.
constexpr std::size_t kLongTrace = 1000;
constexpr std::size_t kLongTraceChunks = 64;
// So many objects at least are worth a `new` and a `bulk` of their own.
constexpr std::size_t kFewestAtOnce = 3;

Operation explicit_collection(std::int32_t generation) {
  Operation operation;
  operation.code = OpCode::collect;
  operation.number[0] = generation;
  return operation;
}

class Shrinker {
 public:
  Shrinker(const Trace& trace, const StillFails& still_fails, const ShrinkOptions& options)
      : best_(with_ordered_scripts(trace)),
        cost_(cost_of(best_)),
        still_fails_(still_fails),
        options_(options),
        deadline_(Clock::now() + options.budget) {}

  ShrinkResult run() {
    shorten_at_once();
    std::uint64_t steps_before = 0;
    do {
      steps_before = progress_.steps;
      drop_operations();
      drop_attachments();
      drop_script_operations();
      inline_scripts();
      merge_names();
      simplify_settings();
      simplify_operations();
      // The costly passes are worth their time only once the cheap ones find nothing.
      if (progress_.steps == steps_before) end_with_shutdown();
      if (progress_.steps == steps_before) drop_links();
      if (progress_.steps == steps_before) make_at_once();
      if (progress_.steps == steps_before) contract_bulks();
      if (progress_.steps == steps_before) allocate_at_once();
      if (progress_.steps == steps_before) drop_pairs();
      if (progress_.steps == steps_before) drop_for_more_objects();
      if (progress_.steps == steps_before) rename_operands();
      if (progress_.steps == steps_before) drop_scopes();
    } while (progress_.steps != steps_before && !exhausted_);
    canonicalise();
    return {std::move(best_), !exhausted_, progress_};
  }

 private:
  // Makes the candidate the best trace if it is simpler and still fails.
  bool attempt(Trace&& candidate) {
    if (exhausted_) return false;
    const TraceCost cost = cost_of(candidate);
    if (!(cost < cost_)) return false;
    if (!tried_.insert(hash_of(candidate)).second) return false;
    if (Clock::now() >= deadline_ || (options_.stop && options_.stop())) {
      exhausted_ = true;
      return false;
    }
    ++progress_.attempts;
    if (!still_fails_(candidate)) return false;
    ++progress_.steps;
    best_ = with_ordered_scripts(candidate);
    cost_ = cost;
    if (options_.on_best) options_.on_best(best_, progress_);
    return true;
  }

  // Removes chunks of a list, from the end to the beginning and from halves down to `least` elements.
  template <typename Erase>
  void drop_chunks(std::size_t size, const Erase& erase, std::size_t least = 1) {
    for (std::size_t chunk = std::max(least, size / 2); !exhausted_; chunk /= 2) {
      std::size_t end = size;
      while (end > 0 && !exhausted_) {
        const std::size_t begin = end > chunk ? end - chunk : 0;
        if (erase(begin, end)) size -= end - begin;
        end = begin;
      }
      if (chunk / 2 < least) return;
    }
  }

  void drop_operations(std::size_t least = 1) {
    const auto drop = [&](std::size_t begin, std::size_t end) {
      Trace candidate = best_;
      erase_range(candidate.operations, begin, end);
      return attempt(std::move(candidate));
    };
    drop_chunks(best_.operations.size(), drop, least);
  }

  // Each attempt at a trace of thousands of operations takes long, and there are thousands of single operations to try:
  // first what may make it much shorter.
  void shorten_at_once() {
    if (best_.operations.size() <= kLongTrace) return;
    drop_operations(best_.operations.size() / kLongTraceChunks);
    std::uint64_t steps_before = progress_.steps - 1;
    while (best_.operations.size() > kLongTrace && progress_.steps != steps_before && !exhausted_) {
      steps_before = progress_.steps;
      make_at_once();
    }
  }

  void drop_script_operations() {
    // Scripts keep their order while operations go; an emptied one disappears, so the walk is from the last to the
    // first.
    for (std::size_t i = best_.scripts.size(); i-- > 0;) {
      if (i >= best_.scripts.size()) continue;
      const std::size_t scripts = best_.scripts.size();
      drop_chunks(best_.scripts[i].size(), [&](std::size_t begin, std::size_t end) {
        // With its last operation the script itself went: nothing is left to try.
        if (best_.scripts.size() != scripts) return false;
        Trace candidate = best_;
        erase_range(candidate.scripts[i], begin, end);
        if (candidate.scripts[i].empty()) empty_script(candidate, static_cast<ScriptId>(i));
        return attempt(std::move(candidate));
      });
    }
  }

  // What a finalizer or callback does is done by the trace itself: instead of the operation that attaches it, right
  // after it, or at the end.
  void inline_scripts() {
    for (std::size_t i = 0; i < best_.operations.size() && !exhausted_; ++i) {
      const Operation operation = best_.operations[i];
      if (operation.script < 0) continue;
      const std::vector<Operation> inner = outside_of_script(operation);
      const auto insert = [&](Trace& trace, std::size_t at) {
        trace.operations.insert(trace.operations.begin() + static_cast<std::ptrdiff_t>(at), inner.begin(), inner.end());
      };
      Trace instead = best_;
      erase_range(instead.operations, i, i + 1);
      insert(instead, i);
      if (attempt(std::move(instead))) continue;
      for (const std::size_t place : {i + 1, best_.operations.size()}) {
        Trace later = best_;
        later.operations[i].script = kEmptyScript;
        insert(later, place);
        if (attempt(std::move(later))) break;
      }
    }
  }

  // The operations of a script, as far as a trace can have them; `self` is the variable that its owner was bound to.
  [[nodiscard]] std::vector<Operation> outside_of_script(const Operation& owner) const {
    std::vector<Operation> operations;
    for (Operation operation : best_.scripts[static_cast<std::size_t>(owner.script)]) {
      if (info(operation.code).place == Place::script_only) continue;
      for (Operand* operand : {&operation.a, &operation.b}) {
        if (operand->kind != Operand::Kind::self) continue;
        operand->kind = Operand::Kind::variable;
        operand->name = owner.target;
      }
      operations.push_back(operation);
    }
    return operations;
  }

  void drop_attachments() {
    const auto everywhere = [&](const auto& change) {
      Trace candidate = best_;
      for_each_operation(candidate, change);
      return attempt(std::move(candidate));
    };
    if (everywhere([](Operation& operation) { detach(operation); })) return;
    everywhere([](Operation& operation) {
      if (operation.script >= 0) operation.script = kEmptyScript;
    });
    for_each_location([&](Location location) {
      if (change(location, [](Operation& operation) { detach(operation); })) return;
      change(location, [](Operation& operation) {
        if (operation.script >= 0) operation.script = kEmptyScript;
      });
    });
  }

  // Two names become one: first the objects too (all that is created under the second name goes, and edges between the
  // two are contracted), then the names alone.
  void merge_names() {
    const std::uint32_t names = name_count(best_);
    for (std::uint32_t to = 0; to < names && !exhausted_; ++to) {
      for (std::uint32_t from = 0; from < names && !exhausted_; ++from) {
        if (from == to) continue;
        const Name kept{static_cast<std::uint16_t>(to)};
        const Name gone{static_cast<std::uint16_t>(from)};
        if (names > kPairNames && !are_linked(best_, kept, gone)) continue;
        for (const Merge how : {Merge::contract, Merge::objects, Merge::names}) {
          if (attempt(merged(best_, kept, gone, how))) break;
        }
      }
    }
  }

  void simplify_settings() {
    const auto set = [&](const auto& change) {
      Trace candidate = best_;
      change(candidate.settings);
      return attempt(std::move(candidate));
    };
    set([&](Settings& settings) { settings = Settings{profile(best_.profile).threshold, true, false}; });
    set([&](Settings& settings) { settings.threshold = profile(best_.profile).threshold; });
    set([](Settings& settings) { settings.enabled = true; });
    set_from_the_start();
    set([](Settings& settings) { settings.free_lists_filled = false; });
    for (std::size_t i = 0; i < best_.settings.threshold.size(); ++i) {
      lower(best_.settings.threshold[i],
            [&](std::int32_t value) { return set([&](Settings& settings) { settings.threshold[i] = value; }); });
    }
  }

  // What an operation sets is so from the beginning.
  void set_from_the_start() {
    for (std::size_t i = 0; i < best_.operations.size() && !exhausted_; ++i) {
      const Operation& operation = best_.operations[i];
      Trace candidate = best_;
      Settings& settings = candidate.settings;
      if (operation.code == OpCode::set_threshold) {
        std::copy_n(operation.number.begin(), operation.count, settings.threshold.begin());
      } else if (operation.code == OpCode::disable) {
        settings.enabled = false;
      } else {
        continue;
      }
      erase_range(candidate.operations, i, i + 1);
      if (attempt(std::move(candidate))) --i;
    }
  }

  void simplify_operations() {
    for_each_location([&](Location location) {
      simplify_kind(location);
      simplify_operand(location, &Operation::a);
      simplify_operand(location, &Operation::b);
      simplify_numbers(location);
      simplify_text(location);
    });
  }

  void simplify_kind(Location location) {
    const Operation& operation = at(best_, location);
    switch (operation.code) {
      case OpCode::create:
        // An allocation whose use is to trigger a collection hides behind it all those that raised the count.
        for (const std::int32_t generation : {2, 0}) {
          if (change(location, [generation](Operation& changed) { changed = explicit_collection(generation); })) return;
        }
        for (const ObjectKind kind : {ObjectKind::node, ObjectKind::instance}) {
          if (change_creations(location, [kind](Operation& changed) { changed.kind = kind; })) break;
        }
        change(location, [](Operation& changed) {
          if (changed.finalizer == FinalizerKind::legacy) changed.finalizer = FinalizerKind::del;
        });
        return;
      case OpCode::subref:
      case OpCode::proxy:
        change_creations(location, [](Operation& changed) { changed.code = OpCode::weakref; });
        return;
      case OpCode::store:
        change(location, [](Operation& changed) {
          changed.code = OpCode::append;
          changed.number[0] = 0;
        });
        return;
      case OpCode::root:
        change(location, [](Operation& changed) {
          changed.code = OpCode::let;
          changed.target = changed.a.name;
        });
        return;
      default:
        return;
    }
  }

  // Changes all operations that create objects under this operation's name, so that they stay of one kind.
  template <typename Change>
  bool change_creations(Location location, const Change& apply) {
    const OpCode code = at(best_, location).code;
    const Name name = at(best_, location).target;
    Trace candidate = best_;
    for_each_operation(candidate, [&](Operation& operation) {
      if (operation.code == code && operation.target == name) apply(operation);
    });
    return attempt(std::move(candidate));
  }

  void simplify_operand(Location location, Operand Operation::*member) {
    const Operand operand = at(best_, location).*member;
    if (operand.kind == Operand::Kind::none) return;
    if (operand.slot != Operand::kWhole) {
      for (const std::int16_t slot : {Operand::kWhole, std::int16_t{0}}) {
        if (change(location, [&](Operation& operation) { (operation.*member).slot = slot; })) break;
      }
    }
    if (operand.kind == Operand::Kind::label) {
      change(location, [&](Operation& operation) { (operation.*member).kind = Operand::Kind::variable; });
    }
  }

  void simplify_numbers(Location location) {
    const OpCode code = at(best_, location).code;
    if (code == OpCode::collect) {
      change(location, [](Operation& changed) { changed.number[0] = 2; });
      return;
    }
    if (code == OpCode::set_threshold || code == OpCode::get_objects) {
      const std::uint8_t least = code == OpCode::set_threshold ? 1 : 0;
      for (std::uint8_t count = least; count < at(best_, location).count; ++count) {
        const bool changed = change(location, [count](Operation& shorter) {
          shorter.count = count;
          for (std::size_t i = count; i < shorter.number.size(); ++i) shorter.number[i] = 0;
        });
        if (changed) break;
      }
    }
    if (at(best_, location).number[0] < 0) {
      change(location, [](Operation& changed) { changed.number[0] = -changed.number[0]; });
    }
    for (std::size_t i = 0; i < 3; ++i) {
      lower(at(best_, location).number[i], [&](std::int32_t value) {
        return change(location, [&](Operation& changed) { changed.number[i] = value; });
      });
    }
  }

  void simplify_text(Location location) {
    const auto set = [&](const std::string& text) {
      return change(location, [&](Operation& changed) { changed.text = ShortText(text); });
    };
    const auto text = [&] { return std::string(at(best_, location).text.view()); };
    for (std::size_t size = 0; size < text().size() && !exhausted_; ++size) {
      if (set(text().substr(0, size))) break;
    }
    for (std::size_t i = 0; i < text().size() && !exhausted_; ++i) set(text().replace(i, 1, "a"));
  }

  // Lowers a number towards 0 by steps that become half as long when they fail.
  template <typename Set>
  void lower(std::int32_t value, const Set& set) {
    if (value <= 0) return;
    if (set(0)) return;
    for (std::int32_t step = value / 2; step > 0 && !exhausted_;) {
      if (step < value && set(value - step)) {
        value -= step;
        step = std::min(step, value / 2);
      } else {
        step /= 2;
      }
    }
  }

  // The end of the program drops all variables and collects, and it stands for operations that do so one by one.
  void end_with_shutdown() {
    Operation shutdown;
    shutdown.code = OpCode::shutdown;
    for (std::size_t end = 0; end + 1 < best_.operations.size() && !exhausted_; ++end) {
      Trace candidate = best_;
      candidate.operations.resize(end);
      candidate.operations.push_back(shutdown);
      if (attempt(std::move(candidate))) return;
    }
    for (std::size_t i = 0; i + 1 < best_.operations.size() && !exhausted_; ++i) {
      Trace candidate = best_;
      candidate.operations.back() = shutdown;
      erase_range(candidate.operations, i, i + 1);
      if (attempt(std::move(candidate))) return;
    }
  }

  // A link of a chain is two operations, and the names of those that follow.
  void drop_links() {
    for (std::size_t i = 0; i < best_.operations.size() && !exhausted_; ++i) {
      if (best_.operations[i].code != OpCode::create) continue;
      const Name made = best_.operations[i].target;
      for (std::size_t j = i + 1; j < best_.operations.size() && j <= i + kNearOperations; ++j) {
        if (contract_link(i, j)) {
          --i;
          break;
        }
        if (uses_target(best_.operations[j].code) && best_.operations[j].target == made) break;
      }
    }
  }

  bool contract_link(std::size_t creation, std::size_t link) {
    for (const Contract how : {Contract::exchange, Contract::substitute}) {
      if (is_link(best_, creation, link, how) && attempt(without_link(best_, creation, link, how))) return true;
    }
    return false;
  }

  // One `bulk` makes many objects that are then linked: all that can be made so, those of one kind, or those made one
  // after the other.
  void make_at_once() {
    const std::vector<std::size_t> creations = plain_creations(best_);
    if (creations.size() < kFewestAtOnce || name_count(best_) >= kMaxNames) return;
    for (const ObjectKind kind : {ObjectKind::node, ObjectKind::instance, ObjectKind::classic}) {
      std::vector<std::size_t> of_kind;
      std::copy_if(creations.begin(), creations.end(), std::back_inserter(of_kind),
                   [&](std::size_t i) { return best_.operations[i].kind == kind; });
      if (of_kind.size() < kFewestAtOnce || of_kind.size() == creations.size()) continue;
      if (make_at_once(of_kind)) return;
    }
    for (std::size_t size = std::min(creations.size(), std::size_t{kMaxBulk}); size >= kFewestAtOnce; size /= 2) {
      for (std::size_t end = creations.size(); end >= size && !exhausted_; end -= size) {
        if (make_at_once(std::span(creations).subspan(end - size, size))) return;
      }
    }
  }

  bool make_at_once(std::span<const std::size_t> creations) {
    creations = creations.first(std::min(creations.size(), std::size_t{kMaxBulk}));
    for (const Slots slots : {Slots::newest_first, Slots::oldest_first}) {
      for (const Release release : {Release::never, Release::dropped, Release::cleared}) {
        if (attempt(gathered(best_, creations, slots, release))) return true;
      }
    }
    return false;
  }

  // Neighbours among the objects that a `bulk` makes become one.
  void contract_bulks() {
    for (std::size_t i = 0; i < best_.operations.size() && !exhausted_; ++i) {
      if (best_.operations[i].code != OpCode::bulk) continue;
      const auto size = static_cast<std::size_t>(best_.operations[i].number[0]);
      if (size < 2 || !has_slots(best_.operations[i].target)) continue;
      drop_chunks(size - 1, [&](std::size_t begin, std::size_t end) {
        return attempt(
            contracted(best_, i, static_cast<std::int32_t>(begin + 1), static_cast<std::int32_t>(end - begin)));
      });
    }
  }

  // Whether somebody names a slot of what this variable holds.
  [[nodiscard]] bool has_slots(Name holder) const {
    const auto is_one = [&](const Operand& operand) {
      return operand.kind == Operand::Kind::variable && operand.name == holder && operand.slot != Operand::kWhole;
    };
    return std::any_of(best_.operations.begin(), best_.operations.end(),
                       [&](const Operation& operation) { return is_one(operation.a) || is_one(operation.b); });
  }

  // Fewer operations, and each `bulk` makes more objects instead.
  void drop_for_more_objects() {
    const auto is_bulk = [](const Operation& operation) { return operation.code == OpCode::bulk; };
    if (best_.operations.size() > kPairOperations) return;
    for (const std::int32_t factor : {2, 8}) {
      if (std::none_of(best_.operations.begin(), best_.operations.end(), is_bulk)) return;
      for (std::size_t i = best_.operations.size(); i-- > 0 && !exhausted_;) {
        Trace candidate = best_;
        for (Operation& operation : candidate.operations) {
          if (is_bulk(operation)) operation.number[0] = std::min(operation.number[0] * factor, kMaxBulk);
        }
        erase_range(candidate.operations, i, i + 1);
        attempt(std::move(candidate));
      }
    }
  }

  // Operations whose use is to allocate, or to keep what was allocated: one `bulk` allocates as many nodes into a node
  // that is there already.
  void allocate_at_once() {
    const auto is_node = [](const Operation& operation) {
      return operation.code == OpCode::create && operation.kind == ObjectKind::node;
    };
    for (std::size_t length = best_.operations.size(); length > 1 && !exhausted_; length -= (length + 3) / 4) {
      for (std::size_t begin = 1; begin + length <= best_.operations.size() && !exhausted_; ++begin) {
        const auto first = best_.operations.begin() + static_cast<std::ptrdiff_t>(begin);
        const auto last = first + static_cast<std::ptrdiff_t>(length);
        std::int32_t made = 0;
        for (auto operation = first; operation != last; ++operation) {
          if (operation->code == OpCode::create) ++made;
          if (operation->code == OpCode::bulk) made += operation->number[0];
        }
        // The node that was made last, and the one that was made first.
        const auto newest = std::find_if(std::make_reverse_iterator(first), best_.operations.rend(), is_node);
        if (made == 0 || newest == best_.operations.rend()) continue;
        const auto oldest = std::find_if(best_.operations.begin(), first, is_node);
        const std::array holders{newest->target, oldest->target};
        for (const Name holder : holders) {
          Trace candidate = best_;
          Operation& bulk = candidate.operations[begin];
          bulk = Operation{};
          bulk.code = OpCode::bulk;
          bulk.target = holder;
          bulk.number[0] = std::min(made, kMaxBulk);
          erase_range(candidate.operations, begin + 1, begin + length);
          if (attempt(std::move(candidate))) break;
        }
      }
    }
  }

  void drop_pairs() {
    const bool all = best_.operations.size() <= kPairOperations;
    for (std::size_t i = 0; i < best_.operations.size(); ++i) {
      for (std::size_t j = i + 1; j < best_.operations.size() && !exhausted_; ++j) {
        if (!all && j > i + kNearOperations) break;
        Trace candidate = best_;
        erase_range(candidate.operations, j, j + 1);
        erase_range(candidate.operations, i, i + 1);
        if (attempt(std::move(candidate))) j = i;
      }
    }
  }

  // A function that only serves to release one of its variables: the trace drops that itself.
  void drop_scopes() {
    if (best_.operations.size() > kPairOperations) return;
    for (std::size_t end = 0; end < best_.operations.size() && !exhausted_; ++end) {
      if (best_.operations[end].code != OpCode::ret) continue;
      std::size_t begin = end;
      while (begin > 0 && best_.operations[begin].code != OpCode::call) --begin;
      if (best_.operations[begin].code != OpCode::call) continue;
      for (std::size_t i = begin + 1; i < end; ++i) {
        if (!uses_target(best_.operations[i].code)) continue;
        Trace candidate = best_;
        Operation drop;
        drop.code = OpCode::drop;
        drop.target = best_.operations[i].target;
        candidate.operations[end] = drop;
        erase_range(candidate.operations, begin, begin + 1);
        if (attempt(std::move(candidate))) return;
      }
    }
  }

  // Points single operands and targets at names with smaller numbers, which may make a name superfluous.
  void rename_operands() {
    if (best_.operations.size() > kPairOperations) return;
    const std::uint32_t names = std::min(name_count(best_), kPairNames);
    for_each_location([&](Location location) {
      for (std::uint32_t i = 0; i < names; ++i) {
        const Name name{static_cast<std::uint16_t>(i)};
        const auto point = [&](Operand& operand) {
          if (operand.kind == Operand::Kind::variable || operand.kind == Operand::Kind::label) operand.name = name;
        };
        change(location, [&](Operation& operation) { point(operation.a); });
        change(location, [&](Operation& operation) { point(operation.b); });
        if (uses_target(at(best_, location).code)) {
          change(location, [&](Operation& operation) { operation.target = name; });
        }
      }
    });
  }

  // Names in the order of their appearance, spelled a, b, c ...
  void canonicalise() {
    Trace candidate = best_;
    candidate.names.clear();
    candidate = normalised(candidate);
    for (std::size_t i = 0; i < candidate.names.size(); ++i) candidate.names[i] = letter_name(i);
    // A name's number takes part in digests alone; but then nothing may be assumed of a subject that is wrong.
    ++progress_.attempts;
    if (still_fails_(candidate)) best_ = std::move(candidate);
  }

  template <typename Change>
  bool change(Location location, const Change& apply) {
    if (!exists(best_, location)) return false;
    Trace candidate = best_;
    Operation& operation = at(candidate, location);
    apply(operation);
    if (operation == at(best_, location)) return false;
    return attempt(std::move(candidate));
  }

  // Visits every operation of the trace and of its scripts by its location, as long as that exists.
  template <typename Visit>
  void for_each_location(const Visit& visit) {
    for (std::size_t i = 0; i < best_.operations.size() && !exhausted_; ++i) visit(Location{kInTrace, i});
    for (std::size_t s = 0; s < best_.scripts.size(); ++s) {
      for (std::size_t i = 0; s < best_.scripts.size() && i < best_.scripts[s].size() && !exhausted_; ++i) {
        visit(Location{static_cast<ScriptId>(s), i});
      }
    }
  }

  Trace best_;
  TraceCost cost_;
  const StillFails& still_fails_;
  const ShrinkOptions& options_;
  Clock::time_point deadline_;
  ShrinkProgress progress_;
  bool exhausted_ = false;
  std::unordered_set<std::uint64_t> tried_;
};

}  // namespace

ShrinkResult shrink(const Trace& trace, const StillFails& still_fails, const ShrinkOptions& options) {
  return Shrinker(trace, still_fails, options).run();
}

const char* verdict_of(const ShrinkResult& result) { return result.one_minimal ? "1-minimal" : "budget reached"; }

}  // namespace cyclecheck
