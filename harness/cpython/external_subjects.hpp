// Subjects that are not part of the program, as families of a registry.
#pragma once

#include <vector>

#include "harness/compare/compare.hpp"

namespace cyclecheck {

// `process:COMMAND`, anybody's collector that speaks the protocol of docs/subject-protocol.md; `plugin:FILE.so`, the
// same in a shared library (harness/subjects/plugin.h), loaded into the worker; and `cpython:PATH`, a real interpreter,
// without PATH python3.
[[nodiscard]] std::vector<SubjectEntry> external_families();

}  // namespace cyclecheck
