// The program `cyclecheck` with toy subjects in place of real ones, for tests of the command line.
#include "harness/cli/commands.hpp"
#include "properties/support/toy_subjects.hpp"

int main(int argc, char** argv) {
  cyclecheck::Registry registry = cyclecheck::toy_registry();
  // The default subject.
  registry.push_back(cyclecheck::toy_subject("impl", cyclecheck::Fault::none));
  registry.push_back(cyclecheck::leaks_family(registry));
  return cyclecheck::cli::run_command_line(argc, argv, registry);
}
