"""What a build for OSS-Fuzz must keep to. Every check is a function of a Build that answers what is wrong, or None.

The first group is what the base-runner image checks (test_all.py, bad_build_check), with its limits; the second is what its
documentation asks for and nobody checks; the third is what the campaign needs of us.
"""
import configparser
import json
import pathlib
import re
import resource
import shutil
import subprocess
import tempfile
import zipfile

TARGETS = ("fuzz_differential", "fuzz_collector", "fuzz_text", "fuzz_protocol")
WITH_DICTIONARY = ("fuzz_text", "fuzz_protocol")
# The limits of bad_build_check: calls of each sanitizer's runtime, (at least, at most) in a build with it and without it.
CALLS = {
    "address": {"asan": (1000, None), "msan": (0, 3), "ubsan": (0, 200)},
    "undefined": {"asan": (0, 0), "msan": (0, 3), "ubsan": (168, None)},
}
EDGES = 100
# What is there where targets run; libFuzzer of the distributions needs the fourth, that of the image does not.
LIBRARIES = ("libc.so.6", "libm.so.6", "libgcc_s.so.1", "libstdc++.so.6", "ld-linux-x86-64.so.2", "libdl.so.2",
             "libpthread.so.0", "librt.so.1")
# What ClusterFuzz gives every run.
ARGUMENTS = ("-rss_limit_mb=2560", "-timeout=25")


class Build:
    """A folder OUT with what was built, at a place of its own (so that nothing depends on the builder's), and WORK."""

    def __init__(self, sanitizer, out, work):
        self.sanitizer, self.out, self.work = sanitizer, pathlib.Path(out), pathlib.Path(work)
        self.runs = {}

    def targets(self):
        return [self.out / name for name in TARGETS]

    def run(self, target, *arguments):
        """Runs a target in an empty folder with an environment as bare as the fuzzers', unable to write a byte into a file.
        (status, output, files left)."""
        with tempfile.TemporaryDirectory() as folder:
            environment = {"PATH": "/usr/bin:/bin", "TMPDIR": folder, "HOME": folder,
                           "UBSAN_OPTIONS": "print_stacktrace=1:silence_unsigned_overflow=1", "LLVM_PROFILE_FILE": "/dev/null"}

            def forbid_writing():
                resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))

            ended = subprocess.run([target, *arguments], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, preexec_fn=forbid_writing)
            left = sorted(str(path.relative_to(folder)) for path in pathlib.Path(folder).rglob("*"))
        return ended.returncode, ended.stdout.decode(errors="replace"), left

    def start(self, target):
        """The run of bad_build_check, once."""
        return self.once(("start", target), lambda: self.run(target, *ARGUMENTS, "-seed=1337", "-runs=4"))

    def seed_run(self, target):
        """The run over the seed corpus of bad_build_check, once."""

        def run():
            with tempfile.TemporaryDirectory() as folder:
                self.seeds(target.name, folder)
                return self.run(target, *ARGUMENTS, "-runs=0", folder)

        return self.once(("seeds", target), run)

    def once(self, key, run):
        if key not in self.runs:
            self.runs[key] = run()
        return self.runs[key]

    def seeds(self, name, folder):
        """Unpacks a seed corpus into the folder, as run_fuzzer does."""
        with zipfile.ZipFile(self.out / f"{name}_seed_corpus.zip") as archive:
            archive.extractall(folder)
        return sorted(path for path in pathlib.Path(folder).rglob("*") if path.is_file())


def _tail(output):
    return "\n    ".join(output.strip().splitlines()[-6:])


def each_target(check):
    """A check of one target becomes one of all; the first that fails tells."""

    def all_targets(build):
        for target in build.targets():
            if not target.is_file():
                return f"{target.name} is missing"
            error = check(build, target)
            if error is not None:
                return f"{target.name}: {error}"
        return None

    all_targets.__name__ = check.__name__
    return all_targets


def _executables(build):
    return [path for path in sorted(build.out.iterdir()) if path.is_file() and path.stat().st_mode & 0o111]


# What base-runner checks.

def fuzz_targets(build):
    """Executables with libFuzzer's entry are the four targets, by their names."""
    found = [path.name for path in _executables(build) if b"LLVMFuzzerTestOneInput" in path.read_bytes()]
    return None if sorted(found) == sorted(TARGETS) else f"found {', '.join(found) or 'none'}"


def legal_names(build):
    names = [path.name for path in _executables(build) if not re.fullmatch(r"[a-zA-Z0-9_-]+", path.name)]
    return f"not [a-zA-Z0-9_-]+: {', '.join(names)}" if names else None


@each_target
def architecture(_, target):
    # An ELF header: 64 bits, little-endian, and machine 62.
    header = target.read_bytes()[:20]
    return None if header[:6] == b"\x7fELF\x02\x01" and header[18:20] == b"\x3e\0" else "not an x86-64 executable"


@each_target
def sanitizer_calls(build, target):
    code = subprocess.run(["objdump", "-d", "--no-show-raw-insn", target], stdout=subprocess.PIPE, text=True).stdout
    for runtime, (least, most) in CALLS[build.sanitizer].items():
        calls = len(re.findall(rf"callq?\s+[0-9a-f]+\s+<__{runtime}", code))
        if calls < least or (most is not None and calls > most):
            return f"{calls} calls of __{runtime}, expected {least} to {'any number' if most is None else most}"
    return None


@each_target
def starts(build, target):
    _, output, _ = build.start(target)
    return None if "Done 4 runs" in output else f"no \"Done 4 runs\":\n    {_tail(output)}"


@each_target
def edges(build, target):
    _, output, _ = build.start(target)
    if "no interesting inputs were found. Is the code instrumented" in output:
        return "not instrumented for coverage"
    loaded = re.search(r"INFO: Loaded \d+ module.*\(.*(?:counters|guards)\):\s+(\d+)", output)
    number = int(loaded.group(1)) if loaded else 0
    return None if number > EDGES else f"{number} edges, expected more than {EDGES}"


@each_target
def seed_corpus_is_clean(build, target):
    status, output, _ = build.seed_run(target)
    return None if status == 0 else f"status {status}\n    {_tail(output)}"


# What the documentation asks for.

def no_other_executables(build):
    # The image puts llvm-symbolizer there itself.
    others = [path.name for path in _executables(build) if path.name not in TARGETS and path.name != "llvm-symbolizer"]
    return f"{', '.join(others)}" if others else None


def nothing_else(build):
    belongs = set(TARGETS) | {f"{name}_seed_corpus.zip" for name in TARGETS} | {f"{name}.options" for name in TARGETS}
    belongs |= {f"{name}.dict" for name in WITH_DICTIONARY}
    found = {path.name for path in build.out.iterdir()} - {"llvm-symbolizer"}
    wrong = [f"{name} is missing" for name in sorted(belongs - found)] + [f"{name} is too much" for name in sorted(found - belongs)]
    return "; ".join(wrong) or None


@each_target
def static_linking(_, target):
    dynamic = subprocess.run(["objdump", "-p", target], stdout=subprocess.PIPE, text=True).stdout
    others = [name for name in re.findall(r"NEEDED\s+(\S+)", dynamic) if name not in LIBRARIES]
    return f"needs {', '.join(others)}" if others else None


@each_target
def not_stripped(_, target):
    symbols = subprocess.run(["nm", target], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    return None if " T LLVMFuzzerTestOneInput" in symbols else "no symbols"


def compiler_flags(build):
    """Everything is compiled with the builder's flags, and none against its rules."""
    commands = json.loads((build.work / "cyclecheck" / "compile_commands.json").read_text())
    for entry in commands:
        words = entry["command"].split()
        for flag in ("-fno-rtti", "-march=native", "-fsanitize=fuzzer", "-Werror", "-s"):
            if flag in words:
                return f"{flag} for {entry['file']}"
        for flag in ("-stdlib=libc++", "-DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION"):
            if flag not in words:
                return f"without {flag}: {entry['file']}"
    return None if commands else "no commands"


def uses_libcxx(build):
    """The project's own libraries need nothing of libstdc++."""
    archives = sorted((build.work / "cyclecheck").rglob("*.a"))
    symbols = subprocess.run(["nm", "-u", *archives], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    if "_ZNSt7__cxx11" in symbols or "_ZNKSt7__cxx11" in symbols:
        return "symbols of libstdc++"
    return None if "_ZNSt3__1" in symbols else "no symbol of libc++"


def sources_untouched(build):
    """The build writes into WORK and OUT alone."""
    if not build.source_files:
        return "no sources"
    present = sorted(str(path.relative_to(build.src)) for path in build.src.rglob("*") if path.is_file())
    wrong = sorted(set(present) ^ set(build.source_files))
    return f"{wrong[0]} and {len(wrong) - 1} more" if wrong else None


@each_target
def empty_input(build, target):
    with tempfile.NamedTemporaryFile() as empty:
        status, output, _ = build.run(target, *ARGUMENTS, empty.name)
    return None if status == 0 else f"status {status}\n    {_tail(output)}"


@each_target
def writes_no_file(build, target):
    """Under a limit of no bytes for a file, and with folders that are empty afterwards."""
    status, output, left = build.seed_run(target)
    if left:
        return f"{', '.join(left)} was written"
    return None if status == 0 and "File size limit" not in output else f"status {status}\n    {_tail(output)}"


@each_target
def answers_zero(build, target):
    """The engine that the target is linked with looks at every answer (returns.c): it must be there, and be silent."""
    symbols = subprocess.run(["nm", target], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    if "__wrap_LLVMFuzzerTestOneInput" not in symbols:
        return "LIB_FUZZING_ENGINE is not linked as it was given"
    with tempfile.TemporaryDirectory() as folder:
        build.seeds(target.name, folder)
        _, output, _ = build.run(target, *ARGUMENTS, "-runs=2000", "-seed=1", folder)
    said = re.search(r"the target answers .*", output)
    return said.group(0) if said else None


# What the campaign needs.

def seed_corpora(build):
    for name in TARGETS:
        try:
            with zipfile.ZipFile(build.out / f"{name}_seed_corpus.zip") as archive:
                broken = archive.testzip()
                files = [entry for entry in archive.infolist() if not entry.is_dir()]
        except (OSError, zipfile.BadZipFile) as error:
            return f"{name}: {error}"
        if broken is not None:
            return f"{name}: {broken} is damaged"
        if len(files) < 10:
            return f"{name}: {len(files)} seeds, expected 10 at least"
        long = [entry.filename for entry in files if entry.file_size > 2 ** 20]
        if long:
            return f"{name}: {long[0]} has more than 1 MiB, which ClusterFuzz leaves out"
    return None


def dictionaries(build):
    for name in WITH_DICTIONARY:
        path = build.out / f"{name}.dict"
        if not path.is_file():
            return f"{path.name} is missing"
        _, output, _ = build.run(build.out / name, f"-dict={path}", "-runs=4")
        used = re.search(r"Dictionary: (\d+) entries", output)
        if not used:
            return f"{path.name}: {_tail(output)}"
        entries = sum(bool(line.strip()) and not line.startswith("#") for line in path.read_text().splitlines())
        if int(used.group(1)) != entries or entries < 10:
            return f"{path.name}: libFuzzer reads {used.group(1)} entries of {entries}"
    return None


def options(build):
    """[libfuzzer] k = v with flags that libFuzzer knows, and nothing that run_fuzzer's way of reading would miss."""
    for name in TARGETS:
        parser = configparser.ConfigParser()
        try:
            with open(build.out / f"{name}.options", encoding="ascii") as file:
                parser.read_file(file)
        except (OSError, configparser.Error, UnicodeError) as error:
            return f"{name}: {error}"
        if parser.sections() != ["libfuzzer"]:
            return f"{name}: expected the section libfuzzer alone, got {', '.join(parser.sections()) or 'none'}"
        _, flags, _ = build.run(build.out / name, "-help=1")
        for key, value in parser["libfuzzer"].items():
            if not re.search(rf"^ {re.escape(key)}\s+\t?", flags, re.MULTILINE):
                return f"{name}: libFuzzer has no flag {key}"
            if not re.fullmatch(r"[0-9]+", value):
                return f"{name}: {key} = {value}: expected a number"
    return None


# Of the coverage build, which no fuzzer runs.

@each_target
def report(build, target):
    """The seeds make a profile that llvm-cov reads, with lines of ours that ran."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        seeds = build.seeds(target.name, folder / "seeds")
        profile = folder / "raw"
        ended = subprocess.run([target, *seeds], env={"LLVM_PROFILE_FILE": str(profile)}, cwd=folder, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True, errors="replace")
        if ended.returncode != 0:
            return f"status {ended.returncode} on the seeds\n    {_tail(ended.stderr)}"
        merged = subprocess.run(["llvm-profdata", "merge", profile, "-o", folder / "merged"], stderr=subprocess.PIPE, text=True)
        if merged.returncode != 0:
            return _tail(merged.stderr)
        shown = subprocess.run(["llvm-cov", "export", "-summary-only", f"-instr-profile={folder}/merged", target],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if shown.returncode != 0:
            return _tail(shown.stderr)
    files = json.loads(shown.stdout)["data"][0]["files"]
    covered = sum(file["summary"]["lines"]["covered"] for file in files if "/src/cyclecheck/" in file["filename"])
    return None if covered >= 200 else f"{covered} lines of ours ran, expected 200 at least"


COMMON = (fuzz_targets, legal_names, architecture, no_other_executables, nothing_else, static_linking, not_stripped,
          compiler_flags, uses_libcxx, sources_untouched, seed_corpora, empty_input)
FUZZING = (sanitizer_calls, starts, edges, seed_corpus_is_clean, writes_no_file, answers_zero, dictionaries, options)
TITLES = {
    "fuzz_targets": "the fuzz targets are the four whose names are fixed",
    "legal_names": "names are legal",
    "architecture": "built for x86-64",
    "sanitizer_calls": "calls of the sanitizer's runtime, and of no other's",
    "starts": '"Done 4 runs" with -seed=1337 -runs=4, away from the builder\'s OUT',
    "edges": f"more than {EDGES} edges",
    "seed_corpus_is_clean": "the seed corpora run clean within 25 s and 2.5 GB",
    "no_other_executables": "no other executable in OUT",
    "nothing_else": "OUT has the targets' seed corpora, options and dictionaries, and nothing else",
    "static_linking": "linked statically but for libc",
    "not_stripped": "not stripped",
    "compiler_flags": "the builder's flags everywhere; RTTI on, no -march=native, no -fsanitize=fuzzer",
    "uses_libcxx": "compiled with libc++ alone",
    "sources_untouched": "the build leaves SRC alone",
    "empty_input": "the empty input is accepted",
    "writes_no_file": "no file is written",
    "answers_zero": "targets answer 0 alone",
    "seed_corpora": "seed corpora are sound and have 10 seeds at least",
    "dictionaries": "libFuzzer reads every entry of the dictionaries",
    "options": "options parse, with flags that libFuzzer knows",
    "report": "llvm-cov makes a report of the seeds",
}


def of_sanitizer(sanitizer):
    return COMMON + ((report,) if sanitizer == "coverage" else FUZZING)


def moved(builder, folder):
    """The Build of what a Builder made, with OUT at another place, as base-runner moves it."""
    out = pathlib.Path(folder) / "not-out"
    shutil.copytree(builder.out, out)
    build = Build(builder.sanitizer, out, builder.work)
    build.src, build.source_files = builder.src, [f"cyclecheck/{name}" for name in builder.sources] + ["build.sh"]
    return build


def all_results(builder):
    """Yields (title, error or None) for every check of the build."""
    with tempfile.TemporaryDirectory() as folder:
        build = moved(builder, folder)
        for check in of_sanitizer(builder.sanitizer):
            yield TITLES[check.__name__], check(build)
