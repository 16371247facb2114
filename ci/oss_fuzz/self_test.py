"""Breaks copies of a build, each in one way, and expects the check that is there for it to fail."""
import itertools
import pathlib
import shutil
import subprocess
import tempfile
import zipfile

import builder
import checks

# A target that is right but for what takes the place of BODY; it has more edges than a build must have.
TARGET = """
#include <cstdint>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  BODY
  std::map<std::string, int> counts;
  for (std::size_t i = 0; i < size; ++i) ++counts[text.substr(i, 3)];
  return counts.size() == 100000;
}
"""


class Workshop:
    """Makes targets with a fault."""

    def __init__(self, made, folder):
        self.environment = made.environment()
        self.folder = folder

    def compile(self, target, body, flags=None, source=None, after=()):
        source_file = self.folder / "target.cpp"
        source_file.write_text((source or TARGET).replace("BODY", body))
        flags = self.environment["CXXFLAGS"].split() if flags is None else flags
        # In two steps: the engine's flags would instrument the source.
        subprocess.run(["clang++", *flags, "-c", source_file, "-o", self.folder / "target.o"], check=True)
        subprocess.run(["clang++", *flags, self.folder / "target.o", "-o", target,
                        *self.environment["LIB_FUZZING_ENGINE"].split(), *after], check=True)


def _append(path, text):
    with open(path, "a") as file:
        file.write(text)


def _edit_commands(build, old, new):
    path = build.work / "cyclecheck" / "compile_commands.json"
    path.write_text(path.read_text().replace(old, new))


def _zip(path, files):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)


def faults(build, workshop):
    """(check, what is broken, how): the copy of the build is broken by calling the last."""
    text = build.out / "fuzz_text"
    plain = ["-O1", "-stdlib=libc++", "-fsanitize=fuzzer-no-link"]
    compile_text = lambda body, **more: lambda: workshop.compile(text, body, **more)
    archive = build.out / "fuzz_text_seed_corpus.zip"
    twelve = {f"seed{i}": "x" for i in range(12)}
    return [
        ("fuzz_targets", "a target is missing", text.unlink),
        ("fuzz_targets", "one more target", lambda: shutil.copy2(text, build.out / "fuzz_more")),
        ("legal_names", "a name with a blank", lambda: shutil.copy2(text, build.out / "fuzz text")),
        ("architecture", "a script in place of a target", lambda: text.write_text("#!/bin/sh\n# LLVMFuzzerTestOneInput\n")),
        ("no_other_executables", "a tool beside the targets", lambda: shutil.copy2("/bin/true", build.out / "tool")),
        ("nothing_else", "no options file", (build.out / "fuzz_text.options").unlink),
        ("nothing_else", "a file too much", lambda: (build.out / "notes.txt").write_text("")),
        ("static_linking", "a shared library", compile_text("", after=("-Wl,--no-as-needed", "-lz"))),
        ("not_stripped", "a stripped target", lambda: subprocess.run(["strip", text], check=True)),
        ("compiler_flags", "RTTI off", lambda: _edit_commands(build, " -o ", " -fno-rtti -o ")),
        ("compiler_flags", "the builder's flags ignored", lambda: _edit_commands(build, "-stdlib=libc++", "")),
        ("uses_libcxx", "compiled with libstdc++", lambda: _libstdcxx(build, workshop)),
        ("sources_untouched", "a file made in SRC", lambda: (build.src / "cyclecheck" / "made.txt").write_text("")),
        ("seed_corpora", "a damaged archive", lambda: archive.write_bytes(archive.read_bytes()[:100])),
        ("seed_corpora", "nearly no seeds", lambda: _zip(archive, {"one": "x"})),
        ("empty_input", "a target that dislikes the empty input", compile_text("if (size == 0) std::abort();")),
        ("sanitizer_calls", "a target without the sanitizer", compile_text("", flags=plain)),
        ("sanitizer_calls", "two sanitizers in one",
         compile_text("", flags=workshop.environment["CXXFLAGS"].split() + ["-fsanitize=undefined"],
                      source=_many_additions())),
        ("starts", "a target that ends at once", compile_text("std::exit(0);")),
        ("edges", "nearly no edges", lambda: workshop.compile(text, "", source=_tiny())),
        ("edges", "no instrumentation", compile_text("", flags=["-O1", "-stdlib=libc++", "-fsanitize=address"])),
        ("seed_corpus_is_clean", "a seed that crashes",
         compile_text('if (text.find("profile python2.7") != std::string::npos) std::abort();')),
        ("seed_corpus_is_clean", "a seed that takes 3 GB",
         compile_text('if (size > 50) { static char* p = nullptr; p = static_cast<char*>(std::malloc(std::size_t{3} << 30)); '
                      'std::memset(p, 1, std::size_t{3} << 30); }')),
        ("writes_no_file", "a target that writes a file",
         compile_text('if (FILE* out = std::fopen("seen", "a")) { std::fputs("x", out); std::fclose(out); }')),
        ("writes_no_file", "a target that leaves an empty file",
         compile_text('if (FILE* out = std::fopen("seen", "a")) std::fclose(out);')),
        ("answers_zero", "a target that answers -1", compile_text("if (size > 3) return -1;")),
        ("answers_zero", "a target with an engine of its own",
         lambda: subprocess.run(["clang++", "-fsanitize=fuzzer", "-x", "c++", "-", "-o", text], check=True,
                                input=_tiny().encode())),
        ("dictionaries", "a dictionary that does not parse", lambda: _append(build.out / "fuzz_text.dict", "\"open\n")),
        ("dictionaries", "no dictionary", (build.out / "fuzz_text.dict").unlink),
        ("options", "a flag that libFuzzer does not know", lambda: _append(build.out / "fuzz_text.options", "max_lne = 7\n")),
        ("options", "options without a section", lambda: (build.out / "fuzz_text.options").write_text("max_len = 7\n")),
    ]


def _tiny():
    return ('#include <cstdint>\n#include <cstddef>\n'
            'extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t*, std::size_t) { return 0; }\n')


def _many_additions():
    """A target with more calls of UBSan than an ASan build may have."""
    lines = "\n".join(f"  total += values[size % 7] * {i};" for i in range(1, 150))
    return ('#include <cstdint>\n#include <cstddef>\nint values[7];\n'
            'extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t*, std::size_t size) {\n  volatile int total = 0;\n'
            f'{lines}\n  return 0;\n}}\n')


def _libstdcxx(build, workshop):
    folder = build.work / "cyclecheck"
    source = workshop.folder / "old.cpp"
    source.write_text("#include <string>\nstd::string twice(const std::string& s) { return s + s; }\n")
    subprocess.run(["clang++", "-c", source, "-o", folder / "old.o"], check=True)
    subprocess.run(["ar", "rc", folder / "libold.a", folder / "old.o"], check=True)


def _coverage_faults(build):
    return [("report", "no coverage in the target",
             lambda: subprocess.run(["clang++", "-fsanitize=fuzzer", "-x", "c++", "-", "-o", build.out / "fuzz_text"],
                                    check=True, input=_tiny().encode()))]


def _copy(made, folder):
    """A build that may be broken: OUT, SRC and what the checks read of WORK are copied."""
    build = checks.moved(made, folder)
    work = folder / "work" / "cyclecheck"
    work.mkdir(parents=True)
    for path in [made.work / "cyclecheck" / "compile_commands.json", *sorted((made.work / "cyclecheck").rglob("*.a"))]:
        shutil.copy2(path, work / path.name)
    build.work = folder / "work"
    build.src = folder / "src"
    shutil.copytree(made.src, build.src)
    return build


def _try(made, number):
    """Breaks a copy in the way of this number: (check, what was broken, what the check said, what is wrong with that), or None
    if there are no more ways."""
    with tempfile.TemporaryDirectory(prefix="self-test-") as place:
        place = pathlib.Path(place)
        build = _copy(made, place)
        ways = _coverage_faults(build) if made.sanitizer == "coverage" else faults(build, Workshop(made, place))
        if number == len(ways):
            return None
        name, what, breaks = ways[number]
        check = getattr(checks, name)
        before = check(build)
        breaks()
        build.runs.clear()
        after = check(build)
    wrong = f"fails before that: {before}" if before is not None else "not noticed" if after is None else None
    return name, what, after, wrong


def try_all(made):
    """Answers how many faults were not noticed, and checks that no fault is for."""
    failed = 0
    tried = set()
    for number in itertools.count():
        result = _try(made, number)
        if result is None:
            break
        name, what, said, wrong = result
        tried.add(name)
        failed += wrong is not None
        print(f"self-test: {'ok  ' if wrong is None else 'FAIL'} {what}: {wrong or said.splitlines()[0]}", flush=True)
    wanted = (checks.report,) if made.sanitizer == "coverage" else checks.of_sanitizer(made.sanitizer)
    for check in wanted:
        if check.__name__ not in tried:
            failed += 1
            print(f"self-test: FAIL {checks.TITLES[check.__name__]}: nothing tries it")
    return failed


def run(root, folder):
    """Builds, breaks, checks; the exit status."""
    failed = 0
    for sanitizer in ("address", "coverage"):
        shutil.rmtree(folder / sanitizer, ignore_errors=True)
        made = builder.Builder(root, folder / sanitizer, sanitizer)
        error = made.build()
        if error is not None:
            print(f"self-test: the {sanitizer} build fails: {error}")
            return 1
        failed += try_all(made)
    print("check-oss-fuzz: " + (f"{failed} self-tests failed" if failed else "every check notices its faults"))
    return 1 if failed else 0
