// Checks a user's type on a real interpreter: finds what holds references, runs programs, shrinks what they show.
//
// The rules are T1 and following of docs/contracts.md. One seed gives the same programs in every interpreter; the
// programs that show each rule on each place run first and always, random ones until the time is over. Not thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harness/types/type_fault.hpp"

namespace cyclecheck {

struct TypeCheckOptions {
  // MODULE:NAME; the interpreter, its path; the file that says how one is made, or nothing.
  std::string type;
  std::string python;
  std::string spec;
  std::uint64_t seed = 1;
  // Random programs end with the time (0: with their number) or this number, whichever comes first.
  std::chrono::milliseconds time{10'000};
  std::uint64_t programs = 1'000'000'000;
  // A step that takes longer is a hang.
  std::chrono::milliseconds timeout{10'000};
  // To be nested that deep must not end the interpreter.
  std::uint64_t depth = 10'000;
  // It is tried up to this depth.
  std::uint64_t deepest = 1'000'000;
  // The first so many faults are shrunk and told; the search ends at a crash beyond them.
  std::size_t max_findings = 10;
  std::function<void(const TypeFault& fault)> on_fault;
};

struct TypeEdge {
  std::string label;
  // How it gets a reference, and how it gives it back: "a.left = x", "del a.left". Without the latter it is given back
  // when the object dies.
  std::string put;
  std::optional<std::string> clear;
};

struct TypeReport {
  // Why there is nothing more: no such module, nothing can be made, nothing holds references.
  std::optional<std::string> unusable;
  // "3.11.7"
  std::string version;
  // What makes one: "deque([x])".
  std::vector<std::string> makes;
  std::vector<TypeEdge> edges;
  // What else is done with one: "len(a)", "a.pop()".
  std::vector<std::string> uses;
  bool takes_part = true;
  // Where cycles leak because the type takes no part in collection.
  std::vector<std::string> costs;
  // What keeps objects and is no part of the type, and how often something could not be judged for it.
  std::vector<std::string> kept;
  std::vector<std::string> not_checked;
  // What did not return when it was tried.
  std::vector<std::string> hung;
  std::vector<TypeFault> faults;
  std::uint64_t run = 0;
  // The depth at which it ends the interpreter; nothing: it does not.
  std::optional<std::uint64_t> crash_depth;
};

// Throws std::runtime_error: the agent's files cannot be written, or no process can be made.
[[nodiscard]] TypeReport check_type(const TypeCheckOptions& options);

// Runs stored steps in a fresh interpreter; what they show, or nothing. `unusable` says why they cannot be run.
[[nodiscard]] std::optional<TypeFault> replay_steps(const TypeCheckOptions& options,
                                                    const std::vector<std::string>& steps,
                                                    std::optional<std::string>& unusable);

}  // namespace cyclecheck
