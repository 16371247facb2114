#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "harness/generate/generator.hpp"
#include "trace/normal_form.hpp"

namespace cyclecheck {
namespace {

// Counters of 16 bits wrap here.
constexpr std::uint32_t kBeyond = 65'536;
// What is large stays in the heap for a while, and makes all that follows slow.
constexpr std::size_t kRest = 40;
// More than the free lists take (rule W8): of tuples of one size, and of anything else.
constexpr std::uint32_t kTuples = 2010;
constexpr std::uint32_t kLists = 85;

}  // namespace

// One of two more objects than a counter of 16 bits can tell, or some more.
std::int32_t Generator::giant_size() {
  return static_cast<std::int32_t>(kBeyond + (random_.chance(128) ? random_.below(3) : random_.below(2000)));
}

void Generator::sized(OpCode code, Name target, Operand a, Operand b, std::int32_t size) {
  Operation operation = bare(code);
  for (const Field field : info(code).used()) {
    if (field == Field::target) operation.target = target;
  }
  operation.a = a;
  operation.b = b;
  operation.number[0] = size;
  add(operation);
}

// Objects, and mostly garbage that one collection finds.
void Generator::giant_heap() {
  const Name owner = hot_node();
  create(owner);
  // A heap that grows is collected again and again.
  add(bare(OpCode::disable));
  sized(OpCode::bulk, owner, {}, {}, giant_size());
  // Some of them die before, whose places are taken again after.
  Operation dies = bare(OpCode::erase);
  dies.a = Operand::variable(owner);
  for (std::uint32_t left = random_.below(4); left > 0; --left) add(dies);
  if (random_.chance(32)) {
    // What was made last alone refers to all of it.
    const Name younger = make_at_limit(ObjectKind::node);
    append(Operand::variable(younger), Operand::variable(owner));
  } else if (random_.chance(230)) {
    append(Operand::variable(owner), Operand::variable(owner));
  }
  if (random_.chance(230)) drop(owner);
  add_collect(static_cast<std::int32_t>(random_.below(3)));
  if (random_.chance(128)) add(bare(OpCode::enable));
  create(owner);
}

// Of one object: references in one container, or handles.
void Generator::giant_count() {
  containers(2, kContainer);
  const Name owner = hot_node();
  const Name object = chosen_[0] == owner ? chosen_[1] : chosen_[0];
  create(object);
  if (random_.chance(80)) {
    dies_behind_trash(owner, object);
  } else if (random_.chance(128)) {
    create(owner);
    sized(OpCode::fill, {}, Operand::variable(owner), Operand::variable(object), giant_size());
    if (random_.chance(128)) append(Operand::variable(object), Operand::variable(owner));
    if (random_.chance(128)) drop(object);
    if (random_.chance(160)) drop(owner);
  } else {
    const std::int32_t size = giant_size();
    sized(OpCode::hold, {}, Operand::variable(object), {}, size);
    if (random_.chance(128)) append(Operand::variable(object), Operand::variable(object));
    drop(object);
    add_collect(generation());
    sized(OpCode::unhold, {}, Operand::label(object), {}, size - static_cast<std::int32_t>(random_.below(3)));
  }
  add_collect(2);
}

// The owner is trash, all that refers to an older object, whose death is seen, and refers to something else as well.
void Generator::dies_behind_trash(Name owner, Name object) {
  if (const auto code = weak_code()) {
    const Name watching = hot_weak(*code);
    weak(*code, watching, Operand::variable(object));
  }
  add(bare(OpCode::set_debug));
  add_collect(0);
  const std::uint32_t finalizers = std::exchange(plan_.finalizers, 0);
  create(owner);
  plan_.finalizers = finalizers;
  append(Operand::variable(owner), Operand::variable(owner));
  sized(OpCode::fill, {}, Operand::variable(owner), Operand::variable(object), giant_size());
  append(Operand::variable(owner), operand(kObject));
  append(Operand::variable(owner), Operand::variable(object));
  drop(object);
  drop(owner);
  add_collect(0);
}

// Weak references with callbacks to one object, which dies for want of references, or as trash.
void Generator::giant_weak_references() {
  containers(2, kContainer);
  const Name into = hot_node();
  const Name object = chosen_[0] == into ? chosen_[1] : chosen_[0];
  create(object);
  create(into);
  add(bare(OpCode::disable));
  sized(OpCode::weakrefs, into, Operand::variable(object), {}, giant_size());
  const bool is_cycle = random_.chance(100);
  if (is_cycle) append(Operand::variable(object), Operand::variable(object));
  drop(object);
  // One by one in their own order the model is slow to take them out of the list.
  if (!is_cycle && random_.chance(64)) drop(into);
  add_collect(2);
}

// So many objects are dropped that the free lists are full, and made anew.
void Generator::full_free_lists() {
  const Name keeper = hot_node();
  const bool tuples = has(Making::tuple) && random_.chance(128);
  containers(3, kCyclic);
  const Name made = tuples ? hot_tuple() : chosen_.back() == keeper ? chosen_.front() : chosen_.back();
  if (made == keeper) return;
  const Name source = chosen_[0] == keeper ? chosen_[1] : chosen_[0];
  create(keeper);
  if (tuples) {
    create(source);
    for (std::uint32_t items = random_.between(1, 3); items > 0; --items) {
      append(Operand::variable(source), Operand::variable(keeper));
    }
  }
  for (int round = 0; round < 2; ++round) {
    for (std::uint32_t i = 0; i < (tuples ? kTuples : kLists); ++i) {
      if (tuples) {
        tuple(made, Operand::variable(source));
      } else {
        create(made);
      }
      append(Operand::variable(keeper), Operand::variable(made));
    }
    Operation clear = bare(OpCode::clear);
    clear.a = Operand::variable(keeper);
    add(clear);
    if (random_.chance(64)) add_collect(generation());
  }
}

// More collections of each generation than a byte can count.
void Generator::many_collections() {
  const Name owner = hot_node();
  create(owner);
  if (random_.chance(128)) {
    Operation thresholds = bare(OpCode::set_threshold);
    thresholds.count = 3;
    thresholds.number = {1, static_cast<std::int32_t>(random_.below(2)), 0};
    add(thresholds);
    add(bare(OpCode::enable));
    sized(OpCode::bulk, owner, {}, {}, static_cast<std::int32_t>(kBeyondByte * 8 + random_.below(64)));
  } else {
    for (std::int32_t generation = 0; generation < 3; ++generation) {
      for (std::uint32_t i = 0; i < kBeyondByte + random_.below(4); ++i) add_collect(generation);
    }
  }
  if (profile(trace_.profile).has_stats) add(bare(OpCode::get_stats));
  add(bare(OpCode::get_count));
  drop(owner);
}

// The longest text that a trace can say, and as long as adding makes it.
void Generator::longest_strings() {
  const Name x = atom_name(true);
  Operation text = bare(OpCode::string);
  text.target = x;
  text.text = std::string(15, random_.chance(128) ? 'a' : ' ');
  add(text);
  for (int i = 0; i < 16; ++i) {
    Operation doubled = bare(OpCode::add);
    doubled.target = x;
    doubled.a = doubled.b = Operand::variable(x);
    add(doubled);
    if (random_.chance(64)) add(Operation(text));
  }
  for (const OpCode code : {OpCode::intern, OpCode::id, OpCode::same}) {
    Operation last = bare(code);
    last.target = code == OpCode::intern ? atom_name(true) : Name{};
    last.a = Operand::variable(x);
    if (code == OpCode::same) last.b = Operand::variable(atom_name(true));
    add(last);
  }
}

// Put in afterwards, as faults are, so that all other traces are what their seeds always gave.
void Generator::add_giant() {
  // One trace in 320. The first two take as long as some 500 ordinary traces each, any other as ten: together a quarter
  // of the time.
  constexpr std::uint32_t kTraces = 3200;
  constexpr std::uint32_t kGiants = 10;
  const std::uint32_t drawn = random_.below(kTraces);
  if (drawn >= kGiants) return;
  const bool ends = !trace_.operations.empty() && trace_.operations.back().code == OpCode::shutdown;
  trace_.operations.resize(std::min(trace_.operations.size() - (ends ? 1U : 0U), kRest));
  switch (drawn) {
    case 0:
      giant_heap();
      break;
    case 1:
      giant_weak_references();
      break;
    case 2:
    case 3:
    case 4:
      giant_count();
      break;
    case 5:
      full_free_lists();
      break;
    case 6:
    case 7:
      many_collections();
      break;
    default:
      longest_strings();
      break;
  }
  if (ends) add(bare(OpCode::shutdown));
  Trace ordered = with_ordered_scripts(trace_);
  trace_.operations = std::move(ordered.operations);
  trace_.scripts = std::move(ordered.scripts);
}

}  // namespace cyclecheck
