// The subjects that a program knows by name.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/compare/check.hpp"
#include "harness/generate/generate.hpp"
#include "harness/subjects/subjects.hpp"

namespace cyclecheck {

// What of a subject a search has tried.
struct Coverage {
  // A table; its lines end with a newline.
  std::string text;
  bool is_complete = true;
};

struct SubjectEntry {
  std::string name;
  std::string summary;
  Level level = Level::order;
  std::function<std::unique_ptr<Subject>()> make;
  // The profiles whose rules it follows; empty: every one.
  std::vector<ProfileId> profiles = {};
  // Operations that it does not have.
  OperationSet missing = {};
  // What it promises, if it follows no profile.
  std::optional<Contract> contract = {};
  // What else it lacks, or is not to be asked for.
  FeatureSet lacks = {};
  // Traces in which CPython uses freed memory (`Reach::undefined`) are not run on it.
  bool spared_undefined = false;
  // A trace that it refuses is one that it is spared, too; otherwise refusing is a failure.
  bool may_refuse = false;
  // Why it promises less than it could; for people.
  std::string limited = {};
  // How many of the chunks of a search it gets that names no subject: in turn with others. 0: it is run on request.
  std::uint32_t share = 0;
  // How much longer than a trace's time limit the harness waits before it ends the subject's worker: a subject that
  // keeps the limit itself says better what is wrong.
  std::chrono::milliseconds grace{0};
  // Makes another check of a trace than one run of model and subject, for what `make` made, which outlives it; may be
  // empty.
  std::function<SpecialCheck(Subject&)> special = {};
  // The trace with which a search begins in a profile; may be empty.
  std::function<Trace(ProfileId)> opening = {};
  // The longest trace that a search generates for it, unless told otherwise.
  std::uint32_t max_operations = 4000;
  // What a search in these profiles has reached with it, for people, and whether that is all there is; may be empty.
  // Called in the process that made the workers.
  std::function<Coverage(const std::vector<ProfileId>&)> coverage = {};
  // For a family of subjects, whose name ends in a colon: the member that is named by what follows. Throws
  // SubjectError.
  std::function<SubjectEntry(const std::string& rest, std::chrono::milliseconds timeout)> open = {};

  [[nodiscard]] bool follows(ProfileId profile) const;
  // The first operation of the trace, scripts included, that it does not have.
  [[nodiscard]] std::optional<OpCode> missing_operation(const Trace& trace) const;
  // Follows the trace's profile, or has a contract, and has what the trace asks for.
  [[nodiscard]] bool can_run(const Trace& trace) const;
};

// Makes the entry that of a subject with this contract: it lacks what a judge does not know, too.
void take_contract(const Contract& contract, const FeatureSet& lacks, SubjectEntry& entry);

using Registry = std::vector<SubjectEntry>;

// The subject with this name, or the member of a family ("process:./mine", which is started once to hear what it can
// do; `timeout` is the longest that one trace may take). Nothing: there is none. Throws SubjectError(cannot_start).
[[nodiscard]] std::optional<SubjectEntry> find_subject(const Registry& registry, std::string_view name,
                                                       std::chrono::milliseconds timeout);

// Whether `name` is that of a subject or begins like a family's.
[[nodiscard]] bool names_subject(const Registry& registry, std::string_view name);

// The model against a subject, or the judge if it has a contract. Logs are compared at `level` or at the subject's
// level if that promises less.
[[nodiscard]] MakeContestants against_model(const SubjectEntry& entry, Level level);

}  // namespace cyclecheck
