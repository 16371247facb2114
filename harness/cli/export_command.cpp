#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "harness/cli/commands.hpp"
#include "harness/cli/exit_status.hpp"
#include "harness/cli/options.hpp"
#include "harness/cli/output.hpp"
#include "harness/cli/trace_input.hpp"
#include "harness/explain/explain.hpp"
#include "harness/export/export.hpp"
#include "trace/file.hpp"

namespace cyclecheck::cli {
namespace {

struct ExportOptions {
  TraceInput trace;
  std::string to;
  std::string output;
  std::string template_file;
  std::optional<std::size_t> step;
};

int bad_input(const std::string& message) {
  fmt::print(stderr, "{}\n", message);
  return kBadInput;
}

int export_trace(const ExportOptions& options) {
  const auto loaded = load_input(options.trace);
  if (const auto* error = std::get_if<FileError>(&loaded)) return bad_input(error->message);
  const Trace& trace = std::get<InputTrace>(loaded).trace;
  const std::string& name = std::get<InputTrace>(loaded).name;

  std::string text;
  if (options.to == "python" || options.to == "pytest") {
    auto exported = options.to == "python" ? export_python(trace, name) : export_pytest(trace, name);
    if (const auto* refusal = std::get_if<ExportRefusal>(&exported)) {
      return bad_input(fmt::format("{}: cannot be a Python script: {}", options.trace.path, refusal->reason));
    }
    text = std::get<std::string>(std::move(exported));
  } else if (options.to == "gtest") {
    const InputTrace& input = std::get<InputTrace>(loaded);
    text = export_gtest(trace, name, input.subject.value_or("impl"), input.level.value_or(Level::order));
  } else if (!plain_template(options.to).empty() || !options.template_file.empty()) {
    std::string own;
    if (!options.template_file.empty()) {
      auto read = read_file(options.template_file);
      if (const auto* error = std::get_if<FileError>(&read)) return bad_input(error->message);
      own = std::get<std::string>(std::move(read));
    }
    auto exported = export_plain(trace, name, own.empty() ? plain_template(options.to) : own);
    if (const auto* refusal = std::get_if<ExportRefusal>(&exported)) {
      return bad_input(fmt::format("{}: cannot be such a program: {}", options.trace.path, refusal->reason));
    }
    text = std::get<std::string>(std::move(exported));
  } else if (options.to == "dot") {
    if (options.step && *options.step >= trace.operations.size()) {
      return bad_input(unknown_step(options.trace.path, trace, *options.step));
    }
    text = to_dot(heap_after(trace, options.step), trace);
  } else {
    text = trace_file(trace, options.to == "binary" ? TraceFormat::binary : TraceFormat::text);
  }

  if (options.output.empty() && options.to == "binary" && ::isatty(STDOUT_FILENO) == 1) {
    return bad_input("cyclecheck: a binary trace is not written to a terminal; use --output");
  }
  if (!wrote_output(options.output.empty() ? "-" : options.output, text)) return kBadInput;
  return kAgree;
}

}  // namespace

void add_export(CLI::App& app, Action& action) {
  auto options = std::make_shared<ExportOptions>();
  CLI::App* command = app.add_subcommand(
      "export", "A trace as a program of another language, a test for pytest or GoogleTest, a picture, or a trace");
  command->footer(
      "python   a script that needs nothing but the trace's CPython, and prints the trace's log\n"
      "pytest   the same as a test for pytest, each operation an assertion\n"
      "gtest    a regression test in C++ for the installed package; of a finding it tests the finding's subject\n"
      "php, js, cpp   a plain program with objects of PHP, of JavaScript (qjs, node), with std::shared_ptr\n"
      "dot      the heap after an operation, for Graphviz: dot -Tsvg\n"
      "binary, text   the trace\n"
      "Exit status: 0 done, 2 bad usage, a file that cannot be read or written, or a trace that cannot be exported so\n"
      "(the message names the operation).");
  add_trace_input(*command, options->trace);
  CLI::Option* to = command->add_option("--to", options->to, "python, pytest, gtest, php, js, cpp, dot, binary or text")
                        ->check(one_of({"python", "pytest", "gtest", "php", "js", "cpp", "dot", "binary", "text"}));
  CLI::Option* own = command
                         ->add_option("--template", options->template_file,
                                      "A plain program in a language of your own (docs/verify-your-collector.md)")
                         ->excludes(to);
  command->add_option("-o,--output", options->output, "The file to write (default: standard output)");
  add_number(*command, "--step", options->step, 0, UINT32_MAX,
             "With --to dot: after this operation, counted from 0 (default: the last one before shutdown)");
  command->callback([options, to, own, &action] {
    if (to->count() + own->count() == 0) throw CLI::RequiredError("--to");
    if (options->step && options->to != "dot") throw CLI::ValidationError("--step", "has no effect without --to dot");
    action = [options] { return export_trace(*options); };
  });
}

}  // namespace cyclecheck::cli
