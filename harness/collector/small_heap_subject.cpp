#include "harness/collector/small_heap_subject.hpp"

#include "impl/memory.hpp"

namespace cyclecheck {
namespace {

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
  ImplSubject(ImplSubject::Checks::graded).run(trace, observe, log);
}

}  // namespace cyclecheck
