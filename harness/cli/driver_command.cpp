#include <fmt/format.h>

#include <memory>
#include <string>

#include "harness/cli/commands.hpp"
#include "harness/cli/exit_status.hpp"
#include "harness/cpython/cpython.hpp"

namespace cyclecheck::cli {
namespace {

int write_folder(const std::string& folder) {
  if (const auto problem = write_driver(folder)) {
    fmt::print(stderr, "cyclecheck: {}\n", *problem);
    return kBadInput;
  }
  fmt::print(
      "The driver is in {0}. Where the interpreter lives, this builds and runs it:\n"
      "  python3 {0}/main.py\n"
      "and that is the subject, for example in a container:\n"
      "  cyclecheck run --subject 'process:docker exec -i NAME python3 {0}/main.py'\n",
      folder);
  return kAgree;
}

}  // namespace

void add_driver(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("driver", "Write the CPython driver's sources, to be built elsewhere");
  command->footer(
      "The folder needs an interpreter with its headers, a C compiler, and nothing else: no CycleCheck. CC names the "
      "compiler.\n"
      "Exit status: 0 done, 2 bad usage or a folder that cannot be written.");
  auto folder = std::make_shared<std::string>();
  command->add_option("--output", *folder, "The folder; it is made if it is not there")->required();
  command->callback([folder, &action] { action = [folder] { return write_folder(*folder); }; });
}

}  // namespace cyclecheck::cli
