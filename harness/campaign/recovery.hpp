// What a session that was killed left behind in the folder in which its jobs work. Not thread-safe.
#pragma once

#include <optional>
#include <string>

#include "harness/campaign/inputs.hpp"
#include "trace/file.hpp"

namespace cyclecheck {

// Adds what jobs and targets had found to the corpus, and what ran or had failed to the pending inputs. Errors: those
// of Inputs::add.
[[nodiscard]] std::optional<FileError> take_up_inputs(const std::string& running, Inputs& corpus, Inputs& pending);

// Removes what lies there; folders of many files are only put out of the way (harness/campaign/discard.hpp).
void clear_running(const std::string& running);

}  // namespace cyclecheck
