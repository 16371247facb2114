#include <fmt/format.h>

#include <cstdint>
#include <memory>
#include <string>

#include "harness/cli/commands.hpp"
#include "harness/cli/exit_status.hpp"
#include "harness/cli/options.hpp"
#include "harness/generate/generate.hpp"
#include "trace/text.hpp"

namespace cyclecheck::cli {
namespace {

struct GenerateCommandOptions {
  std::uint64_t seed = 1;
  std::uint64_t index = 0;
  std::string profile = "python3.11";
  std::uint32_t max_operations = 4000;
  FeatureSet without = {};
  bool lists_features = false;
};

int print_generated(const GenerateCommandOptions& options) {
  if (options.lists_features) {
    for (const FeatureInfo& row : all_features()) fmt::print("{:<14}{}\n", row.word, row.summary);
    return kAgree;
  }
  Trace trace = generate(options.seed, options.index,
                         {.profile = *find_profile(options.profile), .max_operations = options.max_operations});
  leave_out(options.without, trace);
  fmt::print("{}", print_trace(trace));
  return kAgree;
}

}  // namespace

void add_generate(CLI::App& app, Action& action) {
  auto options = std::make_shared<GenerateCommandOptions>();
  CLI::App* command = app.add_subcommand("generate", "Print a trace as `run` generates it");
  command->footer("Exit status: 0 printed, 2 bad usage.");
  add_seed(*command, options->seed);
  add_number(*command, "--index", options->index, 0, UINT64_MAX, "Which of the seed's traces (default 0)");
  command->add_option("--profile", options->profile, "The profile of the trace")
      ->check(one_of(profile_names(false)))
      ->capture_default_str();
  add_number(*command, "--max-operations", options->max_operations, 1, 1'000'000,
             "The longest trace to generate (default 4000)");
  add_features(*command, options->without);
  command->add_flag("--features", options->lists_features, "List the features instead");
  command->callback([command, options, &action] {
    refuse_beside(*command, "--features", {});
    action = [options] { return print_generated(*options); };
  });
}

}  // namespace cyclecheck::cli
