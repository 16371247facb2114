"""Building the program with every change in it, and trying to notice one: a short look first, and a long one at what
survives that."""
import os
import re
import resource
import shutil
import subprocess

import switched

# Ways to try a change, in order: what a kill is called, options of `cyclecheck run`, and how many traces of each profile:
# these, and not the time, say when one ends, so that a verdict does not depend on the machine.
FIRST = [
    ("random", [], 400),
    ("fast", ["--subject", "impl-fast", "--profile", "python3.11", "--profile", "python3.13"], 300),
]
# The long look takes `depth` times as many.
SECOND = [
    ("random", ["--profile", "all", "--first", "400"], 400),
    ("fast", ["--subject", "impl-fast", "--profile", "all", "--first", "300"], 200),
    ("memory", ["--oom"], 5),
]
# With the checks of the collector and of the standard library compiled in.
CHECKED = [
    ("verify", ["--subject", "impl-verify", "--profile", "all"], 150),
    ("verify", ["--subject", "impl-fast", "--profile", "all"], 100),
]
# The collector's own tests, but for chains so long that they take their time.
TESTS = "collector_tests"
TEST_OPTIONS = ["--gtest_filter=-DeepChain*:*/DeepChain*", "--gtest_fail_fast"]
COMMON = ["--seed", "1", "--time", "10m", "--max-findings", "1", "--shrink-time", "100ms", "--timeout", "2s"]
# A change may make the collector ask for memory without end, or the program run for ever.
MEMORY = 6 << 30
SECONDS = 300
NAME = "sweep"
CHECKS = "-DCYCLEGC_CHECKED=1 -D_GLIBCXX_ASSERTIONS"


class CannotTry(Exception):
    """The program with all changes cannot be built; says why."""


def limit_memory():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def run(command, number):
    """Runs a program with a change. None: it does not end."""
    try:
        return subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=SECONDS,
                              preexec_fn=limit_memory, env=dict(os.environ, CYCLEGC_CHANGE=str(number)))
    except subprocess.TimeoutExpired:
        return None


class Workbench:
    """Builds changes under `folder` of a build, and tries them. `changes`: by their numbers, from 1 on."""

    def __init__(self, root, build, folder, changes, depth):
        self.root = root
        self.main = build / "cyclecheck"
        self.catalogue = folder / "changes"
        self.findings = folder / "findings"
        self.changes = changes
        self.depth = depth
        # What the compiler says of those that do not compile.
        self.uncompiled = {}
        self.program = self.build("cyclecheck")
        self.checked = self.build("cyclecheck", CHECKS)
        self.tests = self.build(TESTS)

    def write(self):
        """The patch with all changes that compile. Answers which line of which file is of which change."""
        owners = {}
        patch = "bug: every change of ci/mutation-sweep\nrule: C1\nlevel: order\noperations: 1\n\n"
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
        made = subprocess.run(["cmake", "--build", self.main.parent, "--target", target], capture_output=True, text=True)
        if made.returncode != 0:
            raise CannotTry(made.stdout + made.stderr)
        command = [self.main, "mutants", "--target", target, "--catalogue", self.catalogue]
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

    def look(self, program, number, ways, depth=1):
        """(way, signature) of the first way that notices; None: none does."""
        for way, options, traces in ways:
            shutil.rmtree(self.findings, ignore_errors=True)
            done = run([program, "run", *COMMON, *options, "--traces", str(depth * traces), "--findings", self.findings],
                       number)
            if done is None:
                return way, "does not end"
            if done.returncode == 0:
                continue
            signature = re.search(r"^FINDING (.*?) \(", done.stdout, re.MULTILINE)
            if done.returncode == 1:
                return way, signature.group(1) if signature else "a finding"
            # The program itself came to harm, which nobody overlooks.
            return way, f"exit status {done.returncode}"
        return None

    def test(self, number):
        """Whether the collector's own tests notice it, as for look()."""
        done = run([self.tests, *TEST_OPTIONS], number)
        if done is None or done.returncode == 0:
            return None if done else ("tests", "does not end")
        failed = re.search(r"^\[  FAILED  \] ([\w./]+)", done.stdout, re.MULTILINE)
        running = re.findall(r"^\[ RUN      \] (\S+)", done.stdout, re.MULTILINE)
        return "tests", failed.group(1) if failed else f"{running[-1] if running else '?'} ends the program"

    def judge(self, number):
        """(verdict, detail): "uncompiled", "survived", or the way that noticed it and with which signature."""
        if number in self.uncompiled:
            return "uncompiled", self.uncompiled[number]
        return (self.look(self.program, number, FIRST) or self.look(self.program, number, SECOND, self.depth) or
                self.look(self.checked, number, CHECKED, self.depth) or self.test(number) or ("survived", ""))

    def agrees(self):
        """The program without any change, as a check of the way that it is built: what notices it; None: nothing."""
        return self.look(self.program, 0, FIRST + SECOND) or self.look(self.checked, 0, CHECKED) or self.test(0)
