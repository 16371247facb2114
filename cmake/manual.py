#!/usr/bin/env python3
"""manual.py PROGRAM FOLDER: man pages, and completions for bash, zsh and fish, from the program's own --help.

FOLDER/man1/cyclecheck.1, FOLDER/man1/cyclecheck-run.1 ...; FOLDER/bash/cyclecheck, FOLDER/zsh/_cyclecheck,
FOLDER/fish/cyclecheck.fish. The same program gives the same files."""
import re
import subprocess
import sys
from pathlib import Path

NAME = "cyclecheck"


def help_of(program, *command):
    return subprocess.run([program, *command, "--help"], check=True, capture_output=True, text=True).stdout


def commands_in(text):
    """(name, what it does) of each subcommand that a help text lists."""
    part = re.search(r"^Subcommands:\n(.*?)\n\n", text, re.M | re.S)
    return re.findall(r"^  (\S+)\s+(.*)$", part[1], re.M) if part else []


def options_in(text):
    """(option, what it does); a description may stand on the line below."""
    found = []
    lines = text.split("\n")
    for i, line in enumerate(lines):
        match = re.match(r"^ {2,4}(?:-\w,)?(--[a-z][a-z-]*)(?:,--[a-z-]+)*(.*)$", line)
        if not match:
            continue
        about = re.search(r"\s{2,}(\S.*)$", match[2])
        if about:
            about = about[1]
        else:
            about = lines[i + 1].strip() if i + 1 < len(lines) else ""
        found.append((match[1], about))
    return found


def roff(text):
    """Text as it stands."""
    lines = [line.replace("\\", "\\e").replace("-", "\\-") for line in text.rstrip("\n").split("\n")]
    return "\n".join("\\&" + line if line[:1] in (".", "'") else line for line in lines)


def page(name, about, text, version, others):
    """The first line of a help text is the description; the rest is shown as it is printed."""
    parts = [
        '.TH "%s" 1 "" "CycleCheck %s" "User Commands"' % (name.upper(), version),
        ".SH NAME", "%s \\- %s" % (roff(name), roff(about)),
        ".SH DESCRIPTION", ".nf", roff(text), ".fi",
    ]
    if others:
        parts += [".SH SEE ALSO", ", ".join("\\fB%s\\fR(1)" % roff(other) for other in others)]
    return "\n".join(parts) + "\n"


def bash(commands):
    cases = "\n".join('    %s) words="%s" ;;' % (name, " ".join(option for option, _ in options))
                      for name, _, options in commands)
    return """_cyclecheck() {
  local word=${COMP_WORDS[COMP_CWORD]} words
  case ${COMP_CWORD}:${COMP_WORDS[1]} in
    1:*) words="%s --help --version" ;;
    *) case ${COMP_WORDS[1]} in
%s
    esac ;;
  esac
  case $word in
    -*) COMPREPLY=($(compgen -W "$words" -- "$word")) ;;
    *) if [ "$COMP_CWORD" = 1 ]; then COMPREPLY=($(compgen -W "$words" -- "$word")); else COMPREPLY=($(compgen -f -- "$word")); fi ;;
  esac
}
complete -o filenames -F _cyclecheck cyclecheck
""" % (" ".join(name for name, _, _ in commands), cases)


def quoted(text):
    return "'" + text.replace("'", "'\\''") + "'"


def zsh(commands):
    described = " ".join(quoted(name + ":" + about.replace(":", "\\:")) for name, about, _ in commands)
    cases = "\n".join("  %s) _arguments %s '*:file:_files' ;;" % (name, " ".join(
        quoted("%s[%s]" % (option, re.sub(r"([\[\]:])", r"\\\1", what))) for option, what in options))
        for name, _, options in commands)
    return """#compdef cyclecheck
local -a commands=(%s)
if (( CURRENT == 2 )); then
  _describe command commands
  return
fi
local command=$words[2]
shift words
(( CURRENT-- ))
case $command in
%s
esac
""" % (described, cases)


def fish(commands):
    lines = ["complete -c cyclecheck -n __fish_use_subcommand -f -a %s -d %s" % (name, quoted(about))
             for name, about, _ in commands]
    for name, _, options in commands:
        lines += ["complete -c cyclecheck -n '__fish_seen_subcommand_from %s' -l %s -d %s" % (name, option[2:], quoted(what))
                  for option, what in options]
    return "\n".join(lines) + "\n"


def main(program, folder):
    version = subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout.split()[-1]
    top = help_of(program)
    commands = [(name, about, help_of(program, name)) for name, about in commands_in(top)]
    if not commands:
        sys.exit("manual: the help of %s lists no commands" % program)
    folder = Path(folder)
    for part in ("man1", "bash", "zsh", "fish"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    names = ["%s-%s" % (NAME, name) for name, _, _ in commands]
    (folder / "man1" / (NAME + ".1")).write_text(
        page(NAME, "verifies collectors that count references and break cycles", top, version, names))
    for name, about, text in commands:
        (folder / "man1" / ("%s-%s.1" % (NAME, name))).write_text(
            page("%s-%s" % (NAME, name), about, text, version, [NAME]))
    completed = [(name, about, options_in(text)) for name, about, text in commands]
    (folder / "bash" / NAME).write_text(bash(completed))
    (folder / "zsh" / ("_" + NAME)).write_text(zsh(completed))
    (folder / "fish" / (NAME + ".fish")).write_text(fish(completed))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
