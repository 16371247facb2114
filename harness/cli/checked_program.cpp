#include "harness/cli/checked_program.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <stdexcept>

#include "harness/cli/exit_status.hpp"
#include "harness/subjects/subjects.hpp"
#include "harness/system/system.hpp"

namespace cyclecheck::cli {
namespace {

std::string our_version() { return fmt::format("{} {}", CYCLECHECK_VERSION, build_commit()); }

[[noreturn]] void refuse(const std::string& file, const std::string& why) {
  throw std::runtime_error(fmt::format("--checked {}: {}", file, why));
}

// As `process:` takes it. A file without a folder is not to be looked for in $PATH.
std::string command_of(const std::string& file, const std::string& subject) {
  const bool has_folder = file.find('/') != std::string::npos;
  return fmt::format("{} subjects --serve {}", for_shell(has_folder ? file : "./" + file), subject);
}

void expect_program(const std::string& file) {
  if (::access(file.c_str(), F_OK) != 0) refuse(file, std::strerror(errno));
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(file, ignored) || ::access(file.c_str(), X_OK) != 0) {
    refuse(file, "no executable file");
  }
}

void expect_version(const std::string& file, const std::string& command, std::chrono::milliseconds timeout) {
  std::string version;
  try {
    version = make_process_subject(command, timeout)->greeting().version;
  } catch (const SubjectError& error) {
    refuse(file, fmt::format("no cyclecheck {}: {}", our_version(), error.what()));
  }
  if (version != our_version()) refuse(file, fmt::format("version {}; this is {}", version, our_version()));
}

// What a process of the second program can do as this one does it here.
bool is_collector(const SubjectEntry& entry) {
  return entry.name.starts_with("impl") && !entry.special && !entry.contract;
}

Greeting greeting_of(const SubjectEntry& entry) {
  Greeting greeting;
  greeting.name = entry.name;
  greeting.version = our_version();
  greeting.level = entry.level;
  greeting.profiles = entry.profiles;
  for (const OperationInfo& row : all_operations()) {
    if (entry.missing.any() && !entry.missing.test(static_cast<std::size_t>(row.code))) {
      greeting.operations.push_back(row.code);
    }
  }
  return greeting;
}

}  // namespace

std::vector<SubjectEntry> with_checked(const std::vector<SubjectEntry>& turns, const std::string& file,
                                       const Registry& registry, std::chrono::milliseconds timeout) {
  std::vector<std::string> names;
  for (const SubjectEntry& entry : turns) {
    const bool is_new = std::find(names.begin(), names.end(), entry.name) == names.end();
    if (is_new && is_collector(entry)) names.push_back(entry.name);
  }
  expect_program(file);
  if (names.empty()) refuse(file, turns.front().name + " is not the collector of this program");
  expect_version(file, command_of(file, names.front()), timeout);
  std::vector<SubjectEntry> all;
  for (std::size_t i = 0; i < names.size(); ++i) {
    for (std::size_t j = 0; j < kBetweenChecked; ++j) all.push_back(turns[(i * kBetweenChecked + j) % turns.size()]);
    all.push_back(*find_subject(registry, "process:" + command_of(file, names[i]), timeout));
    // Traces are not made for it alone: what it lacks it is spared.
    all.back().share = 1;
  }
  return all;
}

int serve_subject(const Registry& registry, const std::string& name, std::chrono::milliseconds timeout) {
  const auto entry = find_subject(registry, name, timeout);
  if (!entry || entry->special || entry->contract)
    throw std::runtime_error("--serve " + name + ": no such subject, or none that follows profiles");
  tell_stack_at_crash();
  std::ios::sync_with_stdio(false);
  serve(greeting_of(*entry), entry->make, std::cin, std::cout);
  return kAgree;
}

}  // namespace cyclecheck::cli
