#include "harness/export/gtest.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "harness/subjects/subjects.hpp"
#include "harness/system/system.hpp"
#include "trace/log_text.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

constexpr const char* kFile = R"CODE(// {name}: a trace of CycleCheck as a regression test.
//
// It is built with CycleCheck's sources in the include path, and linked with cyclecheck_compare,
// cyclecheck_collector and GTest::gtest_main.
#include <gtest/gtest.h>

#include <memory>
#include <variant>

#include "harness/compare/compare.hpp"
#include "harness/collector/collector.hpp"
#include "trace/log_text.hpp"
#include "trace/text.hpp"

namespace {{

constexpr const char* kTrace = R"TRACE({trace})TRACE";

constexpr const char* kLog = R"LOG({log})LOG";

void expect_agreement(const cyclecheck::Trace& trace, const cyclecheck::Log& expected, cyclecheck::Subject& subject) {{
  cyclecheck::Log actual;
  cyclecheck::on_large_stack([&] {{ subject.run(trace, cyclecheck::Observe::full, actual); }});
  const auto divergence = cyclecheck::compare(trace, expected, actual, cyclecheck::Level::order);
  if (!divergence) return;
  ADD_FAILURE() << subject.name() << ", operation " << divergence->operation << ", "
                << cyclecheck::to_string(trace.operations[divergence->operation], trace) << ": "
                << divergence->signature;
}}

TEST(Exported, {identifier}) {{
  const auto trace = cyclecheck::parse_trace(kTrace);
  ASSERT_TRUE(std::holds_alternative<cyclecheck::Trace>(trace));
  const auto log = cyclecheck::parse_log(kLog, std::get<cyclecheck::Trace>(trace));
  ASSERT_TRUE(std::holds_alternative<cyclecheck::Log>(log));
  cyclecheck::ModelSubject model;
  expect_agreement(std::get<cyclecheck::Trace>(trace), std::get<cyclecheck::Log>(log), model);
  cyclecheck::ImplSubject collector;
  expect_agreement(std::get<cyclecheck::Trace>(trace), std::get<cyclecheck::Log>(log), collector);
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

std::string export_gtest(const Trace& trace, const std::string& name) {
  Log log;
  on_large_stack([&] { ModelSubject().run(trace, Observe::full, log); });
  return fmt::format(fmt::runtime(kFile), fmt::arg("name", name), fmt::arg("identifier", identifier_of(name)),
                     fmt::arg("trace", print_trace(trace)), fmt::arg("log", print_log(log, trace)));
}

}  // namespace cyclecheck
