#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>

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
  bool probes = false;
  std::chrono::milliseconds time{60'000};
  std::uint64_t seed = 1;
};

int list(const Registry& registry) {
  for (const SubjectEntry& entry : registry) {
    if (entry.open) {
      fmt::print("{:<16}{:<18}{}\n", entry.name + "...", "level: its own", entry.summary);
    } else {
      fmt::print("{:<16}level {:<12}{}\n", entry.name, to_string(entry.level), entry.summary);
    }
  }
  return kAgree;
}

void print_excluded(const ProbedValue& value) {
  fmt::print("{} is excluded: {}\n", value.text, value.why);
  const std::string text = print_trace(*value.excluded_by);
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
    fmt::print("    {}\n", text.substr(at, text.find('\n', at) - at));
  }
}

int probe_subject(const SubjectsOptions& options, const Registry& registry) {
  const SubjectEntry entry = open_subject(registry, options.subject);
  if (!entry.contract) {
    fmt::print(stderr, "cyclecheck: {} has no contract to be probed (docs/contracts.md)\n", entry.name);
    return kBadInput;
  }
  watch_interrupts();
  ProbeOptions probing;
  probing.seed = options.seed;
  const auto until = std::chrono::steady_clock::now() + options.time;
  probing.stop = [until] { return was_interrupted() || std::chrono::steady_clock::now() > until; };
  const Probe result = probe(entry, probing);
  for (const auto& values : result.parameters) {
    for (const ProbedValue& value : values) {
      if (value.excluded_by) print_excluded(value);
    }
  }
  if (result.broken) {
    fmt::print("\nno contract allows this:\n");
    print_excluded(*result.broken);
  }
  fmt::print("\n{}: {} of up to {} operations\n", entry.summary, counted(result.traces, "trace"),
             probing.max_operations);
  fmt::print("promised  {}\nfits      {}\n", to_string(*entry.contract), result.contract());
  return was_interrupted() ? kInterrupted : (result.broken ? kFailed : kAgree);
}

}  // namespace

void add_subjects(CLI::App& app, const Registry& registry, Action& action) {
  auto options = std::make_shared<SubjectsOptions>();
  CLI::App* command = app.add_subcommand("subjects", "List what can be compared with the model, or probe a contract");
  command->footer(
      "--probe runs short traces and says which values of each parameter fit (docs/contracts.md), with the trace that\n"
      "excludes each of the others.\n"
      "Exit status: 0; 1 the subject does what no contract allows; 2 bad usage, or it cannot start; 130 interrupted.");
  CLI::Option* probe =
      command->add_option("--probe", options->subject.subject, "The subject whose contract is looked for");
  add_duration(*command, "--time", options->time, "How long to probe at most (default 60s)");
  add_duration(*command, "--timeout", options->subject.timeout, "The longest that one trace may take (default 10s)");
  add_seed(*command, options->seed);
  command->callback([command, options, probe, &registry, &action] {
    options->probes = probe->count() > 0;
    for (const char* name : {"--time", "--timeout", "--seed"}) {
      if (!options->probes && command->get_option(name)->count() > 0) {
        throw CLI::ValidationError(name, "has no effect without --probe");
      }
    }
    action = [options, &registry] { return options->probes ? probe_subject(*options, registry) : list(registry); };
  });
}

}  // namespace cyclecheck::cli
