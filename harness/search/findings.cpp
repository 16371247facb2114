#include "harness/search/findings.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "harness/compare/compare.hpp"
#include "harness/stored/stored.hpp"
#include "harness/system/system.hpp"
#include "trace/binary.hpp"
#include "trace/log_text.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

namespace fs = std::filesystem;

constexpr const char* kOriginal = "original.cyct";

struct File {
  std::string name;
  std::string bytes;
};

FileError error_at(const std::string& path, int error) { return {path + ": " + std::strerror(error)}; }

const char* outcome_word(Outcome outcome) {
  switch (outcome) {
    case Outcome::agree:
      return "agree";
    case Outcome::divergence:
      return "divergence";
    case Outcome::crash:
      return "crash";
    case Outcome::hang:
      return "hang";
    case Outcome::exception:
      return "exception";
  }
  return "";
}

std::string describe(const Finding& finding) {
  const Investigation& investigation = finding.investigation;
  const Verdict& verdict = investigation.examination.verdict;
  FindingFile file;
  file.signature = investigation.signature;
  file.outcome = outcome_word(verdict.outcome);
  file.profile = profile(finding.original.profile).name;
  file.subject = finding.subject;
  file.level = finding.level;
  file.promised = finding.promised;
  if (finding.command.empty()) {
    file.seed = finding.seed;
    file.index = finding.index;
  }
  if (verdict.divergence) {
    const std::size_t operation = verdict.divergence->operation;
    file.operation = operation;
    if (operation < investigation.trace.operations.size()) {
      file.operation_text = to_string(investigation.trace.operations[operation], investigation.trace);
    }
  }
  file.operations = investigation.trace.operations.size();
  file.original_operations = finding.original.operations.size();
  file.later = finding.later;
  file.same_as = finding.same_as;
  if (!investigation.before.empty()) file.traces_before = investigation.before.size();
  file.shrink = finding.unshrunk ? "unshrunk" : investigation.shrink_verdict();
  if (!finding.unshrunk) {
    file.replays = kReplays;
    file.reproduced = investigation.reproduced;
    file.verdict = investigation.is_flaky() ? "flaky" : "reproducible";
  }
  file.command = command_of(finding);
  return print_finding_file(file);
}

// A subject may log more operations than the trace has; the text of a log has room for those alone.
std::string log_text(const Log& log, const Trace& trace) {
  if (log.operations() <= trace.operations.size()) return print_log(log, trace);
  Log beginning;
  for (std::size_t i = 0; i < trace.operations.size(); ++i) {
    for (const Event& event : log.of(i)) beginning.add(event);
    beginning.end_operation();
  }
  return print_log(beginning, trace);
}

std::vector<File> files_of(const Finding& finding) {
  const Investigation& investigation = finding.investigation;
  const Examination& examination = investigation.examination;
  std::vector<File> files;
  files.push_back({"trace.txt", trace_file(investigation.trace, TraceFormat::text)});
  for (std::size_t i = 0; i < investigation.before.size(); ++i) {
    files.push_back({traces_before_name(i), trace_file(investigation.before[i], TraceFormat::text)});
  }
  files.push_back({kOriginal, trace_file(finding.original, TraceFormat::binary)});
  if (finding.is_input) {
    Trace unnamed = investigation.trace;
    unnamed.names.clear();
    const auto input = encode_trace(unnamed);
    files.push_back({"trace.input", {input.begin(), input.end()}});
  }
  if (examination.model) files.push_back({"model.log", log_text(*examination.model, investigation.trace)});
  if (examination.subject) files.push_back({"subject.log", log_text(*examination.subject, investigation.trace)});
  if (examination.verdict.outcome != Outcome::divergence || !examination.verdict.output.empty()) {
    files.push_back({"stderr.txt", without_addresses(examination.verdict.output)});
  }
  files.push_back({kFindingFile, describe(finding)});
  files.push_back({kRunFile, print_run_file()});
  return files;
}

// Out of sight first: what is half removed is not a finding.
void remove_folder(const std::string& path) {
  const fs::path folder(path);
  const std::string hidden =
      fmt::format("{}/.{}-{}", folder.parent_path().string(), folder.filename().string(), getpid());
  std::error_code ignored;
  fs::rename(path, hidden, ignored);
  fs::remove_all(hidden, ignored);
}

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::uint64_t content_hash(const std::string& text) {
  std::uint64_t hash = 0xCBF29CE484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  return hash ^ (hash >> 32);
}

}  // namespace

std::string without_addresses(const std::string& output) {
  std::string text;
  for (std::size_t i = 0; i < output.size();) {
    std::size_t end = i;
    if (output.compare(i, 2, "==") == 0) {
      for (end = i + 2; end < output.size() && is_digit(output[end]);) ++end;
      if (end > i + 2 && output.compare(end, 2, "==") == 0) {
        text += "==pid==";
        i = end + 2;
        continue;
      }
    }
    if (output.compare(i, 2, "0x") == 0) {
      for (end = i + 2; end < output.size() && is_hex(output[end]);) ++end;
      if (end > i + 2) {
        text += "0x...";
        i = end;
        continue;
      }
    }
    text += output[i++];
  }
  return text;
}

std::string folder_name(const Finding& finding) {
  const Investigation& investigation = finding.investigation;
  const std::string content =
      fmt::format("{} {}\n{}", finding.subject, to_string(finding.level), print_trace(investigation.trace));
  return fmt::format("{}-{:08x}{}", slug(investigation.signature), content_hash(content) & 0xFFFFFFFFU,
                     finding.unshrunk ? "-unshrunk" : "");
}

std::string shape_of(const Investigation& investigation) {
  if (!investigation.one_minimal) return {};
  std::string shape;
  const auto add = [&](const std::vector<Operation>& operations) {
    for (const Operation& operation : operations) shape.append(info(operation.code).word).append(" ");
    shape += "; ";
  };
  add(investigation.trace.operations);
  for (const Script& script : investigation.trace.scripts) add(script);
  const auto& divergence = investigation.examination.verdict.divergence;
  if (!divergence) return shape + investigation.signature;
  shape += std::to_string(divergence->operation);
  for (const auto* events : {&divergence->expected, &divergence->actual}) {
    const bool is_there = divergence->at < events->size();
    shape.append(" ").append(is_there ? info((*events)[divergence->at].kind).word : "nothing");
  }
  return shape;
}

std::string command_of(const Finding& finding) {
  const Invocation& run = invocation();
  const std::string command = finding.investigation.before.empty() ? finding.command : "cyclecheck replay FOLDER";
  if (!command.empty()) {
    const std::string_view folder = "FOLDER";
    const std::size_t at = command.find(folder);
    const bool is_ours = command.starts_with("cyclecheck ");
    return (at == std::string::npos ? command : std::string{command}.replace(at, folder.size(), folder_name(finding))) +
           (is_ours ? run.limits : "");
  }
  const std::string what = run.names_subject
                               ? ""
                               : fmt::format(" --profile {} --subject {}", profile(finding.original.profile).name,
                                             for_shell(finding.subject));
  return fmt::format("{} --seed {}{} --level {} --first {} --traces 1{}", run.repeat, finding.seed, what,
                     to_string(finding.level), finding.index, run.limits);
}

std::variant<std::vector<std::string>, FileError> prepare_findings(const std::string& directory) {
  std::error_code error;
  std::vector<std::string> created;
  for (fs::path path = directory; !path.empty() && !fs::exists(path, error); path = path.parent_path()) {
    if (path.has_filename()) created.push_back(path.string());
  }
  fs::create_directories(directory, error);
  constexpr const char* kWhatToDo = "; name a folder that can be written, with --findings";
  if (error) return FileError{directory + ": " + error.message() + kWhatToDo};
  if (!fs::is_directory(directory, error)) return FileError{directory + ": not a directory"};
  const std::string probe = fmt::format("{}/.probe-{}", directory, getpid());
  const int failed = write_new(probe, "x");
  unlink(probe.c_str());
  if (failed != 0) return FileError{error_at(directory, failed).message + kWhatToDo};
  return created;
}

namespace {

std::variant<StoredFinding, FileError> store(const std::string& directory, const Finding& finding,
                                             const std::string& unshrunk) {
  const std::string name = folder_name(finding);
  const std::string path = directory + "/" + name;
  std::error_code ignored;
  if (fs::exists(path, ignored)) return StoredFinding{path, true};
  const std::string temporary = fmt::format("{}/.{}-{}", directory, name, getpid());
  fs::remove_all(temporary, ignored);
  std::error_code error;
  if (!fs::create_directory(temporary, error)) return FileError{temporary + ": " + error.message()};
  const auto give_up = [&](const std::string& at, int number) {
    fs::remove_all(temporary, ignored);
    return error_at(at, number);
  };
  for (const File& file : files_of(finding)) {
    if (file.name == kOriginal && !unshrunk.empty() &&
        ::link((unshrunk + "/" + kOriginal).c_str(), (temporary + "/" + kOriginal).c_str()) == 0) {
      continue;
    }
    const int failed = write_new(temporary + "/" + file.name, file.bytes);
    if (failed != 0) return give_up(path + "/" + file.name, failed);
  }
  if (const int failed = sync_directory(temporary); failed != 0) return give_up(path, failed);
  if (std::rename(temporary.c_str(), path.c_str()) != 0) {
    const int failed = errno;
    // Another run stored the same finding meanwhile.
    if (failed == ENOTEMPTY || failed == EEXIST) {
      fs::remove_all(temporary, ignored);
      return StoredFinding{path, true};
    }
    return give_up(path, failed);
  }
  const std::string marker = directory + "/" + kFindingsMarker;
  if (!fs::exists(marker, ignored)) (void)write_new(marker, "Findings of CycleCheck were stored in this folder.\n");
  if (const int failed = sync_directory(directory); failed != 0) return error_at(directory, failed);
  return StoredFinding{path, false};
}

}  // namespace

std::variant<StoredFinding, FileError> store_finding(const std::string& directory, const Finding& finding,
                                                     const std::string& unshrunk) {
  auto stored = store(directory, finding, unshrunk);
  if (!unshrunk.empty() && std::holds_alternative<StoredFinding>(stored)) remove_folder(unshrunk);
  return stored;
}
}  // namespace cyclecheck
