#include "harness/oom/every_site.hpp"

#include <string>
#include <variant>

#include "trace/text.hpp"

namespace cyclecheck {
namespace {

// More than three slots need memory of their own; the second weak reference with a callback finds that of the first,
// which is gone. A custom object has memory of its own.
constexpr const char* kOperations = R"(
callbacks on
new a node
new b instance
append a b
append a b
append a b
append a b
weakref v a cb={}
weakref w b cb={}
drop v
weakref v b cb={}
new c node del={root self}
append c c
drop c
bulk a 6
new e custom
append e e
drop e
set_debug SAVEALL
new d node
append d d
drop d
collect 2
clear_garbage
drop a
collect 2
shutdown
)";

}  // namespace

Trace trace_of_every_site(ProfileId id) {
  const std::string header = "cyclecheck-trace 1\nprofile " + std::string{profile(id).name} + "\n";
  return std::get<Trace>(parse_trace(header + kOperations));
}

}  // namespace cyclecheck
