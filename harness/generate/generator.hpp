// How a trace is made from its plan: the parts that harness/generate/generate_trace.cpp puts together. Internal to the
// generator.
//
// The generator keeps track of what variables and labels probably stand for, so that most operations find what they
// work on. Definitions are in generator.cpp, generator_shapes.cpp and generator_atoms.cpp.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "harness/generate/trace_plan.hpp"
#include "harness/system/system.hpp"
#include "trace/trace.hpp"

namespace cyclecheck {

// What a variable probably holds. Scripts and collections change what really is there; a wrong guess costs one
// operation that does nothing.
// `container` can be weakly referenced and finalized, `built_in` is a list or dict.
enum class Holds : std::uint8_t { nothing, container, built_in, opaque, tuple, weak, proxy };

inline Holds held_after(Making making) {
  switch (making) {
    case Making::node:
    case Making::instance:
    case Making::classic:
    case Making::custom:
      return Holds::container;
    case Making::list:
    case Making::dict:
      return Holds::built_in;
    case Making::opaque:
      return Holds::opaque;
    case Making::tuple:
      return Holds::tuple;
    case Making::weakref:
    case Making::subref:
      return Holds::weak;
    case Making::proxy:
      return Holds::proxy;
  }
  return Holds::nothing;
}

inline constexpr std::uint32_t kLongestScript = 6;
// More than a counter of 8 bits can tell.
inline constexpr std::uint32_t kBeyondByte = 256;

// An operation whose fields are still to be filled in.
inline Operation bare(OpCode code) {
  Operation operation;
  operation.code = code;
  return operation;
}

// A set of Holds.
using Wanted = std::uint8_t;
constexpr Wanted bit(Holds holds) { return static_cast<Wanted>(1U << static_cast<unsigned>(holds)); }
inline constexpr Wanted kContainer = bit(Holds::container);
inline constexpr Wanted kCyclic = kContainer | bit(Holds::built_in);
inline constexpr Wanted kOwner = kCyclic | bit(Holds::opaque);
inline constexpr Wanted kWeak = bit(Holds::weak) | bit(Holds::proxy);
inline constexpr Wanted kHolder = kOwner | bit(Holds::tuple);
inline constexpr Wanted kObject = kHolder | kWeak;

// Behind the names of the plan come those of integers and strings, then these.
inline constexpr std::uint32_t kFirstMap = 6;
inline constexpr std::uint32_t kMaps = 2;
inline constexpr std::uint32_t kFirstMethod = kFirstMap + kMaps;
inline constexpr std::uint32_t kMethods = 3;
inline constexpr std::uint32_t kTracebacks = 2;
// One of each kind of object, and two more.
inline constexpr std::uint32_t kFirstLimit = kFirstMethod + kMethods + kTracebacks;

// Makes one trace. REQUIRES: plan, random numbers and trace outlive it.
class Generator {
 public:
  Generator(Random& random, Plan& plan, Trace& trace) : random_(random), plan_(plan), trace_(trace) {
    holds_.assign(plan.making.size(), Holds::nothing);
    made_.assign(plan.making.size(), Holds::nothing);
  }

  void run();
  // Lets some of the trace's allocations fail. REQUIRES: run() before
  void add_faults();
  // Gives some traces what is done in several operations: callbacks that are objects, scripts in scripts, maps of
  // ephemerons, many references at once. REQUIRES: run() before
  void add_idioms();
  // Gives some traces integers and strings, under names of their own. REQUIRES: run() before
  void add_atoms();
  // Lets a callback bring back the trash that its weak reference referred to, in some traces, which then use it.
  // REQUIRES: run() before
  void add_resurrection();
  // Gives a trace entries of gc.callbacks that act. REQUIRES: nothing is added after but a giant
  void add_watchers();
  // Lets collections begin inside of some operations, where the interpreter itself allocates: the tuple of callbacks of
  // a dying object, a dictionary. REQUIRES: run() before, kinds are not changed yet
  void add_collecting_allocations();
  // An object whose finalizer makes several weak references to it, which are asked when its place is another's.
  // REQUIRES: as above
  void add_own_weakrefs();
  // Uncollectable trash holds the only weak reference to an older object, which dies when other trash does.
  // REQUIRES: as above
  void add_watching_trash();
  // Gives a trace maps of ephemerons whose keys, values and maps lead to each other. REQUIRES: as above
  void add_ephemerons();
  // Gives some objects that have a finalizer both of them. REQUIRES: as above
  void add_second_finalizers();
  // Lets a name make cells. REQUIRES: as above
  void add_cells();
  // Binds methods, which are then held, weakly referred to, or callbacks. REQUIRES: as above
  void add_methods();
  // Lets a name make frames, and adds tracebacks of them. REQUIRES: as above
  void add_frames();
  // What is at an edge: full containers, far places, large thresholds, atoms that just fit, full free lists, many
  // functions of gc.callbacks. REQUIRES: as above
  void add_limits(bool may_be_long);
  // Lets a name make generators, some of which are closed. REQUIRES: as above
  void add_generators();
  // Coroutines, and generators that run to their end by themselves.
  void add_resumed();
  void add_long_texts();
  // Lets a name make sets, of more elements than the smallest table takes. REQUIRES: as above
  void add_sets();
  // Lets a name make dicts, with keys that are objects. REQUIRES: as above
  void add_keys();
  // A collection is due when the trace ends, and a finalizer that runs then collects and makes something.
  // REQUIRES: as above
  void add_last_words();
  // At the beginning, where a full collection may begin inside of a young one (rule G5): what the young one has set
  // apart alone refers to an older object.
  void add_nested_collection();
  // Makes one trace in 1500 a giant: short, with more of something than small counters can tell, or than free
  // lists take. REQUIRES: run() before, nothing is added after
  void add_giant();

 private:
  // Operations.

  void emit(OpCode code);

  // Any operation from its table row; in scripts operands may be `self`.
  Operation fields(OpCode code, bool in_script);
  void fill(Operation& operation, Field field, bool in_script);

  // A label's name tells the kind of the object: what creates one takes a name of that kind.
  Name target(OpCode code);
  Operand first_operand(OpCode code, bool in_script);
  void create(Name name);
  void weak(OpCode code, Name name, Operand referent);
  void tuple(Name name, Operand source);
  void drop(Name name);
  void append(Operand a, Operand b);
  void bulk();

  void add(const Operation& operation) { trace_.operations.push_back(operation); }

  // Integers and strings: generator_atoms.cpp.

  Name atom_name(bool string);
  Operation constant(Name name, bool string);
  // Adds what may be done with some of them to `made`.
  void atom_idiom(std::vector<Operation>& made);

  // Idioms: generator_idioms.cpp. They are added at the end.

  void idiom();
  void old_behind_trash();
  // An object dies whose weak references, all with callbacks, trash holds alone: the last operation.
  void weakrefs_of_trash();
  static Operation set_thresholds(const std::array<std::int32_t, 3>& thresholds);
  void shown_and_hidden();
  // What was added behind the first `before` operations goes to any place among them.
  void move_in(std::ptrdiff_t before);
  // What `make` adds goes to any place, one to `most` times. REQUIRES: there are operations
  template <typename Make>
  void add_up_to(std::uint32_t most, Make&& make) {
    for (std::uint32_t left = random_.between(1, most); left > 0; --left) {
      const auto before = static_cast<std::ptrdiff_t>(trace_.operations.size());
      make();
      move_in(before);
    }
  }
  // The same about a name whose objects become of this kind; nothing, if it is not to be had.
  template <typename Make>
  void add_of_kind(ObjectKind kind, std::uint32_t most, Make&& make) {
    const auto name = name_to_change();
    if (!name) return;
    add_up_to(most, [&] { make(*name); });
    make_instead(*name, kind);
  }
  // The trace's scripts come in the order of its text again.
  void order_scripts();
  void called_by_object();
  void call_object_instead();
  void script_in_script();
  void callback_resurrection(OpCode code);
  void ephemerons();
  [[nodiscard]] Name map_name(std::uint32_t which) const;
  void make_map(Name map);
  void map_to(Name map, Operand key, Operand value);
  void ask_map(Name map, Operand key);
  void many();
  void watcher();
  void method();

  // Kinds: generator_kinds.cpp.

  void traceback(Name frame);
  void generator(Name name, ObjectKind kind, OpCode ends);
  void elements(Name set);
  void keys(Name dict);
  // A name that others are not in need of; nothing: it was not to be had.
  [[nodiscard]] std::optional<Name> name_to_change();
  [[nodiscard]] bool is_changed(Name name) const {
    return std::any_of(plan_.instead.begin(), plan_.instead.end(), [&](const auto& it) { return it.first == name; });
  }
  // Lets what is made under a name be of another kind; of all but generators without a finalizer.
  void make_instead(Name name, ObjectKind kind);
  Operation watcher_operation();

  // Limits: generator_limits.cpp. They are added at the end.

  [[nodiscard]] Name limit_name(std::uint32_t which) const;
  // An object of this kind under a name of its own, which it answers.
  Name make_at_limit(ObjectKind kind);
  void store(Name owner, std::uint32_t index, Operand value);
  void erase_at(Name owner, std::uint32_t index);
  void ask(OpCode question, Operand about);
  void full_keys();
  void far_slots();
  void large_thresholds();
  void many_watchers();
  void atoms_at_limits();
  void full_lists();

  // Giants: generator_giants.cpp.

  std::int32_t giant_size();
  void sized(OpCode code, Name target, Operand a, Operand b, std::int32_t size);
  void giant_heap();
  void giant_count();
  void dies_behind_trash(Name owner, Name object);
  void giant_weak_references();
  void full_free_lists();
  void many_collections();
  void longest_strings();

  // Scripts.

  ScriptId script();
  Operation script_operation();
  Operand script_operand(Wanted wanted);

  // Shapes.

  void emit(Shape shape);

  // Collects up to `count` different names that make what is wanted, beginning anywhere. Of kContainer there are two at
  // least.
  void containers(std::uint32_t count, Wanted wanted = kCyclic);
  void release_shape();
  void cycle();

  // Two names in turn: each new object refers to the one before it, and the variable of the one before that is used
  // again.
  void chain();

  // Rule T4: a node takes two levels of some 10,000, so that only a chain of 4,970 nodes is put off, and then every 25
  // or 26 links below. Around there links hold one more object, and one of another kind before the first one shifts the
  // levels by one.
  void headroom_chain();

  // The links of a chain: of chosen_[0] and chosen_[1] in turn. `holds_more` is asked how far below the head a link is,
  // and true makes it hold a chosen_[2]. Answers the name of the head, all that is not dropped. REQUIRES: holds_more is
  // false if there is no chosen_[2]
  template <typename HoldsMore>
  Name links(std::uint32_t depth, HoldsMore&& holds_more);
  Name put_before(Name other, Name head);

  // A chain whose links hold one more object each and a weak reference, so that at some depth weak references wait in
  // the trashcan while their referents die, or are found to be trash by a finalizer that collects (rules W6, C7), or
  // answer objects that wait there (rule N11).
  void decorated_chain();
  void clique();
  void tree();
  void weak_cluster();

  // A weak reference to trash that a callback makes while the trash is being collected. What it answers is asked by the
  // finalizer of an older object, which dies while the trash is cleared.
  void late_weakref();

  // A weak reference without callback that only trash holds, and then another one to the same object, whose allocation
  // may collect the first (rule W3).
  void weakref_in_trash();

  // The same, but the collection runs a callback that makes such a proxy.
  void proxy_from_callback();

  // An object with a finalizer that does one thing.
  void create_with(Name name, const Operation& only);
  ScriptId script_of(const Operation& only);
  void add_collect(std::int32_t generation);
  void churn();

  // A heap whose long-lived part is known, and which then grows by one object after the other: sooner or later the new
  // ones are a quarter of it (rule G7).
  void growth();

  // A tuple of what the collector never tracks, one that holds that tuple, and perhaps a dict or list that holds either
  // (rules G6, G9); enough of one size to empty a free list or to fill it (rule W8).
  void tuples();

  // Parts.

  std::size_t byte() { return static_cast<std::size_t>(random_.next() >> 56); }
  Name hot() { return plan_.hot[byte()]; }

  // A hot name that creates what `fits` says, if a few tries find one; otherwise the first one.
  // REQUIRES: there is one
  template <typename Fits>
  Name hot_name(const Fits& fits) {
    for (int tries = 0; tries < 6; ++tries) {
      const Name name = hot();
      if (fits(plan_.making[name.value])) return name;
    }
    const auto found = std::find_if(plan_.making.begin(), plan_.making.end(), fits);
    return Name{static_cast<std::uint16_t>(found - plan_.making.begin())};
  }

  Name hot_maker() {
    return hot_name([](Making making) { return making <= Making::custom; });
  }
  // REQUIRES: has(Making::tuple)
  Name hot_tuple() {
    return hot_name([](Making making) { return making == Making::tuple; });
  }
  Name hot_node() {
    return hot_name([](Making making) { return making == Making::node; });
  }
  // REQUIRES: has(weak_making(code))
  Name hot_weak(OpCode code) {
    return hot_name([wanted = weak_making(code)](Making making) { return making == wanted; });
  }

  static Making weak_making(OpCode code) {
    return static_cast<Making>(static_cast<std::uint32_t>(Making::weakref) + static_cast<std::uint32_t>(code) -
                               static_cast<std::uint32_t>(OpCode::weakref));
  }

  // Of what makes weak references. None: the trace has no name for any.
  [[nodiscard]] std::optional<OpCode> weak_code();

  static bool takes_finalizer(ObjectKind kind) { return kind < ObjectKind::opaque || kind == ObjectKind::custom; }

  [[nodiscard]] bool has(Making making) const {
    return std::find(plan_.making.begin(), plan_.making.end(), making) != plan_.making.end();
  }

  // A name whose variable probably holds what is wanted.
  Name likely(Wanted wanted);
  Name likely_label(Wanted wanted);
  Operand operand(Wanted wanted);
  Holds holds_of(const Operand& operand) const;
  [[nodiscard]] ObjectKind kind_of(Name name) const;

  FinalizerKind finalizer() { return random_.chance(plan_.legacy) ? FinalizerKind::legacy : FinalizerKind::del; }

  std::int32_t slot() { return static_cast<std::int32_t>(random_.chance(40) ? random_.below(17) : random_.below(3)); }

  std::int32_t index() { return static_cast<std::int32_t>(random_.chance(40) ? random_.below(20) : random_.below(3)); }

  std::int32_t generation();
  void thresholds(Operation& operation);
  std::int32_t flags();

  Random& random_;
  Plan& plan_;
  Trace& trace_;
  std::vector<Holds> holds_;
  std::vector<Holds> made_;
  std::vector<Name> chosen_;
};

}  // namespace cyclecheck
