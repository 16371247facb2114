#include <fmt/format.h>

#include <chrono>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>

#include "harness/cli/checked_program.hpp"
#include "harness/cli/checks.hpp"
#include "harness/cli/commands.hpp"
#include "harness/cli/exit_status.hpp"
#include "harness/cli/options.hpp"
#include "harness/cli/report.hpp"
#include "harness/search/search.hpp"
#include "harness/system/system.hpp"
#include "trace/text.hpp"

namespace cyclecheck::cli {
namespace {

struct SubjectsOptions {
  SubjectOptions subject;
  std::string served;
  bool probes = false;
  std::chrono::milliseconds time{60'000};
  std::uint64_t seed = 1;
  ReportOptions report;
};

std::string list(const Registry& registry, Summary& summary) {
  std::string text;
  for (const SubjectEntry& entry : registry) {
    const std::string name = entry.open ? entry.name + "..." : entry.name;
    const std::string level = entry.open ? "level: its own" : fmt::format("level {}", to_string(entry.level));
    text += fmt::format("{:<16}{:<18}{}\n", name, level, entry.summary);
    summary.checks.push_back({"subjects", name, Check::Outcome::passed, 0, level, entry.summary});
  }
  return text;
}

// An excluded value is no failure: a contract without it may fit.
std::string excluded(const ProbedValue& value, Check::Outcome outcome, const std::string& suite, Summary& summary) {
  std::string text = fmt::format("{} is excluded: {}\n", value.text, value.why);
  const std::string trace = print_trace(*value.excluded_by);
  for (std::size_t at = 0; at < trace.size(); at = trace.find('\n', at) + 1) {
    text += fmt::format("    {}\n", trace.substr(at, trace.find('\n', at) - at));
  }
  summary.checks.push_back({suite, value.text, outcome, 0, value.why, trace});
  return text;
}

std::string probe_subject(const SubjectsOptions& options, const Registry& registry, Summary& summary) {
  const SubjectEntry entry = open_subject(registry, options.subject);
  if (!entry.contract) {
    throw std::runtime_error(entry.name + " has no contract to be probed (docs/contracts.md)");
  }
  summary.seed = options.seed;
  watch_interrupts();
  ProbeOptions probing;
  probing.seed = options.seed;
  const auto until = std::chrono::steady_clock::now() + options.time;
  probing.stop = [until] { return was_interrupted() || std::chrono::steady_clock::now() > until; };
  const Probe result = probe(entry, probing);
  std::string text;
  for (const auto& values : result.parameters) {
    for (const ProbedValue& value : values) {
      if (value.excluded_by) {
        text += excluded(value, Check::Outcome::left_out, entry.name, summary);
      } else {
        summary.checks.push_back({entry.name, value.text, Check::Outcome::passed});
      }
    }
  }
  if (result.broken) {
    text += "\nno contract allows this:\n" + excluded(*result.broken, Check::Outcome::failed, entry.name, summary);
  }
  summary.counts.push_back({entry.name, {{"traces", result.traces}}});
  summary.interrupted = was_interrupted();
  summary.status = summary.interrupted ? kInterrupted : (result.broken ? kFailed : kAgree);
  return text + fmt::format("\n{}: {} of up to {} operations\npromised  {}\nfits      {}\n", entry.summary,
                            counted(result.traces, "trace"), probing.max_operations, to_string(*entry.contract),
                            result.contract());
}

}  // namespace

void add_subjects(CLI::App& app, const Registry& registry, Action& action) {
  auto options = std::make_shared<SubjectsOptions>();
  CLI::App* command = app.add_subcommand("subjects", "List what can be compared with the model, or probe a contract");
  command->footer(
      "--probe runs short traces and says which values of each parameter fit (docs/contracts.md), with the trace that\n"
      "excludes each of the others. --serve answers on standard output what docs/subject-protocol.md asks for.\n"
      "Exit status: 0; 1 the subject does what no contract allows; 2 bad usage, or it cannot start; 130 interrupted.");
  CLI::Option* probe =
      command->add_option("--probe", options->subject.subject, "The subject whose contract is looked for");
  add_duration(*command, "--time", options->time, "How long to probe at most (default 60s)");
  add_duration(*command, "--timeout", options->subject.timeout, "The longest that one trace may take (default 10s)");
  add_seed(*command, options->seed);
  CLI::Option* served = command->add_option("--serve", options->served, "The subject that answers requests of `run`");
  served->excludes(probe);
  add_report_options(*command, options->report);
  command->callback([command, options, probe, &registry, &action] {
    options->probes = probe->count() > 0;
    for (const char* name : {"--time", "--timeout", "--seed"}) {
      if (!options->probes && command->get_option(name)->count() > 0) {
        throw CLI::ValidationError(name, "has no effect without --probe");
      }
    }
    if (!options->served.empty()) {
      action = [options, &registry] { return serve_subject(registry, options->served, options->subject.timeout); };
      return;
    }
    action = [options, &registry] {
      return report(options->report, "subjects", [&](Summary& summary) {
        return options->probes ? probe_subject(*options, registry, summary) : list(registry, summary);
      });
    };
  });
}

}  // namespace cyclecheck::cli
