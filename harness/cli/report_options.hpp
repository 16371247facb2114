// --format, --junit, --sarif and --quiet: how a command tells its result.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "harness/report/report.hpp"

namespace cyclecheck::cli {

struct ReportOptions {
  std::string format = "text";
  // Files to write, "-" for standard output; empty: none.
  std::string junit;
  std::string sarif;
  bool quiet = false;
};

// Adds the options to a command. One of the formats at most may go to standard output: what else the command prints
// goes to standard error then.
void add_report_options(CLI::App& app, ReportOptions& options);

// Before the command prints anything.
void begin_report(const ReportOptions& options);

// Tells the result: `text` or the summary as JSON, and the files. Returns the exit status: `summary.status`, or that of
// output that could not be written.
[[nodiscard]] int tell(const ReportOptions& options, const Summary& summary, const std::string& text);

}  // namespace cyclecheck::cli
