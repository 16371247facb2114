#include "harness/cli/report_options.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "harness/cli/exit_status.hpp"
#include "harness/cli/live_line.hpp"
#include "harness/cli/options.hpp"
#include "harness/cli/output.hpp"

namespace cyclecheck::cli {
namespace {

int outputs_taken(const ReportOptions& options) {
  return int{options.format == "json"} + int{options.junit == "-"} + int{options.sarif == "-"};
}

}  // namespace

void add_report_options(CLI::App& app, ReportOptions& options) {
  app.add_option("--format", options.format,
                 "How the result is printed: text, or json, with all else on standard error")
      ->check(one_of({"text", "json"}))
      ->capture_default_str();
  app.add_option("--junit", options.junit, "Write the result to this file as JUnit XML; - is standard output");
  app.add_option("--sarif", options.sarif,
                 "Write what failed to this file in SARIF, which code hosts show; - is standard output");
  app.add_flag("--quiet", options.quiet, "Print the result alone: no progress, and no finding in full");
}

void begin_report(const ReportOptions& options) {
  if (outputs_taken(options) > 1) {
    throw CLI::ValidationError("--format, --junit, --sarif", "one of them at most can go to standard output");
  }
  if (outputs_taken(options) == 1) reserve_standard_output();
}

int tell(const ReportOptions& options, const Summary& summary, const std::string& text) {
  bool is_written = true;
  if (options.format == "json") {
    is_written = wrote_output("-", json(summary));
  } else if (!print_coloured(text)) {
    fmt::print(stderr, "cyclecheck: standard output cannot be written\n");
    is_written = false;
  }
  if (!options.junit.empty()) is_written = wrote_output(options.junit, junit(summary)) && is_written;
  if (!options.sarif.empty()) is_written = wrote_output(options.sarif, sarif(summary)) && is_written;
  return is_written ? summary.status : kBadInput;
}

}  // namespace cyclecheck::cli
