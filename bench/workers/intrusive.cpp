// A hand-written count in each object: what an embedder would have without a collector.
#include <utility>

#include "bench/workloads/embedder.hpp"
#include "bench/workloads/embedder_heap.hpp"

namespace cyclecheck::bench {
template <class T>
class Intrusive {
 public:
  Intrusive() = default;
  explicit Intrusive(T* object) : object_(object) {
    if (object_ != nullptr) ++object_->references;
  }
  Intrusive(const Intrusive& other) : Intrusive(other.object_) {}
  Intrusive(Intrusive&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  Intrusive& operator=(Intrusive other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Intrusive() {
    if (object_ != nullptr && --object_->references == 0) delete object_;
  }
  T* operator->() const { return object_; }
  T& operator*() const { return *object_; }
  explicit operator bool() const { return object_ != nullptr; }
  friend bool operator==(const Intrusive& x, const Intrusive& y) { return x.object_ == y.object_; }

 private:
  T* object_ = nullptr;
};

template <class T>
struct MakeIntrusive {
  Intrusive<T> operator()() const { return Intrusive<T>(new T); }
};

std::unique_ptr<Workload> make_workload(const Spec& spec) {
  using System = CountedPointers<Intrusive, MakeIntrusive>;
  if (spec.workload == "embedder") return std::make_unique<Embedder<System>>(spec);
  if (spec.workload == "embedder_heap") return std::make_unique<EmbedderHeap<System>>(spec);
  return nullptr;
}

std::string version() { return "intrusive count"; }

}  // namespace cyclecheck::bench
