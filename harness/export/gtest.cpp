#include "harness/export/gtest.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "harness/subjects/subjects.hpp"
#include "harness/system/system.hpp"
#include "trace/log_text.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

constexpr const char* kGtestFile = R"CODE(// {name}: a trace of CycleCheck as a regression test.
//
// It needs the installed package and GoogleTest:
//
//   find_package(cyclecheck REQUIRED)
//   find_package(GTest REQUIRED)
//   add_executable(test_{identifier} this_file.cpp)
//   target_link_libraries(test_{identifier} PRIVATE cyclecheck::model GTest::gtest_main)
//
// The collector is run by the program `cyclecheck`: the one that CYCLECHECK names in the environment, or that on PATH.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <variant>

#include "model/machine.hpp"
#include "trace/log_text.hpp"
#include "trace/text.hpp"

namespace {{

constexpr const char* kTrace = R"TRACE({trace})TRACE";

// What must happen.
constexpr const char* kLog = R"LOG({log})LOG";

// An argument for the shell.
constexpr const char* kSubject = R"SUBJECT({subject})SUBJECT";

TEST({identifier}, TheModelSaysWhatItSaid) {{
  const auto trace = cyclecheck::parse_trace(kTrace);
  ASSERT_TRUE(std::holds_alternative<cyclecheck::Trace>(trace));
  cyclecheck::Log log;
  cyclecheck::model::run(std::get<cyclecheck::Trace>(trace), cyclecheck::Observe::full, log);
  EXPECT_EQ(cyclecheck::print_log(log, std::get<cyclecheck::Trace>(trace)), kLog);
}}

TEST({identifier}, TheCollectorAgrees) {{
  const char* program = std::getenv("CYCLECHECK");
  const std::filesystem::path file = std::filesystem::temp_directory_path() / "cyclecheck-{identifier}.trace";
  std::ofstream(file) << kTrace;
  const std::string command = std::string(program == nullptr ? "cyclecheck" : program) + " replay --subject " + kSubject +
                              " --level {level} " + file.string();
  EXPECT_EQ(std::system(command.c_str()), 0) << command;
  std::filesystem::remove(file);
}}

}}  // namespace
)CODE";

std::string identifier_of(std::string name) {
  std::replace_if(
      name.begin(), name.end(),
      [](char c) { return (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z'); }, '_');
  return name;
}

}  // namespace

std::string export_gtest(const Trace& trace, const std::string& name, const std::string& subject, Level level) {
  Log log;
  on_large_stack([&] { ModelSubject().run(trace, Observe::full, log); });
  return fmt::format(fmt::runtime(kGtestFile), fmt::arg("name", name), fmt::arg("identifier", identifier_of(name)),
                     fmt::arg("trace", print_trace(trace)), fmt::arg("log", print_log(log, trace)),
                     fmt::arg("subject", for_shell(subject)), fmt::arg("level", to_string(level)));
}

}  // namespace cyclecheck
