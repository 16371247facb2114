#include "harness/shrink/shrink_trace.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "harness/shrink/passes.hpp"

namespace cyclecheck {
namespace {

// From here on a trace is long, and parts of this many are tried first.
constexpr std::size_t kLongTrace = 1000;
constexpr std::size_t kLongTraceChunks = 64;

class Shrinker {
 public:
  Shrinker(const Trace& trace, const StillFails& still_fails, const ShrinkOptions& options)
      : search_(trace, still_fails, options) {}

  ShrinkResult run() {
    shorten_at_once();
    std::uint64_t steps_before = 0;
    do {
      steps_before = search_.steps();
      halve_sizes();
      drop_operations();
      drop_attachments();
      drop_script_operations();
      inline_scripts();
      merge_names();
      simplify_settings(search_);
      simplify_operations(search_);
      // The costly passes are worth their time only once the cheap ones find nothing.
      if (search_.steps() == steps_before) drop_links(search_);
      if (search_.steps() == steps_before) make_at_once(search_);
      if (search_.steps() == steps_before) contract_bulks(search_);
      if (search_.steps() == steps_before) end_with_shutdown(search_);
      if (search_.steps() == steps_before) allocate_at_once(search_);
      if (search_.steps() == steps_before) drop_pairs();
      if (search_.steps() == steps_before) drop_for_more_objects(search_);
      if (search_.steps() == steps_before) rename_operands();
      if (search_.steps() == steps_before) drop_scopes();
    } while (search_.steps() != steps_before && !search_.exhausted());
    return search_.finish();
  }

 private:
  // First of all: every attempt takes as long as the numbers are great.
  void halve_sizes() {
    constexpr std::int32_t kSmall = 32;
    search_.for_each_location([&](Location location) {
      if (!has_size(at(search_.best(), location).code)) return;
      while (at(search_.best(), location).number[0] > kSmall &&
             search_.change(location, [](Operation& operation) { operation.number[0] /= 2; })) {
      }
    });
  }

  void drop_operations(std::size_t least = 1) {
    const auto drop = [&](std::size_t begin, std::size_t end) { return search_.attempt_without(begin, end); };
    search_.drop_chunks(search_.size(), drop, least);
  }

  // Each attempt at a trace of thousands of operations takes long, and there are thousands of single operations to try:
  // first what may make it much shorter.
  void shorten_at_once() {
    if (search_.size() <= kLongTrace) return;
    drop_operations(search_.size() / kLongTraceChunks);
    std::uint64_t steps_before = search_.steps() - 1;
    while (search_.size() > kLongTrace && search_.steps() != steps_before && !search_.exhausted()) {
      steps_before = search_.steps();
      make_at_once(search_);
    }
  }

  void drop_script_operations() {
    // Scripts keep their order while operations go; an emptied one disappears, so the walk is from the last to the
    // first.
    for (std::size_t i = search_.best().scripts.size(); i-- > 0;) {
      if (i >= search_.best().scripts.size()) continue;
      const std::size_t scripts = search_.best().scripts.size();
      search_.drop_chunks(search_.best().scripts[i].size(), [&](std::size_t begin, std::size_t end) {
        // With its last operation the script itself went: nothing is left to try.
        if (search_.best().scripts.size() != scripts) return false;
        Trace candidate = search_.best();
        erase_range(candidate.scripts[i], begin, end);
        if (candidate.scripts[i].empty()) empty_script(candidate, static_cast<ScriptId>(i));
        return search_.attempt(std::move(candidate));
      });
    }
  }

  // What a finalizer or callback does is done by the trace itself: instead of the operation that attaches it, right
  // after it, or at the end.
  void inline_scripts() {
    for (std::size_t i = 0; i < search_.size() && !search_.exhausted(); ++i) {
      const Operation operation = search_.operation(i);
      if (operation.script < 0) continue;
      const std::vector<Operation> inner = outside_of_script(operation);
      const auto insert = [&](Trace& trace, std::size_t at) {
        trace.operations.insert(trace.operations.begin() + static_cast<std::ptrdiff_t>(at), inner.begin(), inner.end());
      };
      Trace instead = search_.best();
      erase_range(instead.operations, i, i + 1);
      insert(instead, i);
      if (search_.attempt(std::move(instead))) continue;
      for (const std::size_t place : {i + 1, search_.size()}) {
        Trace later = search_.best();
        later.operations[i].script = kEmptyScript;
        insert(later, place);
        if (search_.attempt(std::move(later))) break;
      }
    }
  }

  // The operations of a script, as far as a trace can have them; `self` is the variable that its owner was bound to.
  [[nodiscard]] std::vector<Operation> outside_of_script(const Operation& owner) const {
    std::vector<Operation> operations;
    for (Operation operation : search_.best().scripts[static_cast<std::size_t>(owner.script)]) {
      if (info(operation.code).place == Place::script_only) continue;
      for (Operand* operand : {&operation.a, &operation.b, &operation.c}) {
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
      Trace candidate = search_.best();
      for_each_operation(candidate, change);
      return search_.attempt(std::move(candidate));
    };
    if (everywhere([](Operation& operation) { detach(operation); })) return;
    everywhere([](Operation& operation) {
      if (operation.script >= 0) operation.script = kEmptyScript;
    });
    search_.for_each_location([&](Location location) {
      if (search_.change(location, [](Operation& operation) { detach(operation); })) return;
      search_.change(location, [](Operation& operation) {
        if (operation.script >= 0) operation.script = kEmptyScript;
      });
    });
  }

  // Two names become one: first the objects too (all that is created under the second name goes, and edges between the
  // two are contracted), then the names alone.
  void merge_names() {
    const std::uint32_t names = name_count(search_.best());
    for (std::uint32_t to = 0; to < names && !search_.exhausted(); ++to) {
      for (std::uint32_t from = 0; from < names && !search_.exhausted(); ++from) {
        if (from == to) continue;
        const Name kept{static_cast<std::uint16_t>(to)};
        const Name gone{static_cast<std::uint16_t>(from)};
        if (names > kPairNames && !are_linked(search_.best(), kept, gone)) continue;
        for (const Merge how : {Merge::contract, Merge::objects, Merge::names}) {
          if (search_.attempt(merged(search_.best(), kept, gone, how))) break;
        }
      }
    }
  }

  void drop_pairs() {
    const bool all = search_.size() <= kPairOperations;
    for (std::size_t i = 0; i < search_.size(); ++i) {
      for (std::size_t j = i + 1; j < search_.size() && !search_.exhausted(); ++j) {
        if (!all && j > i + kNearOperations) break;
        Trace candidate = search_.best();
        erase_range(candidate.operations, j, j + 1);
        erase_range(candidate.operations, i, i + 1);
        if (search_.attempt(std::move(candidate))) j = i;
      }
    }
  }

  // A function that only serves to release one of its variables: the trace drops that itself.
  void drop_scopes() {
    if (search_.size() > kPairOperations) return;
    for (std::size_t end = 0; end < search_.size() && !search_.exhausted(); ++end) {
      if (search_.operation(end).code != OpCode::ret) continue;
      std::size_t begin = end;
      while (begin > 0 && search_.operation(begin).code != OpCode::call) --begin;
      if (search_.operation(begin).code != OpCode::call) continue;
      for (std::size_t i = begin + 1; i < end; ++i) {
        if (!uses_target(search_.operation(i).code)) continue;
        Trace candidate = search_.best();
        Operation drop;
        drop.code = OpCode::drop;
        drop.target = search_.operation(i).target;
        candidate.operations[end] = drop;
        erase_range(candidate.operations, begin, begin + 1);
        if (search_.attempt(std::move(candidate))) return;
      }
    }
  }

  // Points single operands and targets at names with smaller numbers, which may make a name superfluous.
  void rename_operands() {
    if (search_.size() > kPairOperations) return;
    const std::uint32_t names = std::min(name_count(search_.best()), kPairNames);
    search_.for_each_location([&](Location location) {
      for (std::uint32_t i = 0; i < names; ++i) {
        const Name name{static_cast<std::uint16_t>(i)};
        const auto point = [&](Operand& operand) {
          if (operand.kind == Operand::Kind::variable || operand.kind == Operand::Kind::label) operand.name = name;
        };
        search_.change(location, [&](Operation& operation) { point(operation.a); });
        search_.change(location, [&](Operation& operation) { point(operation.b); });
        search_.change(location, [&](Operation& operation) { point(operation.c); });
        if (uses_target(at(search_.best(), location).code)) {
          search_.change(location, [&](Operation& operation) { operation.target = name; });
        }
      }
    });
  }

  ShrinkSearch search_;
};

}  // namespace

ShrinkResult shrink(const Trace& trace, const StillFails& still_fails, const ShrinkOptions& options) {
  return Shrinker(trace, still_fails, options).run();
}

const char* verdict_of(const ShrinkResult& result) { return result.one_minimal ? "1-minimal" : "budget reached"; }

}  // namespace cyclecheck
