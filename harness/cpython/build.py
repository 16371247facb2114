"""Builds the driver's extension for the interpreter that runs this, beside this file: python build.py

  --include FOLDER   the headers, if they are not where the interpreter says
  --check            only says on standard error what is missing

Runs on 2.7 and on 3.6 to 3.15. Exit status 3: it cannot be built; standard error says why.
"""
import binascii
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
VERSION = "%d.%d.%d" % sys.version_info[:3]


def stop(message):
    sys.stderr.write(message.rstrip("\n") + "\n")
    sys.exit(3)


def sources():
    return sorted(name for name in os.listdir(HERE) if name.endswith((".c", ".h")))


def extension():
    """Its path: another one for each interpreter and each state of the sources."""
    check = binascii.crc32((sys.version + sys.executable).encode("utf-8"))
    for name in sources():
        with open(os.path.join(HERE, name), "rb") as source:
            check = binascii.crc32(source.read(), check)
    return os.path.join(HERE, "cyclecheck_driver-%s-%08x.so" % (VERSION, check & 0xFFFFFFFF))


def include_folder():
    from sysconfig import get_path

    return get_path("include")


def compiler():
    return os.environ.get("CC") or "cc"


def run_compiler(arguments):
    """Its exit status and what it wrote on standard error; None: there is no such program."""
    import subprocess

    try:
        process = subprocess.Popen([compiler()] + arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    except OSError:
        return None, ""
    errors = process.communicate()[1]
    return process.returncode, errors.decode("utf-8", "replace")


def version_of_headers(include):
    import re

    try:
        with open(os.path.join(include, "patchlevel.h")) as header:
            found = re.search(r'#define\s+PY_VERSION\s+"([^"]*)"', header.read())
    except (IOError, OSError):
        return None
    return found and found.group(1)


def missing(include):
    """What the driver lacks here, in words; None: nothing."""
    if not os.path.exists(os.path.join(include, "Python.h")):
        package = "python2-dev" if sys.version_info[0] == 2 else "python%d.%d-dev" % sys.version_info[:2]
        return "no headers: %s/Python.h does not exist (Debian: package %s)" % (include, package)
    own, headers = sys.version.split()[0], version_of_headers(include)
    if headers is not None and headers != own:
        return "the headers in %s are of %s, and it is %s: install those of the same version" % (include, headers, own)
    if run_compiler(["--version"])[0] is None:
        return "no C compiler: '%s' was not found (set CC to another one)" % compiler()
    return None


def build(include):
    """Compiles the extension unless it is there. Other processes never see it half written."""
    result = extension()
    if os.path.exists(result):
        return result
    reason = missing(include)
    if reason is not None:
        stop(reason)
    unfinished = "%s.new%d" % (result, os.getpid())
    flags = ["-O2", "-shared", "-fPIC", "-fvisibility=hidden", "-D_GNU_SOURCE", "-Wfatal-errors", "-I" + include]
    files = [os.path.join(HERE, name) for name in sources() if name.endswith(".c")]
    status, errors = run_compiler(flags + files + ["-o", unfinished])
    if status != 0:
        first = "\n".join(errors.splitlines()[:12])  # each file may fail for the same reason
        stop("the driver does not compile for %s:\n%s" % (VERSION, first))
    os.rename(unfinished, result)
    return result


if __name__ == "__main__":
    folder = sys.argv[sys.argv.index("--include") + 1] if "--include" in sys.argv else include_folder()
    if "--check" in sys.argv:
        problem = missing(folder)
        if problem is not None:
            stop(problem)
    else:
        build(folder)
