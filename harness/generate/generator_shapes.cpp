#include "harness/generate/generator.hpp"

#include <algorithm>
#include <utility>

namespace cyclecheck {

void Generator::emit(Shape shape) {
  switch (shape) {
    case Shape::cycle:
      cycle();
      return;
    case Shape::chain:
      chain();
      return;
    case Shape::clique:
      clique();
      return;
    case Shape::tree:
      tree();
      return;
    case Shape::weak_cluster:
      weak_cluster();
      return;
    case Shape::late_weakref:
      late_weakref();
      return;
    case Shape::weakref_in_trash:
      weakref_in_trash();
      return;
    case Shape::churn:
      churn();
      return;
    case Shape::tuples:
      tuples();
      return;
    case Shape::growth:
      growth();
      return;
  }
}

void Generator::containers(std::uint32_t count, Wanted wanted) {
  chosen_.clear();
  const auto names = static_cast<std::uint32_t>(plan_.making.size());
  std::uint32_t at = random_.below(names);
  for (std::uint32_t i = 0; i < names && chosen_.size() < count; ++i, at = (at + 1) % names) {
    const Name name{static_cast<std::uint16_t>(at)};
    if ((bit(held_after(plan_.making[at])) & wanted) != 0 && !is_changed(name)) chosen_.push_back(name);
  }
}

void Generator::release_shape() {
  for (const Name name : chosen_) {
    if (random_.chance(plan_.drops_shape)) drop(name);
  }
}

void Generator::cycle() {
  containers(random_.between(1, 8));
  for (const Name name : chosen_) create(name);
  for (std::size_t i = 0; i < chosen_.size(); ++i) {
    append(Operand::variable(chosen_[i]), Operand::variable(chosen_[(i + 1) % chosen_.size()]));
  }
  if (random_.chance(64)) append(Operand::variable(chosen_[0]), operand(kObject));
  release_shape();
}

template <typename HoldsMore>
Name Generator::links(std::uint32_t depth, HoldsMore&& holds_more) {
  create(chosen_[0]);
  for (std::uint32_t i = 1; i < depth; ++i) {
    create(chosen_[i % 2]);
    if (holds_more(depth - i)) {
      create(chosen_[2]);
      append(Operand::variable(chosen_[i % 2]), Operand::variable(chosen_[2]));
      drop(chosen_[2]);
    }
    append(Operand::variable(chosen_[i % 2]), Operand::variable(chosen_[(i + 1) % 2]));
  }
  drop(chosen_[depth % 2]);
  return chosen_[(depth + 1) % 2];
}

Name Generator::put_before(Name other, Name head) {
  create(other);
  append(Operand::variable(other), Operand::variable(head));
  drop(head);
  return other;
}

void Generator::chain() {
  if (plan_.has_headroom_chain) {
    headroom_chain();
    return;
  }
  // The interpreter's list of free dictionaries takes 80. Filled, it cannot take what a chain of them leaves behind.
  containers(3, plan_.free_lists_filled ? kContainer : kCyclic);
  const std::uint32_t depth = random_.between(45, plan_.chain_limit);
  if (has(Making::subref) && random_.chance(60)) return decorated_chain();
  // A link that dies too deep is put off, and one more object that it holds shows when it dies.
  Name head = links(depth, [&](std::uint32_t) { return chosen_.size() == 3 && random_.chance(12); });
  // Of another kind, it shifts the levels at which the links die by one (rule T3).
  if (chosen_.size() == 3 && random_.chance(128)) head = put_before(chosen_[2], head);
  if (random_.chance(plan_.drops_shape)) drop(head);
}

void Generator::headroom_chain() {
  constexpr std::uint32_t kDepth = 5060;
  constexpr std::uint32_t kFirst = 4940;
  constexpr std::uint32_t kLast = 5030;
  plan_.has_headroom_chain = false;  // one is enough for a trace
  chosen_.clear();
  for (std::size_t i = plan_.making.size() - kHeadroomNames; i < plan_.making.size(); ++i) {
    chosen_.push_back(Name{static_cast<std::uint16_t>(i)});
  }
  // One finalizer that brings its link back would end the death of all that is below it.
  const std::uint32_t finalizers = std::exchange(plan_.finalizers, 0);
  Name head = links(kDepth, [&](std::uint32_t below_head) {
    return below_head >= kFirst && below_head < kLast && random_.chance(128);
  });
  if (random_.chance(170)) head = put_before(chosen_[3], head);
  drop(head);
  plan_.finalizers = finalizers;
}

void Generator::decorated_chain() {
  enum class Leaf : std::uint8_t { dies, collects, asks };
  containers(3, kContainer);
  if (chosen_.size() < 3) return;
  const Name leaf = chosen_[2];
  const Name weak_name = hot_weak(OpCode::subref);
  const auto kind = static_cast<Leaf>(random_.below(3));
  const bool weak_first = random_.chance(80);
  // What is put off has a callback that holds something: its referent, or what no link refers to.
  const bool calls = random_.chance(90);
  const Name called = random_.chance(100) ? leaf : hot_node();
  const bool two = random_.chance(calls ? 180 : 80);
  const std::uint32_t depth = random_.between(50, 56);
  Operation full = bare(OpCode::collect);
  full.number[0] = 2;
  Operation asks = bare(OpCode::deref);
  asks.target = hot();
  asks.a = Operand::self(0);
  // What the finalizers are to find must not be found before.
  const bool alone = kind == Leaf::collects && random_.chance(200);
  if (alone) add(bare(OpCode::disable));
  if (calls) create(called);
  const std::size_t begin = trace_.operations.size();
  create(chosen_[0]);
  for (std::uint32_t i = 1; i < depth; ++i) {
    const Operand link = Operand::variable(chosen_[i % 2]);
    const Operand below = Operand::variable(chosen_[(i + 1) % 2]);
    create(chosen_[i % 2]);
    if (kind == Leaf::asks) {
      create_with(leaf, asks);
      weak(OpCode::subref, weak_name, below);
      append(Operand::variable(leaf), Operand::variable(weak_name));
      append(link, Operand::variable(leaf));
    } else {
      create(leaf);
      weak(OpCode::subref, weak_name, Operand::variable(leaf));
      if (kind == Leaf::collects) {
        append(Operand::variable(leaf), Operand::variable(leaf));
        create_with(leaf, full);
      }
      if (weak_first) append(link, Operand::variable(weak_name));
      append(link, Operand::variable(leaf));
      if (!weak_first) append(link, Operand::variable(weak_name));
      // The referent holds this one, which therefore is alive when its referent dies.
      if (two) {
        weak(OpCode::subref, weak_name, Operand::variable(leaf));
        append(Operand::variable(leaf), Operand::variable(weak_name));
      }
    }
    append(link, below);
  }
  if (calls) {
    for (std::size_t i = begin; i < trace_.operations.size(); ++i) {
      Operation& made = trace_.operations[i];
      if (made.code != OpCode::subref) continue;
      if (made.script == kNoScript) made.script = kEmptyScript;
      made.b = Operand::variable(called);
    }
    drop(called);
  }
  drop(leaf);
  drop(weak_name);
  drop(chosen_[depth % 2]);
  if (alone || random_.chance(plan_.drops_shape)) drop(chosen_[(depth + 1) % 2]);
  if (alone) add(bare(OpCode::enable));
}

void Generator::clique() {
  containers(random_.between(2, 5));
  for (const Name name : chosen_) create(name);
  for (const Name from : chosen_) {
    for (const Name to : chosen_) append(Operand::variable(from), Operand::variable(to));
  }
  release_shape();
}

void Generator::tree() {
  const std::uint32_t size = random_.between(3, 30);
  containers(random_.between(2, 6));
  create(chosen_[0]);
  for (std::uint32_t i = 1; i < size; ++i) {
    const Name parent = chosen_[random_.below(static_cast<std::uint32_t>(std::min<std::size_t>(i, chosen_.size())))];
    const Name child = chosen_[i % chosen_.size()];
    if (child == parent) continue;
    // The object that the variable held before lives on as far as an older parent refers to it.
    create(child);
    append(Operand::variable(parent), Operand::variable(child));
  }
  release_shape();
}

void Generator::weak_cluster() {
  containers(2, kContainer);
  const Name referent = chosen_[0];
  create(referent);
  // Ten with callbacks need the largest tuple of the free lists (rule W8).
  const std::uint32_t size = random_.chance(24) ? random_.between(8, 12) : random_.between(2, 6);
  for (std::uint32_t i = 0; i < size; ++i) {
    const auto code = static_cast<OpCode>(static_cast<std::uint32_t>(OpCode::weakref) + random_.below(3));
    if (!has(weak_making(code))) continue;
    const Name name = hot_weak(code);
    weak(code, name, Operand::variable(referent));
    // A weak reference that becomes trash together with its referent has its callback suppressed (rule C7).
    const bool together = size >= 8 || random_.chance(100);
    if (together) append(Operand::variable(chosen_.back()), Operand::variable(name));
    if (random_.chance(together ? 180 : 50)) drop(name);
  }
  if (random_.chance(100)) append(Operand::variable(referent), Operand::variable(chosen_.back()));
  if (random_.chance(100)) append(Operand::variable(chosen_.back()), Operand::variable(referent));
  release_shape();
}

void Generator::late_weakref() {
  containers(2, kContainer);
  if (!has(Making::weakref)) return;
  const Name older = chosen_[0];
  const Name trash = chosen_[1];
  const Name early = hot_weak(OpCode::weakref);
  const Name late = hot_weak(OpCode::weakref);
  Operation asks = bare(OpCode::deref);
  asks.target = hot();
  asks.a = Operand::variable(late);
  Operation makes = bare(OpCode::weakref);
  makes.target = late;
  makes.a = Operand::label(trash);
  create_with(older, asks);
  if (random_.chance(220)) add_collect(0);
  create(trash);
  append(Operand::variable(trash), Operand::variable(trash));
  append(Operand::variable(trash), Operand::variable(older));
  Operation watches = bare(OpCode::weakref);
  watches.target = early;
  watches.a = Operand::variable(trash);
  watches.script = script_of(makes);
  holds_[early.value] = made_[early.value] = Holds::weak;
  add(watches);
  drop(older);
  drop(trash);
  add_collect(0);
}

void Generator::weakref_in_trash() {
  containers(2, kContainer);
  if (has(Making::proxy) && has(Making::weakref) && random_.chance(128)) return proxy_from_callback();
  const OpCode code = has(Making::weakref) ? OpCode::weakref : OpCode::proxy;
  if (!has(weak_making(code))) return;
  const Name referent = chosen_[0];
  const Name trash = chosen_[1];
  Operation shared = bare(code);
  shared.target = hot_weak(code);
  shared.a = Operand::variable(referent);
  create(referent);
  create(trash);
  holds_[shared.target.value] = made_[shared.target.value] = Holds::weak;
  add(shared);
  append(Operand::variable(trash), Operand::variable(trash));
  append(Operand::variable(trash), Operand::variable(shared.target));
  drop(shared.target);
  drop(trash);
  // Whether this one collects depends on the thresholds and on what was allocated before.
  weak(code, hot_weak(code), Operand::variable(referent));
  if (random_.chance(plan_.drops_shape)) drop(referent);
}

void Generator::proxy_from_callback() {
  const Name referent = chosen_[0];
  const Name trash = chosen_[1];
  create(referent);
  create(trash);
  append(Operand::variable(trash), Operand::variable(trash));
  Operation makes = bare(OpCode::proxy);
  makes.target = hot_weak(OpCode::proxy);
  makes.a = Operand::label(referent);
  Operation watches = bare(OpCode::weakref);
  watches.target = hot_weak(OpCode::weakref);
  watches.a = Operand::variable(trash);
  watches.script = script_of(makes);
  holds_[watches.target.value] = made_[watches.target.value] = Holds::weak;
  add(watches);
  drop(trash);
  Operation same = makes;
  same.target = hot_weak(OpCode::proxy);
  holds_[same.target.value] = made_[same.target.value] = Holds::proxy;
  add(same);
}

void Generator::create_with(Name name, const Operation& only) {
  Operation operation = bare(OpCode::create);
  operation.target = name;
  operation.kind = kind_of(name);
  operation.finalizer = finalizer();
  operation.script = script_of(only);
  holds_[name.value] = made_[name.value] = Holds::container;
  add(operation);
}

ScriptId Generator::script_of(const Operation& only) {
  trace_.scripts.push_back({only});
  return static_cast<ScriptId>(trace_.scripts.size()) - 1;
}

void Generator::add_collect(std::int32_t generation) {
  Operation operation = bare(OpCode::collect);
  operation.number[0] = generation;
  add(operation);
}

void Generator::churn() {
  containers(1);
  const std::uint32_t size = random_.between(1, 12);
  for (std::uint32_t i = 0; i < size; ++i) {
    create(chosen_[0]);
    drop(chosen_[0]);
  }
}

void Generator::growth() {
  containers(2, kContainer);
  const Name root = hot_node();
  // Dictionaries of instances are untracked by full collections: they do not belong to the long-lived part.
  const Name young = has(Making::instance) ? hot_name([](Making making) { return making == Making::instance; })
                     : chosen_[0] == root  ? chosen_[1]
                                           : chosen_[0];
  Operation thresholds = bare(OpCode::set_threshold);
  thresholds.count = 3;
  thresholds.number = {static_cast<std::int32_t>(random_.between(1, 3)), 0, 0};
  add(thresholds);
  create(root);
  const std::uint32_t old = random_.between(4, 12);
  if (random_.chance(128)) {
    Operation many = bare(OpCode::bulk);
    many.target = root;
    many.number[0] = static_cast<std::int32_t>(old);
    add(many);
  } else {
    for (std::uint32_t i = 0; i < old; ++i) {
      create(young);
      append(Operand::variable(root), Operand::variable(young));
    }
  }
  add_collect(2);
  for (std::uint32_t i = 0; i < old; ++i) {
    create(young);
    append(Operand::variable(root), Operand::variable(young));
    if (random_.chance(40)) add_collect(static_cast<std::int32_t>(random_.below(2)));
  }
  if (random_.chance(plan_.drops_shape)) drop(root);
}

void Generator::tuples() {
  if (!has(Making::tuple)) return churn();
  const Name source = hot_node();
  const Name made = hot_tuple();
  create(source);
  const std::uint32_t size = random_.chance(32) ? random_.between(17, 22) : random_.between(1, 3);
  for (std::uint32_t i = 0; i < size; ++i) append(Operand::variable(source), operand(bit(Holds::opaque)));
  tuple(made, Operand::variable(source));
  if (random_.chance(128)) {
    Operation clear = bare(OpCode::clear);
    clear.a = Operand::variable(source);
    add(clear);
  }
  append(Operand::variable(source), Operand::variable(made));
  if (random_.chance(128)) append(operand(kOwner), Operand::variable(made));
  // The outer tuple may be older than the one that it holds, which is then untracked after it.
  tuple(hot_tuple(), Operand::variable(source));
  if (random_.chance(100)) append(Operand::variable(source), Operand::variable(made));
  if (random_.chance(plan_.drops_shape)) drop(source);
  if (random_.chance(100)) add_collect(generation());
  if (!random_.chance(64)) return;
  // Trash with a tuple goes to the free list that the next tuple of its size comes from (rule W8).
  const std::uint32_t items = random_.between(1, 3);
  for (int i = 0; i < 2; ++i) {
    create(source);
    for (std::uint32_t item = 0; item < items; ++item) append(Operand::variable(source), operand(bit(Holds::opaque)));
    tuple(made, Operand::variable(source));
    append(Operand::variable(source), Operand::variable(made));
    append(Operand::variable(source), Operand::variable(source));
    drop(made);
    drop(source);
    add_collect(static_cast<std::int32_t>(random_.below(2)));
  }
}

}  // namespace cyclecheck
