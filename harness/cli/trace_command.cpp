#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "harness/cli/checks.hpp"
#include "harness/cli/commands.hpp"
#include "harness/cli/exit_status.hpp"
#include "harness/cli/options.hpp"
#include "harness/cli/report.hpp"
#include "harness/inputs/inputs.hpp"
#include "trace/file.hpp"

namespace cyclecheck::cli {
namespace {

// Calls `use` with the path and trace of every file that can be read, and reports the rest.
template <typename Use>
int for_each_trace(const std::vector<std::string>& files, const Use& use) {
  int status = kAgree;
  for (const std::string& path : files) {
    const auto loaded = load_any_trace(path);
    if (const auto* error = std::get_if<FileError>(&loaded)) {
      fmt::print(stderr, "{}\n", error->message);
      status = kBadInput;
      continue;
    }
    const auto used = use(path, std::get<Trace>(loaded));
    if (const auto* error = std::get_if<FileError>(&used)) {
      fmt::print(stderr, "{}\n", error->message);
      status = kBadInput;
    }
  }
  return status;
}

using Done = std::variant<std::monostate, FileError>;

void add_files(CLI::App& command, std::vector<std::string>& files) {
  command.add_option("FILE", files, "Trace files, text or binary")->required();
}

std::string check_files(const std::vector<std::string>& files, Summary& summary) {
  std::size_t good = 0;
  for (const std::string& path : files) {
    const auto loaded = load_any_trace(path);
    if (const auto* error = std::get_if<FileError>(&loaded)) {
      fmt::print(stderr, "{}\n", error->message);
      summary.checks.push_back({"files", path, Check::Outcome::error, 0, error->message, {}, path});
      summary.status = kBadInput;
      continue;
    }
    const Trace& trace = std::get<Trace>(loaded);
    const std::string line =
        fmt::format("{}, {}, {}", profile(trace.profile).name, counted(trace.operations.size(), "operation"),
                    counted(trace.scripts.size(), "script"));
    fmt::print("{}: {}\n", path, line);
    summary.checks.push_back({"files", path, Check::Outcome::passed, 0, line});
    ++good;
  }
  summary.counts.push_back({"files", {{"files", files.size()}, {"traces", good}}});
  return {};
}

int format_files(const std::vector<std::string>& files, bool in_place) {
  return for_each_trace(files, [&](const std::string& path, const Trace& trace) -> Done {
    if (in_place) return save_trace(trace, path, TraceFormat::text);
    const std::string text = trace_file(trace, TraceFormat::text);
    std::fwrite(text.data(), 1, text.size(), stdout);
    return std::monostate{};
  });
}

int convert_files(const std::vector<std::string>& files, const std::string& to, const std::string& output) {
  if (!output.empty() && files.size() > 1) {
    fmt::print(stderr, "cyclecheck: --output needs a single FILE\n");
    return kBadInput;
  }
  const TraceFormat format = to == "binary" ? TraceFormat::binary : TraceFormat::text;
  return for_each_trace(files, [&](const std::string& path, const Trace& trace) -> Done {
    std::filesystem::path target = output.empty() ? path : output;
    if (output.empty()) target.replace_extension(format == TraceFormat::binary ? ".cyct" : ".trace");
    if (output.empty() && target == path) return FileError{path + ": is what it would be converted to; use --output"};
    if (output == "-") {
      const std::string bytes = trace_file(trace, format);
      if (std::fwrite(bytes.data(), 1, bytes.size(), stdout) == bytes.size()) return std::monostate{};
      return FileError{"standard output cannot be written"};
    }
    return save_trace(trace, target.string(), format);
  });
}

}  // namespace

void add_trace(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("trace", "Check, format and convert trace files");
  command->require_subcommand(1);
  command->footer(
      "Exit status: 0 done, 2 bad usage or a file that cannot be read or written (message with file and line).");

  auto files = std::make_shared<std::vector<std::string>>();
  CLI::App* check = command->add_subcommand("check", "Read trace files and say what is in them");
  add_files(*check, *files);
  auto reporting = std::make_shared<ReportOptions>();
  add_report_options(*check, *reporting);
  check->callback([files, reporting, &action] {
    action = [files, reporting] {
      return report(*reporting, "trace check", [&](Summary& summary) { return check_files(*files, summary); });
    };
  });

  auto in_place = std::make_shared<bool>(false);
  CLI::App* format = command->add_subcommand("format", "Print traces in canonical text; comments are not kept");
  add_files(*format, *files);
  format->add_flag("-i,--in-place", *in_place, "Replace the files instead");
  format->callback(
      [files, in_place, &action] { action = [files, in_place] { return format_files(*files, *in_place); }; });

  auto to = std::make_shared<std::string>();
  auto output = std::make_shared<std::string>();
  CLI::App* convert = command->add_subcommand("convert", "Convert traces; x.trace becomes x.cyct and vice versa");
  add_files(*convert, *files);
  convert->add_option("--to", *to, "text or binary")->required()->check(one_of({"text", "binary"}));
  convert->add_option("-o,--output", *output, "The file to write; - is standard output");
  convert->callback(
      [files, to, output, &action] { action = [files, to, output] { return convert_files(*files, *to, *output); }; });
}

}  // namespace cyclecheck::cli
