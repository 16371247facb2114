// A mutant: the collector with one bug implanted, as one file of the catalogue describes it, or the harness with one.
//
// A file is a header of `key: value` lines, an empty line, and a unified diff whose hunks have no line numbers: a hunk
// stands where its context and its removed lines stand, which must be one place. Indentation does not count, so that a
// patch outlives most edits of the code around it. Thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "trace/event.hpp"
#include "trace/file.hpp"

namespace cyclecheck {

struct Hunk {
  // Relative to the sources, such as "impl/collection.cpp".
  std::string file;
  // What stands there, and what takes its place; context is in both.
  std::vector<std::string> before;
  std::vector<std::string> after;
};

// The kinds of faults: the word of `kind`, and what it stands for.
struct MutantKind {
  std::string_view word;
  std::string_view meaning;
};
inline constexpr std::array kMutantKinds{
    MutantKind{"order", "what a collection finds, keeps and calls, and when"},
    MutantKind{"user-code", "state kept across user code, or a check that is not made again after it"},
    MutantKind{"short-cut", "a short cut whose condition lacks a case"},
    MutantKind{"gc-module", "the gc module, pacing, statistics"},
    MutantKind{"profiles", "what differs from version to version, failing memory, integers and strings"},
    MutantKind{"tables", "tables that grow, shrink or use a place again"},
    MutantKind{"scale", "large heaps, long chains, counters that wrap"},
    MutantKind{"time-and-leaks", "what no log shows: time and memory"},
    MutantKind{"embedder", "objects, callbacks and hooks of an embedder"},
};

struct Mutant {
  // The name of its file without ".patch": "01-younger-counts-not-reset".
  std::string id;
  // `bug`: the fault that a real collector had, with its public reference.
  std::string bug;
  // `kind`: a word of kMutantKinds.
  std::string kind;
  // `rule`: of docs/memory-model.md, or several: "C1, G2".
  std::vector<std::string> rules;
  // `level`: the lowest one at which it can be seen.
  Level level = Level::order;
  // `operations`: the longest that a shrunk trace may be, in the middle of the seeds that are tried.
  std::uint32_t operations = 0;
  // `run`, optional: options of `cyclecheck run` without which it cannot be seen, such as a profile.
  std::vector<std::string> options;
  // `test`, of a fault of the harness, which has no kind, rules, level or operations: the program of the build
  // folder that must fail with it, and the tests of it, as --gtest_filter names them.
  std::string test_program;
  std::string tests;
  std::vector<Hunk> hunks;
};

// The mutant that a file's text describes. Errors name `path` and a line.
[[nodiscard]] std::variant<Mutant, FileError> parse_mutant(const std::string& path, std::string_view text);

// All mutants of a directory, in the order of their names. Errors: no directory, no mutant in it, the first bad file.
[[nodiscard]] std::variant<std::vector<Mutant>, FileError> load_catalogue(const std::string& directory);

// The text with the hunk applied, or why it cannot be: its lines stand nowhere, or in more than one place.
[[nodiscard]] std::variant<std::string, FileError> implant(const Hunk& hunk, std::string_view text);

// The changed files by their names, as they would be. Errors: a file that cannot be read, a hunk that does not apply.
[[nodiscard]] std::variant<std::map<std::string, std::string>, FileError> implant(const Mutant& mutant,
                                                                                  const std::string& sources);

}  // namespace cyclecheck
