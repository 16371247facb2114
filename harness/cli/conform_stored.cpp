#include "harness/cli/conform_stored.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "harness/cli/exit_status.hpp"
#include "harness/cli/report.hpp"
#include "harness/system/system.hpp"

namespace cyclecheck::cli {
namespace {

constexpr const char* kUndefined = "rules W6, C2, C7 and M4: undefined";

class StoredPrinter final : public StoredView {
 public:
  explicit StoredPrinter(const Interpreter& interpreter) : interpreter_(interpreter) {}

  [[nodiscard]] bool stop() override { return was_interrupted(); }
  void unreadable(const FileError& error) override { fmt::print(stderr, "{}\n", error.message); }
  void unknown(const StoredTrace& stored, OpCode operation) override {
    fmt::print("{}: left out (the driver does not know '{}')\n", stored.path, info(operation).word);
  }
  void undefined(const StoredTrace& stored) override { fmt::print("{}: left out ({})\n", stored.path, kUndefined); }
  void died(const StoredTrace& stored, const Verdict& verdict) override {
    fmt::print("{}: {}\n", stored.path, verdict.signature);
    if (!verdict.output.empty()) fmt::print("{}\n", verdict.output);
  }
  void differs_from_model(const StoredTrace& stored, const Trace& trace, const Divergence& divergence) override {
    print(stored.path + ": CPython against the model", trace, divergence, "model");
  }
  void differs_from_log(const StoredTrace& stored, const Trace& trace, const Divergence& divergence) override {
    print(stored.log_path + ": CPython against the log", trace, divergence, "the log");
  }

 private:
  void print(const std::string& what, const Trace& trace, const Divergence& divergence,
             const std::string& other) const {
    fmt::print("{}: {}\n{}\n{}", what, divergence.signature, name_operation(trace, divergence.operation),
               side_by_side(divergence, trace, "CPython " + interpreter_.version, other));
  }

  const Interpreter& interpreter_;
};

}  // namespace

int conform_stored(const std::vector<std::string>& files, const Interpreter& interpreter, const StoredOptions& options,
                   std::size_t& total) {
  const auto traces = traces_for(interpreter, files);
  if (const auto* error = std::get_if<FileError>(&traces)) {
    fmt::print(stderr, "{}\n", error->message);
    return kBadInput;
  }
  StoredPrinter printer(interpreter);
  const StoredSummary summary = run_stored(std::get<std::vector<StoredTrace>>(traces), interpreter, options, printer);
  std::string line =
      fmt::format("CPython {:<8} {:>6} traces, {} agree", interpreter.version, summary.traces, summary.agree);
  if (summary.left_out > 0) line += fmt::format(", {} left out ({})", summary.left_out, kUndefined);
  if (options.write_logs) line += fmt::format(", {} logs written", summary.written);
  fmt::print("{}\n", line);
  total += summary.traces + summary.unreadable;
  if (summary.unreadable > 0) return kBadInput;
  return summary.agree + summary.left_out == summary.traces ? kAgree : kFailed;
}

}  // namespace cyclecheck::cli
