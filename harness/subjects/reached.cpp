#include "harness/subjects/reached.hpp"

namespace cyclecheck {
namespace {

constexpr std::array<std::string_view, kReached> kWords{
    "automatic collection of generation 0",
    "automatic collection of generation 1",
    "automatic collection of generation 2",
    "explicit collection",
    "full collection skipped by the 25 % rule",
    "pending collection ran at a safepoint",
    "garbage found",
    "object returned to the reachable list",
    "resurrection in the collector",
    "whole set kept after a resurrection",
    "resurrection at reference-count death",
    "finalizer ran",
    "legacy finalizer ran",
    "uncollectable object",
    "callback fired",
    "callback suppressed",
    "weak reference made in a finalizer, cleared silently",
    "several callbacks held in a tuple",
    "weak reference freed by its callback in the collector",
    "nested collect answered 0",
    "collect inside a finalizer or callback",
    "deep chain deposited in the trashcan",
    "trashcan emptied",
    "object saved by DEBUG_SAVEALL",
    "object alive after tp_clear",
    "dictionary untracked",
    "tuple untracked",
    "freeze",
    "debug line",
    "exception in a finalizer or callback",
    "object leaked at shutdown",
    "cleared object seen through a weak reference",
    "failed allocation",
    "callbacks lost to a failed allocation",
    "integer shared",
    "string constant shared",
    "callback resurrected trash",
    "what a callback resurrected was used",
    "script run for gc.callbacks",
    "gc.callbacks changed while they were called",
};

}  // namespace

std::string_view to_string(Reached reached) { return kWords[static_cast<std::size_t>(reached)]; }

}  // namespace cyclecheck
