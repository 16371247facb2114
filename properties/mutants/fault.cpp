#include "properties/mutants/fault.hpp"

#include <fmt/format.h>

#include <chrono>
#include <variant>

#include "properties/mutants/program.hpp"

namespace cyclecheck {
namespace {

constexpr std::chrono::seconds kLimit{240};

Ended run_tests(const std::string& program, const std::string& tests) {
  // What RapidCheck draws is the same each time, as in ctest.
  return run_program({"/usr/bin/env", "RC_PARAMS=seed=20261122 max_success=1000", program, "--gtest_filter=" + tests,
                      "--gtest_brief=1"},
                     kLimit);
}

}  // namespace

std::string try_fault(const Workshop& workshop, const Mutant& fault) {
  const auto built = workshop.build(fault);
  if (const auto* error = std::get_if<FileError>(&built)) return error->message;
  // A test that fails anyway, or that is not there, would say nothing.
  const Ended sound = run_tests(workshop.program(), fault.tests);
  if (sound.status != 0 || sound.output.find("[  PASSED  ] 0 tests") != std::string::npos) {
    return fmt::format("{}: without the fault {} of {} does not pass:\n{}{}", fault.id, fault.tests, fault.test_program,
                       sound.output, sound.errors);
  }
  const Ended faulty = run_tests(std::get<std::string>(built), fault.tests);
  if (faulty.status == 0) return fmt::format("{}: SURVIVED {} of {}", fault.id, fault.tests, fault.test_program);
  if (faulty.status == -1) return fmt::format("{}: {} did not end in {} s", fault.id, fault.tests, kLimit.count());
  return {};
}

}  // namespace cyclecheck
