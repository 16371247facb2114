// The store of findings: one folder each.
//
// A folder is named by signature and content: `missing-died-node-1f2e3d4c`. It is written under a temporary name,
// synced, and then renamed, so that it is there whole or not at all. The same finding always has the same bytes:
// process numbers and addresses are taken out of error output. Not thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "harness/search/investigate.hpp"
#include "trace/file.hpp"

namespace cyclecheck {

struct Finding {
  std::string subject;
  // At which the logs are compared, and which the subject promises, if that is known.
  Level level = Level::order;
  std::optional<Level> promised;
  // Of `run`: from what it was generated.
  std::uint64_t seed = 0;
  std::uint64_t index = 0;
  // Of another search: the command that comes upon it again. "FOLDER" in it stands for the finding's.
  std::string command;
  // Found by fuzzing: stored as a fuzz target reads it, too.
  bool is_input = false;
  // As it was found.
  Trace original;
  // It ended in this, behind the divergence that is the finding; mostly empty.
  std::string later;
  // The folder of an earlier finding of the search that shows the same: shrunk they have one shape, and differ in the
  // same way. Mostly empty.
  std::string same_as;
  // Not shrunk and not replayed yet: the investigation has the original and the verdict alone.
  bool unshrunk = false;
  Investigation investigation;
};

struct StoredFinding {
  std::string path;
  // A folder with this finding was there already; it was left alone.
  bool existed = false;
};

// Creates the directory if it does not exist and makes sure that files can be created in it. Answers those that it
// created, the innermost first.
[[nodiscard]] std::variant<std::vector<std::string>, FileError> prepare_findings(const std::string& directory);

// What two findings have in common if they show the same: operations, scripts, and the first event that differs,
// without names and kinds of objects. Empty: it is not known to be as simple as it can be.
[[nodiscard]] std::string shape_of(const Investigation& investigation);

// Writes a finding:
//   trace.txt      the shrunk trace, text
//   before-000.trace ...  traces that the subject has to run before it, if it fails only then
//   original.cyct  the trace as it was found, binary
//   model.log, subject.log  both logs of trace.txt, as far as the side lived to write one
//   stderr.txt     what a subject wrote before it died
//   trace.input    the shrunk trace as a fuzz target reads it, if fuzzing found it
//   finding.json   signature, profile, subject, levels, seed, index, operation, shrink verdict, replays, command
//   run.json       the run that met it (harness/stored/run_file.hpp): the one file that differs between runs
// An unshrunk finding is stored as soon as a search meets it, so that it is not lost whatever ends the search. Once it
// is shrunk, `unshrunk` is the folder of that first finding: the new one takes its place. Its original.cyct stays the
// same file, and the time of that file says when the search met the failure.
// Errors: the folder cannot be written; then nothing of it is left behind.
[[nodiscard]] std::variant<StoredFinding, FileError> store_finding(const std::string& directory, const Finding& finding,
                                                                   const std::string& unshrunk = {});

// The name of a finding's folder; that of an unshrunk one ends in "-unshrunk".
[[nodiscard]] std::string folder_name(const Finding& finding);

// The command that finds it again from nothing; of one that needs traces before it, the command that replays it. It has
// the options that bear on the trace and its verdict (harness/system/invocation.hpp), and no others.
[[nodiscard]] std::string command_of(const Finding& finding);

// Process numbers and addresses replaced by fixed words.
[[nodiscard]] std::string without_addresses(const std::string& output);

}  // namespace cyclecheck
