#include "harness/subjects/feature.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <utility>
#include <vector>

namespace cyclecheck {
namespace {

using Codes = std::bitset<kOpCodes>;

struct FeatureRow {
  FeatureInfo info;
  // Operations that go with it.
  Codes codes;
};

FeatureRow row(std::string_view word, std::string_view summary, std::initializer_list<OpCode> codes = {}) {
  FeatureRow made{{word, summary}, {}};
  for (const OpCode code : codes) made.codes.set(static_cast<std::size_t>(code));
  return made;
}

const std::array<FeatureRow, kFeatures>& table() {
  static const std::array<FeatureRow, kFeatures> rows{{
      row("finalizers", "del={..}, legacy={..} and both={..}"),
      row("legacy", "legacy={..} and both={..}; without them del={..}"),
      row("callbacks", "cb={..}"),
      row("scripts", "operations in finalizers and callbacks; without them they are only logged"),
      row("resurrection", "scripts that make anything reachable that was not"),
      row("labels", "@x; without them x"),
      row("opaque", "new X opaque; without it a node"),
      row("automatic", "collections that nobody asks for",
          {OpCode::enable, OpCode::disable, OpCode::isenabled, OpCode::set_threshold, OpCode::get_threshold}),
      row("young", "collect 0 and collect 1; without them collect 2"),
      row("classic", "new X classic; without it an instance"),
      row("lists", "new X list; without it a node"),
      row("dicts", "new X dict; without it an instance"),
      row("tuples", "tuple", {OpCode::tuple}),
      row("atoms", "integers and strings", {OpCode::integer, OpCode::string, OpCode::add, OpCode::intern}),
      row("weakrefs", "weak references of every kind",
          {OpCode::weakref, OpCode::subref, OpCode::proxy, OpCode::weakrefs, OpCode::deref, OpCode::use}),
      row("subrefs", "subref; without it weakref"),
      row("proxies", "proxy and use; without proxy weakref", {OpCode::use}),
      row("calls", "call and return", {OpCode::call, OpCode::ret}),
      row("faults", "fail", {OpCode::fail}),
      row("saveall", "the debug flag SAVEALL"),
      row("garbage", "gc.garbage", {OpCode::garbage, OpCode::clear_garbage, OpCode::take_garbage}),
      row("debug", "debug flags", {OpCode::set_debug, OpCode::get_debug}),
      row("freeze", "freeze, unfreeze, get_freeze_count", {OpCode::freeze, OpCode::unfreeze, OpCode::get_freeze_count}),
      row("gc_callbacks", "callbacks on and off, watch, unwatch", {OpCode::callbacks, OpCode::watch, OpCode::unwatch}),
      row("questions", "what changes nothing and says something of the heap",
          {OpCode::get_count, OpCode::get_objects, OpCode::get_referrers, OpCode::get_referents, OpCode::is_tracked,
           OpCode::is_finalized, OpCode::get_stats, OpCode::refcount, OpCode::same, OpCode::id}),
      row("bulk", "bulk, hold, unhold, fill, weakrefs",
          {OpCode::bulk, OpCode::hold, OpCode::unhold, OpCode::fill, OpCode::weakrefs}),
      row("shutdown", "shutdown", {OpCode::shutdown}),
      row("free_lists", "free_lists_filled"),
      row("nested", "scripts in scripts; without them those are empty"),
      row("callables", "cb=x{..}; without x cb={..}"),
      row("weakmaps", "maps of ephemerons", {OpCode::weakmap, OpCode::mapset, OpCode::mapget}),
      row("custom", "new X custom; without it a node"),
      row("cells", "new X cell; without it a node"),
      row("methods", "method", {OpCode::method}),
      row("frames", "traceback and new X frame; without it an instance", {OpCode::traceback}),
      row("generators", "close, resume, new X generator, new X coroutine; without it an instance",
          {OpCode::close, OpCode::resume}),
      row("sets", "new X set; without it an instance"),
      row("keys", "setitem and delitem", {OpCode::setitem, OpCode::delitem}),
  }};
  return rows;
}

bool makes_weak(OpCode code) { return code == OpCode::weakref || code == OpCode::subref || code == OpCode::proxy; }

class Stripper {
 public:
  explicit Stripper(const FeatureSet& features) : features_(features) {
    for (std::size_t i = 0; i < kFeatures; ++i) {
      if (features.test(i)) out_ |= table()[i].codes;
    }
  }

  // Whether the operation is left out.
  [[nodiscard]] bool is_out(const Operation& operation, bool in_script) const {
    if (out_.test(static_cast<std::size_t>(operation.code))) return true;
    if (!in_script || !without(Feature::resurrection)) return false;
    // What lays hands on the dying: weak references asked, the object itself.
    return operation.code == OpCode::deref || operation.code == OpCode::use ||
           operation.a.kind == Operand::Kind::self || operation.b.kind == Operand::Kind::self ||
           operation.c.kind == Operand::Kind::self;
  }

  void strip(Operation& operation, bool in_script) const {
    if (operation.finalizer != FinalizerKind::none) {
      if (without(Feature::finalizers)) {
        operation.finalizer = FinalizerKind::none;
        operation.script = kNoScript;
      } else if (without(Feature::legacy)) {
        operation.finalizer = FinalizerKind::del;
      }
    }
    if (makes_weak(operation.code)) {
      if (without(Feature::callbacks)) operation.script = kNoScript;
      if (without(Feature::callbacks) || without(Feature::callables)) operation.b = {};
      const bool plain = (operation.code == OpCode::subref && without(Feature::subrefs)) ||
                         (operation.code == OpCode::proxy && without(Feature::proxies));
      if (plain) operation.code = OpCode::weakref;
    }
    if (operation.code == OpCode::create) operation.kind = kind_for(operation.kind);
    if (operation.code == OpCode::collect && without(Feature::young)) operation.number[0] = 2;
    if (operation.code == OpCode::set_debug && without(Feature::saveall)) operation.number[0] &= ~kSaveAll;
    if (in_script && without(Feature::nested) && operation.script != kNoScript) operation.script = kEmptyScript;
    if (without(Feature::scripts) && operation.script != kNoScript) operation.script = kEmptyScript;
    if (without(Feature::labels) || (in_script && without(Feature::resurrection))) {
      for (Operand* const operand : {&operation.a, &operation.b, &operation.c}) {
        if (operand->kind == Operand::Kind::label) operand->kind = Operand::Kind::variable;
      }
    }
  }

  void strip(Settings& settings) const {
    if (without(Feature::automatic)) settings.enabled = false;
    if (without(Feature::free_lists)) settings.free_lists_filled = false;
  }

  // Of a trace or a script.
  void strip(std::vector<Operation>& operations, bool in_script) const {
    std::erase_if(operations, [&](const Operation& operation) { return is_out(operation, in_script); });
    for (Operation& operation : operations) strip(operation, in_script);
  }

  [[nodiscard]] bool changes(const std::vector<Operation>& operations, bool in_script) const {
    return std::any_of(operations.begin(), operations.end(), [&](const Operation& operation) {
      Operation stripped = operation;
      strip(stripped, in_script);
      return is_out(operation, in_script) || !(stripped == operation);
    });
  }

 private:
  static constexpr std::int32_t kSaveAll = 32;

  [[nodiscard]] bool without(Feature feature) const { return features_.test(static_cast<std::size_t>(feature)); }

  [[nodiscard]] ObjectKind kind_for(ObjectKind kind) const {
    switch (kind) {
      case ObjectKind::opaque:
        return without(Feature::opaque) ? ObjectKind::node : kind;
      case ObjectKind::classic:
        return without(Feature::classic) ? ObjectKind::instance : kind;
      case ObjectKind::list:
        return without(Feature::lists) ? ObjectKind::node : kind;
      case ObjectKind::custom:
        return without(Feature::custom) ? ObjectKind::node : kind;
      case ObjectKind::cell:
        return without(Feature::cells) ? ObjectKind::node : kind;
      case ObjectKind::frame:
        return without(Feature::frames) ? ObjectKind::instance : kind;
      case ObjectKind::set:
        return without(Feature::sets) ? ObjectKind::instance : kind;
      case ObjectKind::generator:
      case ObjectKind::coroutine:
        return without(Feature::generators) ? ObjectKind::instance : kind;
      case ObjectKind::dict:
        return without(Feature::dicts) ? ObjectKind::instance : kind;
      case ObjectKind::node:
      case ObjectKind::instance:
        break;
    }
    return kind;
  }

  FeatureSet features_;
  Codes out_;
};

// Scripts that nobody has any more, or that are empty now, go: a stored script is never empty.
class Gathering {
 public:
  explicit Gathering(std::vector<Script> scripts) : old_(std::move(scripts)), places_(old_.size(), kNoScript) {}

  void gather(std::vector<Operation>& operations) {
    for (Operation& operation : operations) {
      if (operation.script >= 0) operation.script = place_of(static_cast<std::size_t>(operation.script));
    }
  }

  std::vector<Script> take() { return std::move(kept_); }

 private:
  ScriptId place_of(std::size_t old) {
    if (places_[old] != kNoScript) return places_[old];
    if (old_[old].empty()) return kEmptyScript;
    const std::size_t place = kept_.size();
    places_[old] = static_cast<ScriptId>(place);
    kept_.emplace_back();
    Script script = std::move(old_[old]);
    gather(script);
    kept_[place] = std::move(script);
    return places_[old];
  }

  std::vector<Script> old_;
  std::vector<ScriptId> places_;
  std::vector<Script> kept_;
};

}  // namespace

std::span<const FeatureInfo> all_features() {
  static const std::array<FeatureInfo, kFeatures> infos = [] {
    std::array<FeatureInfo, kFeatures> made;
    for (std::size_t i = 0; i < kFeatures; ++i) made[i] = table()[i].info;
    return made;
  }();
  return infos;
}

std::string_view to_string(Feature feature) { return all_features()[static_cast<std::size_t>(feature)].word; }

std::optional<Feature> find_feature(std::string_view word) {
  const auto all = all_features();
  const auto found = std::find_if(all.begin(), all.end(), [&](const FeatureInfo& row) { return row.word == word; });
  if (found == all.end()) return std::nullopt;
  return static_cast<Feature>(found - all.begin());
}

std::string words_of(const FeatureSet& features) {
  std::string words;
  for (std::size_t i = 0; i < kFeatures; ++i) {
    if (features.test(i)) words.append(words.empty() ? "" : ",").append(all_features()[i].word);
  }
  return words;
}

void leave_out(const FeatureSet& features, Trace& trace) {
  if (features.none()) return;
  const Stripper stripper(features);
  stripper.strip(trace.settings);
  stripper.strip(trace.operations, false);
  for (Script& script : trace.scripts) stripper.strip(script, true);
  Gathering gathering(std::move(trace.scripts));
  gathering.gather(trace.operations);
  trace.scripts = gathering.take();
}

bool uses(const Trace& trace, const FeatureSet& features) {
  if (features.none()) return false;
  const Stripper stripper(features);
  Settings settings = trace.settings;
  stripper.strip(settings);
  return !(settings == trace.settings) || stripper.changes(trace.operations, false) ||
         std::any_of(trace.scripts.begin(), trace.scripts.end(),
                     [&](const Script& script) { return stripper.changes(script, true); });
}

}  // namespace cyclecheck
