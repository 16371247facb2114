// mimalloc, as an allocator alone.
#include <fmt/format.h>
#include <mimalloc.h>

#include <cstdint>

#include "bench/workload.hpp"

namespace cyclecheck::bench {
namespace {

// `allocate`: mi_malloc and mi_free of 32 bytes, which an empty container takes here at least: its cell and its places
// in the tables.
class AllocateAndFree : public Workload {
 public:
  explicit AllocateAndFree(const Spec& spec) : spec_(spec) {}

  double run() override {
    Stopwatch watch;
    watch.start();
    for (std::uint64_t i = 0; i < spec_.objects; ++i) {
      // Volatile, or the compiler leaves both calls out.
      void* volatile memory = mi_malloc(kSize);
      mi_free(memory);
    }
    watch.stop();
    return watch.nanoseconds() / static_cast<double>(spec_.objects);
  }

 private:
  static constexpr std::size_t kSize = 32;

  Spec spec_;
};

}  // namespace

std::unique_ptr<Workload> make_workload(const Spec& spec) {
  if (spec.workload != "allocate") return nullptr;
  return std::make_unique<AllocateAndFree>(spec);
}

std::string version() {
  return fmt::format("mimalloc {}.{}.{}", mi_version() / 100, mi_version() / 10 % 10, mi_version() % 10);
}

}  // namespace cyclecheck::bench
