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
  // Memory that goes back to the system leaves everything as it was.
  subject.look_after_operations([&subject](std::size_t operation) {
    if (operation % kTrims == kTrims - 1) subject.heap().trim();
  });
  subject.run(trace, observe, log);
  pairs_.tables_grew += subject.pairs().tables_grew;
  pairs_.made_under_promise += subject.pairs().made_under_promise;
}

}  // namespace cyclecheck
