// `cyclecheck conform`: the model against real interpreters.
#pragma once

#include "harness/cli/commands.hpp"

namespace cyclecheck::cli {

void add_conform(CLI::App& app, Action& action);

}  // namespace cyclecheck::cli
