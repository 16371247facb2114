#include "harness/collector/small_heap_subject.hpp"

#include "impl/memory.hpp"

namespace cyclecheck {
namespace {

// Operations between two of Heap::trim.
constexpr std::size_t kTrims = 8;

class Restless {
 public:
  Restless() { cyclegc::set_growth(cyclegc::Growth::restless); }
  Restless(const Restless&) = delete;
  Restless& operator=(const Restless&) = delete;
  ~Restless() { cyclegc::set_growth(cyclegc::Growth::seldom); }
};

}  // namespace

void SmallHeapSubject::run(const Trace& trace, Observe observe, Log& log) {
  const Restless restless;
  ImplSubject subject(ImplSubject::Checks::graded);
  subject.look_after_operations([&](std::size_t operation) {
    if (operation % kTrims != kTrims - 1) return;
    subject.heap().trim();
    ++trims_;
  });
  subject.run(trace, observe, log);
  const Passages passages = subject.passages();
  for (std::size_t i = 0; i < kPassages; ++i) passages_[i] += passages[i];
}

}  // namespace cyclecheck
