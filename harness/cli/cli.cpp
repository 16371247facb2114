#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <string>
#include <string_view>

#include "harness/cli/commands.hpp"
#include "harness/cli/conform.hpp"
#include "harness/cli/exit_status.hpp"
#include "harness/cli/options.hpp"

namespace cyclecheck::cli {

namespace {

// CLI11 says of a word that is no command only that a command is missing.
bool names_no_command(const CLI::App& app, int argc, const char* const* argv) {
  if (argc < 2 || argv[1][0] == '-') return false;
  const std::string_view word = argv[1];
  std::string known;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (command->get_name() == word) return false;
    known += known.empty() ? "" : ", ";
    known += command->get_name();
  }
  fmt::print(stderr, "cyclecheck: no command '{}'; expected {}\n", word, known);
  return true;
}

}  // namespace

int run_command_line(int argc, const char* const* argv, const Registry& registry) {
  CLI::App app{"CycleCheck: verifies collectors that count references and break cycles.", "cyclecheck"};
  app.set_version_flag("--version", "cyclecheck " CYCLECHECK_VERSION);
  app.require_subcommand(1);
  // Of an option that is given twice the last one counts.
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  app.footer("Exit status: 0 agree, 1 a divergence or crash was found, 2 bad usage or unreadable input.");
  Action action;
  add_run(app, registry, action);
  add_replay(app, registry, action);
  add_shrink(app, registry, action);
  add_fuzz(app, registry, action);
  add_conform(app, action);
  add_subjects(app, registry, action);
  add_trace(app, action);
  add_generate(app, action);
  add_explain(app, registry, action);
  add_objgraph(app, action);
  add_export(app, action);
  add_driver(app, action);
  add_check_type(app, action);
  add_exhaust(app, registry, action);
  if (names_no_command(app, argc, argv)) return kBadInput;
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // CLI11 prints help for --help and the message otherwise; its own exit statuses are not ours.
    return app.exit(error) == 0 ? kAgree : kBadInput;
  }
  note_invocation(*app.get_subcommands().front(), argc, argv);
  try {
    const int status = action();
    // Output that could not be written (a full disk) must not look like success.
    if (std::fflush(stdout) != 0 && status == kAgree) return kBadInput;
    return status;
  } catch (const std::exception& error) {
    fmt::print(stderr, "cyclecheck: {}\n", error.what());
    return kBadInput;
  }
}

}  // namespace cyclecheck::cli
