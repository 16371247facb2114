#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/cli/commands.hpp"
#include "harness/cli/conform.hpp"
#include "harness/cli/exit_status.hpp"
#include "harness/cli/options.hpp"
#include "trace/nearest.hpp"

namespace cyclecheck::cli {

namespace {

// The commands below one, hidden ones too.
std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

// CLI11 says of a word that is no command only that a command is missing. `at`: where in argv a command of `app`
// stands.
bool names_no_command(const CLI::App& app, int argc, const char* const* argv, int at = 1) {
  if (at >= argc || argv[at][0] == '-') return false;
  const std::string_view word = argv[at];
  std::vector<std::string> names;
  for (const CLI::App* command : commands_of(app)) {
    if (command->get_name() == word) return names_no_command(*command, argc, argv, at + 1);
    if (!command->get_name().empty()) names.push_back(command->get_name());
  }
  if (names.empty()) return false;
  const std::string meant = did_you_mean(word, {names.begin(), names.end()});
  fmt::print(stderr, "cyclecheck: no command '{}'{}\n", word,
             meant.empty() ? fmt::format("; expected {}", fmt::join(names, ", ")) : meant);
  return true;
}

// The innermost command that was given.
const CLI::App& given_command(const CLI::App& app) {
  const CLI::App* command = &app;
  while (!command->get_subcommands().empty()) command = command->get_subcommands().front();
  return *command;
}

// The names of its options, also of those in groups, and of the commands below it.
std::vector<std::string> words_of(const CLI::App& command) {
  std::vector<std::string> words;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) words.push_back("--" + name);
  }
  for (const CLI::App* below : commands_of(command)) {
    if (!below->get_name().empty()) {
      words.push_back(below->get_name());
      continue;
    }
    for (std::string& word : words_of(*below)) words.push_back(std::move(word));
  }
  return words;
}

// What was not expected, with the option that was meant.
std::string describe_extras(const CLI::App& command) {
  const std::vector<std::string> known = words_of(command);
  std::string text;
  for (const std::string& word : command.remaining(true)) {
    const std::string name = word.substr(0, word.find('='));
    text += fmt::format("{}'{}'{}", text.empty() ? "" : ", ", word, did_you_mean(name, {known.begin(), known.end()}));
  }
  return "not expected: " + text;
}

// An empty value names nothing, least of all a file.
void refuse_empty_values(const CLI::App& command) {
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& value : option->results()) {
      if (value.empty()) throw CLI::ValidationError(option->get_name(), "the value is empty");
    }
  }
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
    refuse_empty_values(given_command(app));
  } catch (const CLI::ParseError& error) {
    // CLI11 prints help for --help; its own exit statuses are not ours.
    if (error.get_exit_code() == 0) return app.exit(error);
    const bool is_extra = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr;
    fmt::print(stderr, "cyclecheck: {}\n", is_extra ? describe_extras(given_command(app)) : error.what());
    return kBadInput;
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
