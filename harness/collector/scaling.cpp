#include "harness/collector/scaling.hpp"

#include <cmath>
#include <stdexcept>
#include <variant>

#include "harness/collector/impl_subject.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

std::string sized(std::string_view text, std::uint64_t size) {
  std::string result;
  for (const char c : text) {
    if (c == 'N') {
      result += std::to_string(size);
    } else {
      result += c;
    }
  }
  return result;
}

}  // namespace

const std::vector<ScalingKind>& scaling_kinds() {
  static const std::vector<ScalingKind> kinds{
      {"new, kept", "new a list\n", "new b instance\nappend a b\n", ""},
      {"new, dropped", "", "new b instance\n", ""},
      {"new, collected by itself", "enable\nset_threshold 100 5 5\nnew a list\n", "new b node\nappend a b\n", ""},
      {"dict", "new a list\nnew c node\n", "new b dict\nappend b c\nappend a b\n", "collect 2\n"},
      {"tuple", "new a list\nnew c node\nbulk c 1\n", "tuple t c\nappend a t\n", "collect 2\n"},
      {"append", "new a list\nnew b node\n", "append a b\n", ""},
      {"fill", "new a list\nnew b node\nfill a b N\n", "", "drop a\n"},
      {"store", "new a list\nnew b node\nfill a b N\n", "store a 0 b\n", ""},
      {"clear", "new a node\nbulk a N\n", "", "clear a\n"},
      {"hold, unhold", "new a node\n", "hold a 1\n", "unhold a N\n"},
      {"weak reference, called", "new a node\nnew c node\nweakrefs c a N\n", "", "drop a\n"},
      {"weak reference, dropped", "new a node\nnew c node\nweakrefs c a N\n", "", "drop c\n"},
      {"weak reference, collected", "new a node\nappend a a\nnew c node\nweakrefs c a N\n", "", "drop a\ncollect 2\n"},
      {"death of a chain", "new a node\n", "new b node\nappend b a\nlet a b\n", "drop b\ndrop a\n"},
      {"finalizers", "", "new b instance del={}\n", "drop b\n"},
      {"collection, all lives", "new a node\nbulk a N\n", "", "collect 2\n"},
      {"collection, all is trash", "new a node\nappend a a\nbulk a N\ndrop a\n", "", "collect 2\n"},
      {"collection, finalizers", "", "new b instance del={}\nappend b b\n", "drop b\ncollect 2\n"},
      {"collection, legacy finalizers", "", "new b instance legacy={}\nappend b b\n", "drop b\ncollect 2\n"},
      {"young collections", "", "new b node\nappend b b\ncollect 0\n", ""},
      {"young collections, large heap", "new a node\nbulk a N\ncollect 2\n", "new b node\ncollect 0\n", ""},
      {"freeze, unfreeze", "new a node\nbulk a N\n", "", "freeze\nunfreeze\n"},
      {"saveall", "set_debug SAVEALL\nnew a node\nappend a a\nbulk a N\ndrop a\n", "", "collect 2\nclear_garbage\n"},
      {"custom objects", "new a list\n", "new b custom\nappend b a\nappend a b\n", "drop b\ndrop a\ncollect 2\n"},
      {"shutdown", "new a node\nbulk a N\nappend a a\n", "", "shutdown\n"},
  };
  return kinds;
}

bool Scaling::is_too_fast() const {
  const auto n_log_n = [](double n) { return n * std::log2(n); };
  const double first = static_cast<double>(kFirst);
  for (std::size_t i = 1; i < kSizes; ++i) {
    const double size = first * static_cast<double>(std::uint64_t{1} << i);
    // Below a step for an object it does not matter how they grow.
    if (static_cast<double>(steps[i]) > size &&
        static_cast<double>(steps[i]) > 1.1 * static_cast<double>(steps[0]) * n_log_n(size) / n_log_n(first)) {
      return true;
    }
  }
  return false;
}

Trace scaled(const ScalingKind& kind, std::uint64_t size, ProfileId profile) {
  std::string text = "cyclecheck-trace 1\nprofile " + std::string(cyclecheck::profile(profile).name) + "\ndisabled\n";
  text += sized(kind.begin, size);
  for (std::uint64_t i = 0; i < size && !kind.repeated.empty(); ++i) text += kind.repeated;
  text += sized(kind.end, size);
  const auto parsed = parse_trace(text);
  if (const auto* wrong = std::get_if<TextError>(&parsed)) throw std::logic_error(to_string(*wrong, kind.name));
  return std::get<Trace>(parsed);
}

Scaling measure_scaling(const ScalingKind& kind, ProfileId profile) {
  Scaling scaling;
  scaling.name = kind.name;
  for (std::size_t i = 0; i < Scaling::kSizes; ++i) {
    const Trace trace = scaled(kind, Scaling::kFirst << i, profile);
    // A heap of its own: tables that have grown already hide how they grow.
    ImplSubject subject;
    Log log;
    const auto begin = std::chrono::steady_clock::now();
    std::uint64_t steps = 0;
    subject.look_after_operations([&](std::size_t) { steps = subject.heap().steps(); });
    subject.run(trace, Observe::digest, log);
    scaling.time[i] = std::chrono::steady_clock::now() - begin;
    scaling.steps[i] = steps;
  }
  return scaling;
}

}  // namespace cyclecheck
