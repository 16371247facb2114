#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "harness/cli/checks.hpp"
#include "harness/cli/commands.hpp"
#include "harness/cli/exit_status.hpp"
#include "harness/cli/options.hpp"
#include "harness/cli/report.hpp"
#include "harness/system/system.hpp"
#include "harness/types/types.hpp"

namespace cyclecheck::cli {
namespace {

struct CheckTypeOptions {
  TypeCheckOptions check;
  std::string findings = "findings";
  ReportOptions report;
  std::string steps;
};

std::string interpreter_name(const CheckTypeOptions& options, const TypeReport& report) {
  return fmt::format("CPython {} ({})", report.version, options.check.python);
}

std::string command_for(const CheckTypeOptions& options, const std::string& folder) {
  std::string command = fmt::format("cyclecheck check-type {} --python {}", for_shell(options.check.type),
                                    for_shell(options.check.python));
  if (!options.check.spec.empty()) command += " --spec " + for_shell(options.check.spec);
  return command + " --steps " + for_shell(folder);
}

void print_edges(const CheckTypeOptions& options, const TypeReport& report) {
  fmt::print("{} on {}\n", options.check.type, interpreter_name(options, report));
  fmt::print("  made by    {}\n", fmt::join(report.makes, "   "));
  const char* head = "holds";
  for (const TypeEdge& edge : report.edges) {
    fmt::print("  {:<10} {:<32} {}{}\n", head, edge.label, edge.put,
               edge.clear ? fmt::format("   given back by {}", *edge.clear) : "");
    head = "";
  }
  head = "used by";
  std::string uses;
  for (const std::string& use : report.uses) {
    if (!uses.empty() && uses.size() + use.size() > 95) {
      fmt::print("  {:<10} {}\n", std::exchange(head, ""), uses);
      uses.clear();
    }
    uses += (uses.empty() ? "" : "   ") + use;
  }
  if (!uses.empty()) fmt::print("  {:<10} {}\n", head, uses);
  for (const std::string& call : report.hung) fmt::print("  skipped    {} did not return\n", call);
  for (const std::string& what : report.not_checked) fmt::print("  unchecked  {}\n", what);
  for (const std::string& what : report.kept) fmt::print("  not judged where {}\n", what);
}

void print_fault(const TypeFault& fault, const std::string& stored, const std::string& command) {
  fmt::print("FAULT {}: {}\n  rule {} of docs/contracts.md; {} steps, shrunk from {}{}; came back {} times of {}\n",
             fault.label, fault.words, fault.rule, fault.steps.size(), fault.original_steps,
             fault.one_minimal ? ", 1-minimal" : "", fault.reproduced, fault.replays);
  for (const std::string& line : fault.script) fmt::print("    {}\n", line);
  fmt::print("  stored: {}\n  to run it again:  {}\n", stored, command);
}

std::string verdict_of(const TypeReport& report) {
  if (!report.faults.empty()) {
    return fmt::format("{} fault{}", report.faults.size(), report.faults.size() == 1 ? "" : "s");
  }
  if (!report.costs.empty()) {
    return fmt::format("takes no part in collection: a cycle through {} is never collected",
                       fmt::join(report.costs, " or "));
  }
  if (!report.takes_part) return "takes no part in collection, and no cycle through it was found to leak";
  return "no fault found";
}

// Runs stored steps again.
std::string replay(const CheckTypeOptions& options, Summary& summary) {
  const auto steps = read_steps(options.steps);
  if (const auto* problem = std::get_if<std::string>(&steps)) throw std::runtime_error(*problem);
  std::optional<std::string> unusable;
  const auto fault = replay_steps(options.check, std::get<0>(steps), unusable);
  if (unusable) throw std::runtime_error(*unusable);
  Check check{options.check.type, options.steps};
  if (fault) {
    summary.status = kFailed;
    check.outcome = Check::Outcome::failed;
    check.message = fault->words;
  }
  summary.checks.push_back(std::move(check));
  if (!fault) return fmt::format("{}: these steps show no fault\n", options.check.type);
  return fmt::format("FAULT {}: {}\n  rule {} of docs/contracts.md\n", fault->label, fault->words, fault->rule);
}

std::string check(const CheckTypeOptions& options, Summary& summary) {
  if (!options.steps.empty()) return replay(options, summary);
  const TypeReport report = check_type(options.check);
  if (report.unusable && report.faults.empty()) throw std::runtime_error(*report.unusable);
  if (!options.report.quiet) print_edges(options, report);
  summary.status = report.faults.empty() ? kAgree : kFailed;
  summary.seed = options.check.seed;
  const std::string suite = fmt::format("{} on CPython {}", options.check.type, report.version);
  summary.counts.push_back({suite, {{"programs", report.run}, {"faults", report.faults.size()}}});
  Check whole{suite, "random programs"};
  if (!report.faults.empty()) {
    whole.outcome = Check::Outcome::failed;
    whole.message = verdict_of(report);
  }
  summary.checks.push_back(std::move(whole));
  for (const TypeFault& fault : report.faults) {
    const std::string folder =
        (std::filesystem::path(options.findings) / fault_folder_name(options.check.type, fault)).string();
    const std::string command = command_for(options, folder);
    if (!options.report.quiet) print_fault(fault, folder, command);
    summary.checks.push_back({suite, fault.signature(), Check::Outcome::failed, 0, fault.words,
                              fmt::format("{}", fmt::join(fault.script, "\n"))});
    if (const auto problem =
            store_fault(folder, options.check.type, interpreter_name(options, report), fault, command)) {
      fmt::print(stderr, "cyclecheck: {}\n", *problem);
      summary.add_error(*problem);
      summary.status = kBadInput;
    }
  }
  summary.interrupted = was_interrupted();
  if (summary.interrupted) summary.status = kInterrupted;
  std::string text;
  if (report.unusable) text += fmt::format("  not checked further: {}\n", *report.unusable);
  if (report.crash_depth)
    text += fmt::format("  nested {} deep it ends the interpreter\n", grouped(*report.crash_depth));
  return text + fmt::format("{}: {}, {}\n", options.check.type, counted(report.run, "program"), verdict_of(report));
}

}  // namespace

void add_check_type(CLI::App& app, Action& action) {
  CLI::App* command =
      app.add_subcommand("check-type", "Check tp_traverse and tp_clear of a type on a real interpreter");
  auto options = std::make_shared<CheckTypeOptions>();
  options->check.python = "python3";
  command->add_option("type", options->check.type, "The type, or what makes objects of it")
      ->required()
      ->type_name("MODULE:NAME");
  command->add_option("--python", options->check.python, "The interpreter, a path or a name on PATH (default python3)");
  command->add_option("--spec", options->check.spec,
                      "A Python file that says how one is made and what holds references");
  const CLI::Option* time = add_duration(*command, "--time", options->check.time,
                                         "How long random programs run (default 10s, or no limit with --programs)");
  const CLI::Option* programs =
      add_number(*command, "--programs", options->check.programs, 0, UINT32_MAX, "At most so many random programs");
  add_seed(*command, options->check.seed);
  add_number(*command, "--depth", options->check.depth, 1, UINT32_MAX,
             "Nested so deep it must not end the interpreter (default 10000)");
  add_number(*command, "--deepest", options->check.deepest, 0, UINT32_MAX,
             "It is nested up to so deep (default 1000000)");
  add_duration(*command, "--timeout", options->check.timeout, "A step that takes longer is a hang (default 10s)");
  add_number(*command, "--max-findings", options->check.max_findings, 1, UINT32_MAX,
             "Stop at so many faults (default 10)");
  command->add_option("--findings", options->findings, "The directory in which faults are stored (default findings)");
  add_report_options(*command, options->report);
  command->add_option("--steps", options->steps, "Run the steps of a stored fault again")->type_name("FOLDER");
  command->callback([command, options, time, programs, &action] {
    // A number of programs alone gives the same findings however busy the machine is.
    if (programs->count() > 0 && time->count() == 0) options->check.time = {};
    refuse_beside(*command, "--steps",
                  {"type", "--python", "--spec", "--timeout", "--format", "--junit", "--sarif", "--quiet"});
    action = [options] {
      return report(options->report, "check-type", [&](Summary& summary) { return check(*options, summary); });
    };
  });
}

}  // namespace cyclecheck::cli
