#include "harness/campaign/target.hpp"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "harness/system/system.hpp"
#include "trace/binary.hpp"

namespace cyclecheck {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kTraceTargets[] = {"fuzz_differential", "fuzz_collector"};
// The build folders of the presets, the faster one first.
constexpr std::string_view kFolders[] = {"fuzz-plain", "fuzz"};

// What stands between two marks, the second of which ends the line.
std::string between(std::string_view text, std::string_view before, std::string_view after) {
  const std::size_t begin = text.find(before);
  if (begin == std::string_view::npos) return {};
  text = text.substr(begin + before.size());
  text = text.substr(0, text.find('\n'));
  const std::size_t end = text.find(after);
  return std::string{text.substr(0, end)};
}

}  // namespace

std::variant<FuzzTarget, FileError> examine_target(const std::string& path) {
  const std::string name = fs::path(path).filename().string();
  bool takes_traces = false;
  for (const std::string_view known : kTraceTargets) takes_traces = takes_traces || name.starts_with(known);
  if (!takes_traces) {
    return FileError{path +
                     ": its inputs are no traces, as its name says; expected fuzz_differential or "
                     "fuzz_collector"};
  }
  const auto content = read_file(path);
  if (const auto* error = std::get_if<FileError>(&content)) return *error;
  const std::string& program = std::get<std::string>(content);
  if (access(path.c_str(), X_OK) != 0) return FileError{path + ": " + std::strerror(errno)};
  if (program.find("libFuzzer: deadly signal") == std::string::npos) {
    return FileError{path + ": has no libFuzzer in it; the presets fuzz-plain and fuzz build targets that have"};
  }
  return FuzzTarget{fs::absolute(path).string(), between(program, commit_mark(), "\n")};
}

std::optional<FuzzTarget> find_target(std::string& why) {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (error) return std::nullopt;
  for (const std::string_view folder : kFolders) {
    const fs::path path = program.parent_path().parent_path() / folder / kTraceTargets[0];
    if (!fs::exists(path, error)) continue;
    const auto examined = examine_target(path.string());
    if (const auto* unusable = std::get_if<FileError>(&examined)) {
      why = unusable->message;
      continue;
    }
    const auto& target = std::get<FuzzTarget>(examined);
    if (target.commit == build_commit()) return target;
    why = fmt::format("{}: was built from commit {}, this program from {}; --target takes it all the same", target.path,
                      target.commit, build_commit());
  }
  return std::nullopt;
}

Verdict verdict_of_target(const std::string& output, int signal, int status) {
  Verdict verdict;
  verdict.output = output;
  verdict.outcome = Outcome::crash;
  if (const std::string divergence = between(output, "divergence: ", " at operation "); !divergence.empty()) {
    verdict.outcome = Outcome::divergence;
    verdict.signature = divergence;
    return verdict;
  }
  WorkerProcess::End end;
  end.signal = signal;
  end.status = status;
  end.output = output;
  end.stack = crash_stack(output).functions;
  verdict.signature = signature_of(end);
  if (!verdict.signature.starts_with("exit ")) return verdict;
  // libFuzzer catches signals and exits.
  if (const std::string why = between(output, "ERROR: libFuzzer: ", " ("); !why.empty()) {
    const bool hung = why.starts_with("timeout");
    if (hung) verdict.outcome = Outcome::hang;
    verdict.signature = hung ? "hang" : "crash " + why;
  }
  if (const std::string thrown = between(output, "exception: ", "\n"); !thrown.empty()) {
    verdict.outcome = Outcome::exception;
    verdict.signature = "exception";
  }
  return verdict;
}

void become_target(const std::vector<std::string>& command, int output,
                   const std::vector<std::pair<std::string, std::string>>& environment) {
  // The thread that becomes the program is not the one that asked for this when the process began.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  execv(arguments[0], arguments.data());
  const char* why = std::strerror(errno);
  [[maybe_unused]] const auto written = write(output, why, std::strlen(why));
  _exit(127);
}

TargetChecker::~TargetChecker() {
  std::error_code ignored;
  fs::remove(input_, ignored);
}

Verdict TargetChecker::check(const Trace& trace) {
  Trace unnamed = trace;
  unnamed.names.clear();
  const auto bytes = encode_trace(unnamed);
  if (const int error = replace_file(input_, {reinterpret_cast<const char*>(bytes.data()), bytes.size()}, false);
      error != 0) {
    throw std::system_error(error, std::generic_category(), input_);
  }
  const std::vector<std::string> command{target_,         "-rss_limit_mb=4096", "-handle_abrt=0", "-handle_segv=0",
                                         "-handle_bus=0", "-handle_fpe=0",      "-handle_ill=0",  input_};
  // The process's own output file is enough: nobody reads while it runs.
  WorkerProcess process([&](int) { become_target(command, STDERR_FILENO, {}); });
  const WorkerProcess::End end = process.wait(std::chrono::duration<double>(timeout_).count());
  if (end.signal == 0 && end.status == 0) return {};
  if (end.signal != SIGKILL) return verdict_of_target(end.output, end.signal, end.status);
  Verdict verdict;
  verdict.outcome = Outcome::hang;
  verdict.signature = "hang";
  verdict.output = end.output;
  return verdict;
}

Examination TargetChecker::examine(const Trace& trace) { return {check(trace), std::nullopt, std::nullopt}; }

}  // namespace cyclecheck
