#include "harness/cli/conform_stored.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <utility>

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
  void unreadable(const FileError& error) override { tell(stderr, error.message + "\n"); }
  void unknown(const StoredTrace& stored, OpCode operation) override {
    fmt::print("{}: left out (the driver does not know '{}')\n", stored.path, info(operation).word);
  }
  void undefined(const StoredTrace& stored) override { fmt::print("{}: left out ({})\n", stored.path, kUndefined); }
  void died(const StoredTrace& stored, const Verdict& verdict) override {
    tell(stdout, fmt::format("{}: {}\n{}{}", stored.path, verdict.signature, verdict.output,
                             verdict.output.empty() ? "" : "\n"));
  }
  void differs_from_model(const StoredTrace& stored, const Trace& trace, const Divergence& divergence) override {
    print(stored.path + ": CPython against the model", trace, divergence, "model");
  }
  void differs_from_log(const StoredTrace& stored, const Trace& trace, const Divergence& divergence) override {
    print(stored.log_path + ": CPython against the log", trace, divergence, "the log");
  }

  // What went wrong, in full.
  [[nodiscard]] const std::string& told() const { return told_; }

 private:
  void tell(std::FILE* file, const std::string& text) {
    fmt::print(file, "{}", text);
    told_ += text;
  }

  void print(const std::string& what, const Trace& trace, const Divergence& divergence, const std::string& other) {
    tell(stdout, fmt::format("{}: {}\n{}\n{}", what, divergence.signature, name_operation(trace, divergence.operation),
                             side_by_side(divergence, trace, "CPython " + interpreter_.version, other)));
  }

  const Interpreter& interpreter_;
  std::string told_;
};

}  // namespace

int conform_stored(const std::vector<std::string>& files, const Interpreter& interpreter, const StoredOptions& options,
                   Summary& summary, std::size_t& total) {
  const auto traces = traces_for(interpreter, files);
  if (const auto* error = std::get_if<FileError>(&traces)) {
    fmt::print(stderr, "{}\n", error->message);
    return kBadInput;
  }
  StoredPrinter printer(interpreter);
  const auto begin = std::chrono::steady_clock::now();
  const StoredSummary did = run_stored(std::get<std::vector<StoredTrace>>(traces), interpreter, options, printer);
  std::string line =
      fmt::format("CPython {:<8} {:>6}, {} agree", interpreter.version, counted(did.traces, "trace"), did.agree);
  if (did.left_out > 0) line += fmt::format(", {} left out ({})", did.left_out, kUndefined);
  if (options.write_logs) line += ", " + counted(did.written, "log") + " written";
  fmt::print("{}\n", line);
  total += did.traces + did.unreadable;
  const std::string suite = "cpython:" + interpreter.path;
  summary.counts.push_back(
      {suite,
       {{"traces", did.traces}, {"agree", did.agree}, {"left_out", did.left_out}, {"unreadable", did.unreadable}}});
  Check check{suite, "stored traces", Check::Outcome::passed,
              std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count()};
  const std::size_t differ = did.traces - did.agree - did.left_out;
  if (did.unreadable > 0 || differ > 0) {
    check.outcome = did.unreadable > 0 ? Check::Outcome::error : Check::Outcome::failed;
    check.message = fmt::format("{} of {} differ, {} cannot be read", differ, did.traces, did.unreadable);
    check.details = printer.told();
  }
  summary.checks.push_back(std::move(check));
  if (did.unreadable > 0) return kBadInput;
  return differ == 0 ? kAgree : kFailed;
}

}  // namespace cyclecheck::cli
