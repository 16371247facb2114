"""Building the program with every change in it, and trying to notice one: a short look first, and a long one at what
survives that."""
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import threading

import switched

# Ways to try a change, in order: what a kill is called, options of `cyclecheck run`, and how many traces of each profile:
# these, and not the time, say when one ends, so that a verdict does not depend on the machine.
FIRST = [
    ("random", [], 400),
    ("fast", ["--subject", "impl-fast", "--profile", "python3.11", "--profile", "python3.12"], 300),
]
SECOND = [
    ("random", ["--profile", "all", "--first", "400"], 400),
    ("fast", ["--subject", "impl-fast", "--profile", "all", "--first", "300"], 200),
    ("random", ["--profile", "python3.13"], 3000),  # its trashcan is for chains that are seldom made
    ("memory", ["--oom"], 5),
]
# Every trace that is stored, as ci/test replays them.
STORED = ["replay", "--timeout", "15s"]
# With the checks of the collector and of the standard library compiled in.
CHECKED = [
    ("verify", ["--subject", "impl-verify", "--profile", "all"], 150),
    ("verify", ["--subject", "impl-fast", "--profile", "all"], 100),
]
# The collector's own tests, but for chains so long that they take their time.
TESTS = "collector_tests"
TEST_OPTIONS = ["--gtest_filter=-DeepChain*:*/DeepChain*", "--gtest_fail_fast"]
COMMON = ["--seed", "1", "--time", "10m", "--max-findings", "1", "--shrink-time", "1ms", "--timeout", "15s"]
# A stored trace that fails.
STORED_FAILURE = re.compile(r"^(?:impl: )?\S*/(corpus/[^\s:]+):", re.MULTILINE)
# A change may make the collector ask for memory without end, or the program run for ever.
MEMORY = 6 << 30
SECONDS = 300
NAME = "sweep"
CHECKS = "-DCYCLEGC_CHECKED=1 -D_GLIBCXX_ASSERTIONS"


class CannotTry(Exception):
    """The program with all changes cannot be built; says why."""


def limit_memory():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def run(command, number, enough=None):
    """Runs a program with a change: its exit status, None if it does not end in time, and what it printed. A line that
    `enough` matches is all that is waited for."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, errors="replace",
                               preexec_fn=limit_memory, env=dict(os.environ, CYCLEGC_CHANGE=str(number)),
                               start_new_session=True)
    late = threading.Event()

    def end():
        late.set()
        os.killpg(process.pid, signal.SIGKILL)

    clock = threading.Timer(SECONDS, end)
    clock.start()
    printed = ""
    for line in process.stdout:
        printed += line
        if enough is not None and enough.search(line):
            os.killpg(process.pid, signal.SIGKILL)
            break
    clock.cancel()
    status = process.wait()
    return None if late.is_set() else status, printed


class Workbench:
    """Builds changes under `folder` of a build, and tries them. `changes`: by their numbers, from 1 on."""

    def __init__(self, root, build, folder, changes):
        self.root = root
        self.build_folder = build
        self.catalogue = folder / "changes"
        self.findings = folder / "findings"
        self.changes = changes
        # What the compiler says of those that do not compile.
        self.uncompiled = {}
        self.program = self.build("cyclecheck")
        self.checked = self.build("cyclecheck", CHECKS)
        self.tests = self.build(TESTS, CHECKS)

    def write(self):
        """The patch with all changes that compile. Answers which line of which file is of which change."""
        owners = {}
        patch = "bug: every change of the sweep\nrule: C1\nlevel: order\noperations: 1\n\n"
        for file in dict.fromkeys(change.file for change in self.changes.values()):
            old = (self.root / file).read_text().splitlines()
            new, alone = switched.switched_file(old, [(number, change) for number, change in self.changes.items()
                                                      if change.file == file and number not in self.uncompiled])
            if alone:
                raise CannotTry(f"{file}: this change cannot be one of many: {self.changes[alone[0]]}")
            for at, line in enumerate(new, 1):
                if isinstance(line, tuple):
                    owners[file, at] = line[0]
            patch += f"--- {file}\n@@\n" + "".join(f"-{line}\n" for line in old)
            patch += "".join(f"+{line[1] if isinstance(line, tuple) else line}\n" for line in new)
        shutil.rmtree(self.catalogue, ignore_errors=True)
        self.catalogue.mkdir(parents=True)
        (self.catalogue / f"{NAME}.patch").write_text(patch)
        return owners

    def build(self, target, flags=""):
        """The path of a program of the build folder with all changes in it."""
        made = subprocess.run(["cmake", "--build", self.build_folder, "--target", target, "cyclecheck_mutants_program"],
                              capture_output=True, text=True)
        if made.returncode != 0:
            raise CannotTry(made.stdout + made.stderr)
        command = [self.build_folder / "cyclecheck-mutants", "--target", target, "--catalogue", self.catalogue]
        command += ["--flags", flags] if flags else []
        while True:
            owners = self.write()
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode == 0:
                return done.stdout.split()[-1]
            bad = {}
            for file, line, message in re.findall(r"/sources/(\S+?):(\d+):\d+: error: (.*)", done.stderr):
                if (file, int(line)) in owners:
                    bad.setdefault(owners[file, int(line)], message)
            if not bad:
                raise CannotTry(done.stderr)
            self.uncompiled.update(bad)

    def look(self, program, number, ways):
        """(way, signature) of the first way that notices; None: none does."""
        for way, options, traces in ways:
            shutil.rmtree(self.findings, ignore_errors=True)
            command = [program, "run", *COMMON, *options, "--traces", str(traces), "--findings", self.findings]
            status, _ = run(command, number)
            if status != 0:
                # Without a finding the program itself came to harm, which nobody overlooks.
                return way, self.signature() or ("does not end" if status is None else f"exit status {status}")
        return None

    def signature(self):
        """Of the finding that is stored; None: there is none."""
        stored = sorted(self.findings.glob("*/finding.json"))
        return json.loads(stored[0].read_text())["signature"] if stored else None

    def replay(self, number):
        """As look(), with the stored traces."""
        status, printed = run([self.program, *STORED, self.root / "corpus"], number, STORED_FAILURE)
        if status == 0:
            return None
        failure = STORED_FAILURE.search(printed)
        return "stored", failure.group(1) if failure else "does not end" if status is None else f"exit status {status}"

    def test(self, number):
        """Whether the collector's own tests notice it, as for look()."""
        status, printed = run([self.tests, *TEST_OPTIONS], number)
        if status == 0:
            return None
        failed = re.search(r"^\[  FAILED  \] ([\w./]+)", printed, re.MULTILINE)
        running = re.findall(r"^\[ RUN      \] (\S+)", printed, re.MULTILINE)
        return "tests", failed.group(1) if failed else f"{running[-1] if running else 'the program'} does not end well"

    def judge(self, number):
        """(verdict, detail): "uncompiled", "survived", or the way that noticed it and with which signature."""
        if number in self.uncompiled:
            return "uncompiled", self.uncompiled[number]
        return (self.look(self.program, number, FIRST) or self.look(self.program, number, SECOND) or
                self.replay(number) or self.look(self.checked, number, CHECKED) or self.test(number) or
                ("survived", ""))

    def agrees(self):
        """The program without any change, as a check of the way that it is built: what notices it; None: nothing."""
        return (self.look(self.program, 0, FIRST + SECOND) or self.replay(0) or self.look(self.checked, 0, CHECKED) or
                self.test(0))
