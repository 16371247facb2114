// The commands of the program. Each `add_...` describes a command to CLI11 and leaves what it does in `action`, which
// is called after the command line was read and returns the exit status.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

#include "harness/compare/compare.hpp"

namespace cyclecheck::cli {

using Action = std::function<int()>;

void add_generate(CLI::App& app, Action& action);
void add_run(CLI::App& app, const Registry& registry, Action& action);
void add_replay(CLI::App& app, const Registry& registry, Action& action);
void add_exhaust(CLI::App& app, const Registry& registry, Action& action);
void add_shrink(CLI::App& app, const Registry& registry, Action& action);
void add_subjects(CLI::App& app, const Registry& registry, Action& action);
void add_trace(CLI::App& app, Action& action);
void add_explain(CLI::App& app, const Registry& registry, Action& action);
void add_objgraph(CLI::App& app, Action& action);
void add_fuzz(CLI::App& app, const Registry& registry, Action& action);
void add_export(CLI::App& app, Action& action);
void add_driver(CLI::App& app, Action& action);
void add_check_type(CLI::App& app, Action& action);

// The whole program: reads the command line, runs the command, returns the exit status (harness/cli/exit_status.hpp).
[[nodiscard]] int run_command_line(int argc, const char* const* argv, const Registry& registry);

}  // namespace cyclecheck::cli
