// A second cyclecheck of the same version, built with checks (the preset `sanitize`): `run --checked FILE` lets it run
// the collector in a share of the traces, and `FILE subjects --serve NAME` is how.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "harness/compare/compare.hpp"

namespace cyclecheck::cli {

// The turns, so often that there are kBetweenChecked of them before each turn of the second program, which runs those
// of their subjects that are this collector, one after the other. Their names are commands that run them alone. Throws
// std::runtime_error: there is no such file, it is no executable, no cyclecheck or one of another version, or none of
// the subjects is this collector.
inline constexpr std::size_t kBetweenChecked = 25;
[[nodiscard]] std::vector<SubjectEntry> with_checked(const std::vector<SubjectEntry>& turns, const std::string& file,
                                                     const Registry& registry, std::chrono::milliseconds timeout);

// Lets the subject answer what standard input asks for (harness/subjects/serve.hpp). Answers the exit status.
[[nodiscard]] int serve_subject(const Registry& registry, const std::string& name, std::chrono::milliseconds timeout);

}  // namespace cyclecheck::cli
