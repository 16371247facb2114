// The collector of impl/ as a subject: runs a trace on the library (rules N, X and S of docs/memory-model.md).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "harness/collector/step_budget.hpp"
#include "harness/subjects/subjects.hpp"
#include "impl/atoms.hpp"
#include "impl/gc_module.hpp"
#include "impl/heap.hpp"
#include "impl/objgraph.hpp"
#include "trace/profile.hpp"

namespace cyclecheck {

// The rules of a profile in the library's words.
[[nodiscard]] cyclegc::Semantics semantics_of(const Profile& profile);

// Uses one heap for all of its traces. Not thread-safe.
class ImplSubject : public Subject {
 public:
  enum class Checks : std::uint8_t {
    none,
    // Verifies the heap's structure after every operation and the whole heap at the end of the trace. A failure is
    // thrown as std::runtime_error with what is wrong.
    verify,
    // Verifies the heap's counters after every operation, its structure after operations in which a collection ran, and
    // the whole heap at the end of the trace: for fuzzers, several times faster.
    graded,
  };

  enum class Deaths : std::uint8_t {
    // The library calls back at each death, so their order is known.
    told,
    // Nobody watches deaths: they are found at the end of an operation, in the order of creation. Only so does the
    // library take the ways that it has for objects whose death nobody sees.
    found,
    // The same, and nobody is told of what is made, nor has it a tag: an object is known by the handle that its
    // creation answered. Only so does the library make objects without looking at their types. REQUIRES: traces of
    // profiles whose instances have no dictionaries, without integers and strings
    unseen,
  };

  enum class Steps : std::uint8_t {
    untold,
    // The log has what a judge needs to follow it (docs/contracts.md, section 2, with CPython's machine).
    told,
  };

  explicit ImplSubject(Checks checks = Checks::none, Deaths deaths = Deaths::told, Steps steps = Steps::untold);
  ~ImplSubject() override;

  [[nodiscard]] std::string name() const override;
  [[nodiscard]] Level level() const override { return deaths_ == Deaths::told ? Level::order : Level::timing; }
  [[nodiscard]] bool orders_deaths() const override { return deaths_ == Deaths::told; }
  void run(const Trace& trace, Observe observe, Log& log) override;

  // Called after each operation of a run, while the heap is what the trace has made of it. It may collect.
  void look_after_operations(std::function<void(std::size_t operation)> look) { look_ = std::move(look); }
  [[nodiscard]] cyclegc::Heap& heap() { return heap_; }
  // For the look: the variables, and those of each call.
  [[nodiscard]] std::vector<cyclegc::NamedRoot> named_roots() const;
  // For the look: an object's label.
  [[nodiscard]] std::string name_of(cyclegc::ObjectId id) const { return to_string(label_of(id), *trace_); }
  // For the look: the labels of all that was made under a name and whose memory is not freed. O(objects made).
  [[nodiscard]] std::set<Label> labels_of_all() const;

  // Objects of all traces that the library freed at once, in no order.
  [[nodiscard]] std::uint64_t freed_at_once() const { return freed_at_once_ + heap_.statistics().freed_at_once; }

  // What a trace can do while user code runs that is worth having been there.
  struct Pairs {
    // Scripts during which the heap took more memory, so that its tables may have moved.
    std::uint64_t tables_grew = 0;
    // Scripts in which something was made while room was promised to an object that is being made outside of them.
    std::uint64_t made_under_promise = 0;
  };
  // Of all traces.
  [[nodiscard]] const Pairs& pairs() const { return pairs_; }
  [[nodiscard]] Passages passages() const override;

  // What memory that ran out did to the last run, in order.
  struct Shortage {
    // The callbacks of weak references were lost for want of a tuple; otherwise an operation failed.
    bool tuple = false;
    // Counted from 0: of all tuples, or of all operations executed, those of scripts among them but not `raise`.
    std::uint64_t index = 0;
    // How many objects a `bulk` had appended, and whether it had made one more.
    std::uint32_t made = 0;
    bool one_more = false;
  };
  [[nodiscard]] const std::vector<Shortage>& shortages() const { return shortages_; }

 private:
  using ObjectId = cyclegc::ObjectId;
  using Handle = cyclegc::Handle;

  // One created object or weak reference, in the order of creation. The library's tag of an object is the index of its
  // record; that of a dictionary or callback tuple is its owner's, with the part above it.
  struct Record {
    std::uint64_t hash = 0;  // N24
    Label label;
    ObjectId id;
    // What has its token (D1): the object itself, or the dictionary of a classic instance. Only where deaths are found.
    ObjectId token;
    // Of the token, where objects have no tags.
    cyclegc::TypeId type;
    ScriptId script = kNoScript;
    bool dead = false;
    bool activated = false;
    bool weak = false;
  };

  // What a name stands for, globally.
  struct NameState {
    Handle variable;
    std::uint32_t created = 0;
    std::uint32_t last_record = 0;
    bool ever_bound = false;
  };

  // One call. Locals are in the order in which they were first bound.
  struct Scope {
    Handle arguments[2];
    std::vector<std::pair<Name, Handle>> locals;
  };

  // An object of an extension's type (N18): members, which the collector sees, and a payload, which it does not.
  struct Custom {
    // Of these the first ones are members.
    std::vector<cyclegc::Member> slots;

    void traverse(const cyclegc::Visitor& visit) const {
      for (const std::size_t member : {0U, 2U, 1U, 3U}) {
        if (member < slots.size()) visit(slots[member]);
      }
    }
    void payload(const cyclegc::Visitor& visit) const {
      for (std::size_t i = 4; i < slots.size(); ++i) visit(slots[i]);
    }
    void detach(cyclegc::References& references) {
      for (cyclegc::Member& slot : slots) references.take(slot);
      slots.clear();
    }
  };

  // What `hold` took of one object (N16).
  struct Held {
    std::uint32_t record = 0;
    ObjectId id;
    std::uint32_t times = 0;
  };

  static constexpr std::uint32_t kPartShift = 32;
  static constexpr std::size_t kScopes = 64;
  static constexpr std::uint32_t kAttributes = 16;

  void define_types();
  void start(const Trace& trace, Observe observe, Log& log);
  void forget_handles();
  void verify(cyclegc::Grade grade, std::size_t operation) const;
  void verify_after(std::size_t operation, bool collected) const;
  // Throws TooManySteps.
  void account_for(std::size_t operation);
  // Objects of these generations and their references; of all three, if there are many, at least as many. O(objects),
  // or O(1) then.
  [[nodiscard]] std::uint64_t places_of(int oldest) const;

  // Hooks of the heap.
  std::function<void(ObjectId, ObjectId, cyclegc::Role)> watch_creations();
  void object_created(ObjectId made, ObjectId owner, cyclegc::Role role);
  void note(ObjectId made, std::uint64_t tag);
  void token_released(ObjectId id);
  void find_deaths();
  // For a judge. A part of the operation ended; an object was made after something happened in it, or a weak reference.
  void log_step();
  void log_made(const Record& record);
  void run_finalizer(ObjectId self);
  void run_callback(ObjectId self);
  void log_raised(ObjectId self);
  void watcher_called(ObjectId self, const cyclegc::GcEvent& event, ScriptId script);
  void log_debug_line(const cyclegc::DebugLine& line);
  void log_gc_event(const cyclegc::GcEvent& event);

  // Names and operands (N1 to N4).
  [[nodiscard]] std::uint64_t tag_of(ObjectId id) const {
    if (deaths_ != Deaths::unseen) return heap_.tag(id);
    return id.index < own_tags_.size() ? own_tags_[id.index] : 0;
  }
  void set_tag(ObjectId id, std::uint64_t tag);
  // What the library is told of a tag, and what it made of it.
  [[nodiscard]] std::uint64_t told(std::uint64_t tag) const { return deaths_ == Deaths::unseen ? 0 : tag; }
  void made(ObjectId id, std::uint64_t tag) {
    if (deaths_ == Deaths::unseen) note(id, tag);
  }
  [[nodiscard]] std::uint32_t record_of(ObjectId id) const { return static_cast<std::uint32_t>(tag_of(id)); }
  // Its memory is not another object's by now.
  [[nodiscard]] bool is_there(const Record& record, ObjectId id) const;
  [[nodiscard]] Label label_of(ObjectId id) const;
  [[nodiscard]] NameState& state_of(Name name);
  [[nodiscard]] bool in_script() const { return self_.index != ObjectId::kNone; }
  [[nodiscard]] ObjectId look_up(Name name);
  [[nodiscard]] bool is_alive(ObjectId id) const;
  [[nodiscard]] bool has_slots(ObjectId id) const;
  [[nodiscard]] bool is_node(ObjectId id) const;
  [[nodiscard]] bool can_be_called(ObjectId id) const;
  // False: the owner is a set, and the value is none of what it can hold (N24).
  [[nodiscard]] bool takes(ObjectId owner, ObjectId value) const;
  [[nodiscard]] bool is_hashed(ObjectId value) const;
  [[nodiscard]] bool is_generator(ObjectId id) const {
    if (label_of(id).part != Part::object || atoms_.is_atom(id)) return false;
    const cyclegc::Layout layout = heap_.type(heap_.type_of(id)).layout;
    return layout == cyclegc::Layout::generator || layout == cyclegc::Layout::coroutine;
  }
  // The object behind one of a custom type; null: it is of another.
  [[nodiscard]] Custom* custom(ObjectId id) const;
  [[nodiscard]] ObjectId slot(ObjectId id, std::uint32_t index) const;
  [[nodiscard]] std::uint32_t slot_count(ObjectId id) const;
  void append(ObjectId id, ObjectId value);
  // Of an object of a custom type: erases or replaces a slot (none: erases it).
  void change(ObjectId id, Custom& object, std::uint32_t index, ObjectId value);
  [[nodiscard]] bool is_permanent(ObjectId id) const;
  [[nodiscard]] ObjectId find(const Operand& operand);
  void bind(Name name, Handle value);
  void bind_global(Name name, Handle value);
  void drop(Name name);

  // Operations.
  void execute(const Operation& operation);
  void perform(const Operation& operation);
  void create(const Operation& operation);
  void make_tuple(const Operation& operation);
  void make_pair(const Operation& operation, cyclegc::TypeId type);
  void change_item(const Operation& operation);
  void add(const Operation& operation);
  void intern(const Operation& operation);
  void bulk(const Operation& operation);
  void make_weak(const Operation& operation, cyclegc::WeakKind kind);
  void make_weak_references(const Operation& operation);
  void hold(const Operation& operation);
  void unhold(const Operation& operation);
  void fill(const Operation& operation);
  void dereference(const Operation& operation);
  void mutate(const Operation& operation);
  void clear(ObjectId object);
  void mutate_custom(const Operation& operation, ObjectId a, Custom& object, ObjectId b);
  [[nodiscard]] Handle create_custom(cyclegc::TypeId type, std::uint64_t tag);
  void enter_scope(const Operation& operation);
  void leave_scope();
  void collect(const Operation& operation);
  void set_threshold(const Operation& operation);
  void take_garbage(const Operation& operation);
  void get_objects(const Operation& operation);
  void answer(const std::vector<ObjectId>& objects);
  void set_callbacks(bool on);
  [[nodiscard]] cyclegc::GcCallback acting_callback();
  [[nodiscard]] cyclegc::GcCallback last_callback();
  void watch(const Operation& operation);
  void shutdown();
  void run_script(Record& record, ObjectId self);
  void run_script(ScriptId id, ObjectId self);
  // Answers whether a collection ran.
  bool end_operation();
  void log_generations(bool in_full);

  static std::uint32_t number_of(std::int32_t value) { return static_cast<std::uint32_t>(value); }
  void log(EventKind kind, ObjectId id) { log_->add(Event::of(kind, label_of(id))); }
  void log_numbers(EventKind kind, std::uint32_t a, std::uint32_t b = 0, std::uint32_t c = 0) {
    log_->add(Event::numbers(kind, a, b, c));
  }
  void log_flag(bool flag) { log_numbers(EventKind::flag, flag ? 1 : 0); }
  void log_count();

  Checks checks_;
  Deaths deaths_;
  Steps steps_;
  cyclegc::Heap heap_;
  cyclegc::GcModule gc_;
  cyclegc::Atoms atoms_;
  std::array<std::array<cyclegc::TypeId, kFinalizerKinds>, kObjectKinds> types_{};
  cyclegc::TypeId tuple_type_;
  std::uint64_t hashed_ = 0;
  cyclegc::TypeId method_type_;
  cyclegc::TypeId traceback_type_;

  std::function<void(std::size_t)> look_;

  // The run of one trace.
  const Trace* trace_ = nullptr;
  const Profile* profile_ = nullptr;
  Log* log_ = nullptr;
  // How many events it had when the operation began.
  std::size_t logged_before_ = 0;
  Observe observe_ = Observe::digest;
  std::vector<Record> records_;
  // Records of objects that may be alive, in the order of creation; only where deaths are found. Where steps are told,
  // those of weak references, whose deaths nobody tells.
  std::vector<std::uint32_t> living_;
  std::vector<NameState> names_;
  std::vector<Name> bound_;  // global variables in the order in which they were first bound
  std::vector<Scope> scopes_;
  std::vector<Held> held_;
  ObjectId self_;
  bool over_ = false;
  bool callbacks_on_ = false;
  // Registered with the collector: the first one is silent, the second one writes the log, the third one changes the
  // list, from which the last one is gone meanwhile.
  static constexpr std::uint32_t kNoCallback = UINT32_MAX;
  static constexpr std::size_t kActs = 2;
  static constexpr std::size_t kLast = 3;
  std::array<std::uint32_t, 4> callbacks_{};
  std::size_t last_garbage_size_ = 0;
  std::array<std::int32_t, 3> last_count_{};
  bool collection_began_ = false;
  // By id, where objects have no tags.
  std::vector<std::uint64_t> own_tags_;
  std::uint64_t freed_at_once_ = 0;  // in the traces before this one
  std::array<std::uint32_t, 3> began_{};
  std::uint64_t executed_ = 0;
  std::uint64_t tuples_ = 0;
  std::vector<Shortage> shortages_;
  Pairs pairs_;
  StepBudget budget_;
};

}  // namespace cyclecheck
