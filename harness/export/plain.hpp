// A trace as a plain program of another language, which shows a finding to people who do not have CycleCheck.
//
// A template is a program of that language with one function for each operation; the trace becomes calls of these.
// Lines that begin with "%% " tell how, and are left out:
//   %% operations WORD...     what it has a function for, named like the word; `new` calls create(), `let` calls bind()
//   %% kinds KIND...          of objects
//   %% finalizers on|off      create() has a third argument: the finalizer's script, or nothing
//   %% statement TEXT         a call, where TEXT has "..."
//   %% script TEXT            a function that is called with `self`, whose calls stand where TEXT has "..."
//   %% self TEXT, %% none TEXT   that object in a script; no script
//   %% program                the calls stand here
// Functions v("x"), label("x") and slot(object, index) answer operands. "{name}" becomes the name of the trace.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "harness/export/python.hpp"
#include "trace/trace.hpp"

namespace cyclecheck {

// The templates that adapters brought: "php", "js", "cpp". Empty: there is none for that language.
[[nodiscard]] std::string_view plain_template(std::string_view language);

// Refused: an operation or a kind that the template has nothing for, and a template that lacks a line. O(trace).
// REQUIRES: the trace is valid.
[[nodiscard]] std::variant<std::string, ExportRefusal> export_plain(const Trace& trace, const std::string& name,
                                                                    std::string_view text);

}  // namespace cyclecheck
