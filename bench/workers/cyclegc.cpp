#include "bench/collectors/cyclegc.hpp"

#include "bench/workloads/all.hpp"
#include "bench/workloads/embedder.hpp"
#include "bench/workloads/embedder_heap.hpp"
#include "bench/workloads/mixed_heap.hpp"
#include "cyclegc/runtime.hpp"

namespace cyclecheck::bench {

// As an embedder uses the library: a heap without CPython's ways, and objects of a class.
class OwnClass {
 public:
  struct Object : cyclegc::Members<2> {
    std::int64_t number = 0;
  };
  struct Places {
    static constexpr bool kShowsAllMembers = true;
    explicit Places(std::size_t size) : slots(size) {}
    std::vector<cyclegc::Member> slots;
    void traverse(const cyclegc::Visitor& visit) const {
      for (const cyclegc::Member& slot : slots) visit(slot);
    }
    void detach(cyclegc::References& out) {
      for (cyclegc::Member& slot : slots) out.take(slot);
    }
  };
  using Ref = cyclegc::Ref<Object>;
  using Slot = cyclegc::Member;
  using Table = cyclegc::Ref<Places>;
  template <class T>
  using Roots = std::vector<T>;
  static constexpr bool kFindsCycles = true;

  // A program's safepoints: an allocation is one here.
  Ref create() {
    runtime_.safepoint();
    return cyclegc::make<Object>(runtime_, objects_);
  }
  static Slot& slot(const Ref& owner, int i) { return owner->members[i]; }
  Ref get(const Slot& slot) { return slot ? Ref(cyclegc::Handle(runtime_, slot.get())) : Ref(); }
  void set(const Ref& owner, Slot& slot, const Ref& value) { runtime_.store_member(owner.get(), slot, value.get()); }
  static std::size_t identity(const Ref& ref) { return ref.get().index; }
  Table create_table(std::size_t slots) { return cyclegc::make<Places>(runtime_, tables_, slots); }
  static bool is_free_for(const Table& table, std::size_t place, const Ref& key) {
    const Slot& slot = table->slots[place];
    return !slot || slot.get() == key.get();
  }
  void put(const Table& table, std::size_t place, const Ref& value) {
    runtime_.store_member(table.get(), table->slots[place], value.get());
  }
  Ref at(const Table& table, std::size_t place) { return get(table->slots[place]); }
  void collect() { static_cast<void>(runtime_.collect()); }
  void trim() { runtime_.trim(); }

 private:
  cyclegc::Runtime runtime_;
  cyclegc::TypeId objects_ = runtime_.define(cyclegc::type_of_class<Object>("object"));
  cyclegc::TypeId tables_ = runtime_.define(cyclegc::type_of_class<Places>("table"));
};

std::unique_ptr<Workload> make_workload(const Spec& spec) {
  if (spec.workload == "embedder") return std::make_unique<Embedder<OwnClass>>(spec);
  if (spec.workload == "embedder_heap") return std::make_unique<EmbedderHeap<OwnClass>>(spec);
  if (spec.workload == "mixed") return std::make_unique<MixedHeap>(spec);
  return make_workload_of<CycleGc>(spec);
}

std::string version() { return "cyclegc"; }

}  // namespace cyclecheck::bench
