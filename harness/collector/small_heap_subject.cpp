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
  ImplSubject subject(ImplSubject::Checks::graded);
  subject.run(trace, observe, log);
  pairs_.tables_grew += subject.pairs().tables_grew;
  pairs_.made_under_promise += subject.pairs().made_under_promise;
}

}  // namespace cyclecheck
