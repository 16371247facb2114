#include "harness/export/pytest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "harness/subjects/subjects.hpp"
#include "harness/system/system.hpp"
#include "trace/text.hpp"

namespace cyclecheck {
namespace {

constexpr const char* kPytestFile = R"CODE("""{name}: a trace of CycleCheck as a test for pytest.

The trace runs in {interpreter}, or in the interpreter that CYCLECHECK_PYTHON names. Each operation is a test: what must
happen in it, in whatever order.
"""
import os
import subprocess
import sys

import pytest

# Prints a line "INDEX: OPERATION" for each operation, and below it its events, each behind two spaces.
SCRIPT = r'''{script}'''

# What is compared; the script prints more.
KINDS = {{{kinds}}}

# (operation, its events)
EXPECTED = [
{expected}]


@pytest.fixture(scope="module")
def happened():
    """The events of each operation."""
    python = os.environ.get("CYCLECHECK_PYTHON", sys.executable)
    process = subprocess.Popen([python, "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, err = process.communicate(SCRIPT.encode("ascii"))
    if process.returncode == 2 and b"this trace is for CPython" in err:
        pytest.skip(err.decode("ascii", "replace").strip())
    assert process.returncode == 0, err.decode("utf-8", "replace")
    events = []
    for line in out.decode("ascii").splitlines()[1:]:
        if line.startswith("  "):
            events[-1].append(line.strip())
        else:
            events.append([])
    return events


@pytest.mark.parametrize("index", range(len(EXPECTED)), ids=["%d: %s" % (i, EXPECTED[i][0]) for i in range(len(EXPECTED))])
def test_operation(happened, index):
    operation, expected = EXPECTED[index]
    assert index < len(happened), "the script ended before %s" % operation
    actual = [event for event in happened[index] if event.split()[0] in KINDS]
    assert sorted(actual) == sorted(expected), operation
)CODE";

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + "\"";
}

}  // namespace

std::variant<std::string, ExportRefusal> export_pytest(const Trace& trace, const std::string& name) {
  auto script = export_python(trace, name);
  if (auto* refusal = std::get_if<ExportRefusal>(&script)) return std::move(*refusal);
  Log log;
  on_large_stack([&] { ModelSubject().run(trace, Observe::digest, log); });
  std::string kinds;
  for (std::size_t kind = 0; kind < kEventKinds; ++kind) {
    const EventInfo& about = info(static_cast<EventKind>(kind));
    if (about.level <= kPythonLevel)
      kinds += fmt::format("{}{}", kinds.empty() ? "" : ", ", quoted(std::string(about.word)));
  }
  std::string expected;
  for (std::size_t i = 0; i < trace.operations.size(); ++i) {
    std::string events;
    for (const Event& event : log.of(i)) {
      if (info(event.kind).level > kPythonLevel) continue;
      events += (events.empty() ? "" : ", ") + quoted(to_string(event, trace));
    }
    expected += fmt::format("    ({}, [{}]),\n", quoted(to_string(trace.operations[i], trace)), events);
  }
  return fmt::format(
      fmt::runtime(kPytestFile), fmt::arg("name", name), fmt::arg("interpreter", "pytest's own interpreter"),
      fmt::arg("script", std::get<std::string>(script)), fmt::arg("kinds", kinds), fmt::arg("expected", expected));
}

}  // namespace cyclecheck
