// Subjects that are not part of the program, as families of a registry.
#pragma once

#include "harness/registry.hpp"

namespace cyclecheck {

// `process:COMMAND`: anybody's collector that speaks the protocol of docs/subject-protocol.md.
[[nodiscard]] SubjectEntry process_family();

// `plugin:FILE.so`: the same in a shared library (harness/subjects/plugin.h), loaded into the worker.
[[nodiscard]] SubjectEntry plugin_family();

// `cpython:PATH`: a real interpreter; without PATH python3.
[[nodiscard]] SubjectEntry cpython_family();

}  // namespace cyclecheck
