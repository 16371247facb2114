// cyclegc::Runtime, this project's own collector as an embedder uses it (docs/embedding.md), of its public headers
// alone. Collections are due after every other object, so that young ones run in short traces.
//
// Every object tells of its death in its destructor. Weak references lie in objects of their own.
#include "cyclegc/runtime.hpp"

#include <memory>

#include "../kit/kit.hpp"

namespace {

struct Told {
  Told(kit::Machine& with, kit::Object* what) : machine(&with), object(what) {}
  Told(const Told&) = delete;
  Told& operator=(const Told&) = delete;
  ~Told() { machine->died(object); }
  // So that a Ref may stand for it.
  void traverse(const cyclegc::Visitor&) const {}
  void detach(cyclegc::References&) {}
  kit::Machine* machine;
  kit::Object* object;
};

// A node, a tuple, an opaque object: a row that grows. `kSeen`: by the collector.
template <bool kSeen>
struct Row : Told {
  using Told::Told;
  static constexpr bool kShowsAllMembers = kSeen;
  std::vector<cyclegc::Member> members;
  void traverse(const cyclegc::Visitor& visit) const {
    for (const cyclegc::Member& member : members) {
      if (kSeen) visit(member);
    }
  }
  void detach(cyclegc::References& out) {
    for (cyclegc::Member& member : members) out.take(member);
  }
};

struct Attributes : Told, cyclegc::Members<16> {
  using Members::detach;
  using Members::traverse;
  using Told::Told;
};

// Holds a weak reference, with which it is garbage.
struct Weak : Told, cyclegc::Members<1> {
  using Members::detach;
  using Members::traverse;
  using Told::Told;
};

class OwnRuntime : public kit::Backend {
 public:
  void begin() override {
    places_.clear();
    runtime_ = std::make_unique<cyclegc::Runtime>(cyclegc::Policy{.young_objects = 2});
    for (const bool finalizes : {false, true}) {
      rows_[finalizes] = define<Row<true>>(finalizes);
      attributes_[finalizes] = define<Attributes>(finalizes);
    }
    opaque_ = define<Row<false>>(false);
    weak_ = define<Weak>(false);
  }
  void end() override {
    for (Place& place : places_) place.held.clear();
    runtime_ = nullptr;
  }

  void create(kit::Object* object) override {
    places_.emplace_back();
    object->native = &places_.back();
    const bool finalizes = object->has_finalizer;
    if (object->kind == kit::Object::weak) {
      const auto made = make<Weak>(weak_, object);
      cyclegc::WeakCallback callback;
      if (object->has_callback) callback = [this, object](cyclegc::Heap&, cyclegc::ObjectId) { call(object); };
      const cyclegc::Handle weak =
          runtime_->create_weak(cyclegc::WeakKind::subreference, place(object->referent).id, std::move(callback))
              .handle;
      runtime_->store_member(made.get(), made->members[0], weak.get());
    } else if (object->has_attributes()) {
      make<Attributes>(attributes_[finalizes], object);
    } else if (object->kind == kit::Object::opaque) {
      make<Row<false>>(opaque_, object);
    } else {
      make<Row<true>>(rows_[finalizes], object);
    }
  }
  kit::Object* answer(kit::Object* weak) override {
    const cyclegc::ObjectId referent = runtime_->referent(at<Weak>(weak)->members[0].get());
    if (!referent) return nullptr;
    cyclegc::Ref<Told> found{cyclegc::Handle(*runtime_, referent)};
    kit::Object* const object = found->object;
    place(object).held.push_back(std::move(found));
    return object;
  }
  void hold(kit::Object* object) override { place(object).held.push_back(at(object)); }
  void release(kit::Object* object) override {
    const cyclegc::Ref<Told> last = std::move(place(object).held.back());
    place(object).held.pop_back();
  }
  std::size_t size(kit::Object* object) override { return members(object).size(); }
  kit::Object* get(kit::Object* object, std::size_t slot) override {
    const cyclegc::Member& member = members(object)[slot];
    if (!member) return nullptr;
    return cyclegc::Ref<Told>(cyclegc::Handle(*runtime_, member.get()))->object;
  }
  void push(kit::Object* object, kit::Object* value) override {
    auto& row = this->row(object);
    row.emplace_back();
    runtime_->store_member(place(object).id, row.back(), place(value).id);
  }
  void set(kit::Object* object, std::size_t slot, kit::Object* value) override {
    const cyclegc::ObjectId id = value == nullptr ? cyclegc::ObjectId{} : place(value).id;
    runtime_->store_member(place(object).id, members(object)[slot], id);
  }
  void erase(kit::Object* object, std::size_t slot) override {
    auto& row = this->row(object);
    // What dies of it may look at the row.
    cyclegc::Member old = std::move(row[slot]);
    row.erase(row.begin() + static_cast<std::ptrdiff_t>(slot));
    runtime_->store_member(place(object).id, old, {});
  }
  void collect(int) override { static_cast<void>(runtime_->collect()); }
  // What finalizers leave behind waits for the next safepoint.
  void settle() override {
    std::size_t before = 0;
    do {
      before = finalized_;
      runtime_->safepoint();
    } while (finalized_ != before);
  }

 private:
  struct Place {
    cyclegc::ObjectId id;
    std::vector<cyclegc::Ref<Told>> held;
  };
  struct Span {
    cyclegc::Member* first;
    std::size_t count;
    std::size_t size() const { return count; }
    cyclegc::Member& operator[](std::size_t i) const { return first[i]; }
  };

  static Place& place(kit::Object* object) { return *static_cast<Place*>(object->native); }
  template <class T = Told>
  cyclegc::Ref<T> at(kit::Object* object) {
    return cyclegc::Ref<T>(cyclegc::Handle(*runtime_, place(object).id));
  }
  template <class T>
  cyclegc::TypeId define(bool finalizes) {
    cyclegc::Type type = cyclegc::type_of_class<T, Told>("object");
    if (finalizes) {
      type.finalize = [this](cyclegc::Heap& heap, cyclegc::ObjectId id) {
        const cyclegc::Ref<Told> self{cyclegc::Handle(heap, id)};
        machine->finalizer(self->object);
        ++finalized_;
      };
    }
    return runtime_->define(std::move(type));
  }
  template <class T>
  cyclegc::Ref<T> make(cyclegc::TypeId type, kit::Object* object) {
    const cyclegc::Ref<T> made = cyclegc::make<T>(*runtime_, type, *machine, object);
    place(object).id = made.get();
    place(object).held.push_back(made);
    return made;
  }
  std::vector<cyclegc::Member>& row(kit::Object* object) {
    return object->kind == kit::Object::opaque ? at<Row<false>>(object)->members : at<Row<true>>(object)->members;
  }
  void call(kit::Object* weak) {
    if (weak->dead) return;
    hold(weak);
    machine->callback(weak);
    release(weak);
  }
  Span members(kit::Object* object) {
    if (object->has_attributes()) return {at<Attributes>(object)->members, 16};
    auto& row = this->row(object);
    return {row.data(), row.size()};
  }

  std::unique_ptr<cyclegc::Runtime> runtime_;
  cyclegc::TypeId rows_[2], attributes_[2], opaque_, weak_;
  std::deque<Place> places_;
  std::size_t finalized_ = 0;
};

}  // namespace

CYCLECHECK_SUBJECT(OwnRuntime, "cyclegc", "1",
                   "counts=prompt collections=2 finalizers=once weakrefs=unreachable callbacks=before left=opaque",
                   "labels")
