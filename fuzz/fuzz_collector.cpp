// The collector alone, which verifies its own heap after every operation.
#include <exception>
#include <string>

#include "fuzz/campaign.hpp"
#include "fuzz/failure.hpp"
#include "fuzz/last_trace.hpp"
#include "fuzz/target.hpp"
#include "harness/collector/collector.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cyclecheck;
  static ImplSubject impl{ImplSubject::Checks::graded};
  static Log log;
  const Trace& trace = fuzz::last_trace().of({data, size});
  fuzz::running(&trace);
  try {
    impl.run(trace, Observe::digest, log);
  } catch (const std::exception& thrown) {
    fuzz::fail(std::string("exception: ") + thrown.what());
  }
  fuzz::count_execution({});
  fuzz::running(nullptr);
  return 0;
}
