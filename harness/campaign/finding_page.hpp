// Pages that explain findings, beside them.
#pragma once

#include <string>

namespace cyclecheck {

// The file in a finding's folder.
inline constexpr const char* kFindingPage = "explain.html";

// Writes the page of each finding of the folder that has none, from the logs that are stored with it. What cannot be
// read or written is passed over: a page is a convenience, and `cyclecheck explain` makes it anew.
void explain_findings(const std::string& findings);

}  // namespace cyclecheck
