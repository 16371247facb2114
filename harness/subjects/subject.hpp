// A subject: a function from a trace to a log.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "harness/system/system.hpp"
#include "trace/event.hpp"
#include "trace/trace.hpp"

namespace cyclecheck {

// What a subject went through that no log shows, in numbers of its own. Those of the collector of impl/ have names
// (harness/collector/passages.hpp).
inline constexpr std::size_t kPassages = 48;
using Passages = std::array<std::uint64_t, kPassages>;

// Not thread-safe. A subject keeps no state from one trace to the next that a log could show.
class Subject {
 public:
  Subject() = default;
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;
  virtual ~Subject() = default;

  // "model", "impl" ...
  [[nodiscard]] virtual std::string name() const = 0;
  // The level up to which its logs may be compared.
  [[nodiscard]] virtual Level level() const = 0;
  // False: the deaths of an operation come in no order, so that at level `order` they are compared as a set beside all
  // other events, even if the subject promises less.
  [[nodiscard]] virtual bool orders_deaths() const { return true; }
  // Clears `log` and fills it with one group of events for every operation of `trace`.
  virtual void run(const Trace& trace, Observe observe, Log& log) = 0;

  // The two halves of `run`. A subject elsewhere works between them, while the caller does something else.
  // REQUIRES: each `begin` that did not throw is followed by `end` with the same arguments
  [[nodiscard]] virtual bool works_elsewhere() const { return false; }
  virtual void begin(const Trace& /*trace*/, Observe /*observe*/) {}
  virtual void end(const Trace& trace, Observe observe, Log& log) { run(trace, observe, log); }

  // How much memory the process that runs traces has at the moment, in bytes: this one, or another one.
  [[nodiscard]] virtual std::size_t memory() const { return resident_memory(); }

  // Of all traces so far.
  [[nodiscard]] virtual Passages passages() const { return {}; }

  // Becomes as it was when it was made, in less time than that takes. False: it cannot.
  [[nodiscard]] virtual bool renew() { return false; }
};

}  // namespace cyclecheck
