"""All changes of the core in one program: each line says what it says, or one of its changes, by a number that the program
reads from CYCLEGC_CHANGE when it starts. So a change costs no compilation, only its run."""
import re

NUMBER = [
    "#ifndef CYCLEGC_CHANGE_NUMBER",
    "#define CYCLEGC_CHANGE_NUMBER",
    "#include <cstdlib>",
    "inline const int cyclegc_change = [] {",
    '  const char* const number = std::getenv("CYCLEGC_CHANGE");',
    "  return number != nullptr ? std::atoi(number) : 0;",
    "}();",
    "#endif",
]
DECLARATION = re.compile(r"^((?:const |constexpr |static )*[A-Za-z_][\w:<>, ]*[&* ]+(?:const )?\w+) = (.*);$")
KEYWORDS = ("return", "if", "for", "while", "delete", "throw", "do", "else", "case")


class Unswitchable(Exception):
    """A line of a shape that this module does not know."""


def bare(line):
    return re.sub(r"\s*//.*$", "", line).strip()


def parts_of(text, separator):
    """`text` divided at separators outside of all brackets."""
    parts, depth, begin = [], 0, 0
    for i, letter in enumerate(text):
        depth += (letter in "([{") - (letter in ")]}")
        if letter == separator and depth == 0:
            parts.append(text[begin:i].strip())
            begin = i + 1
    return parts + [text[begin:].strip()]


def choice(original, variants):
    """One expression of several, each on a line of its own. `variants`: (number, text)."""
    lines = []
    for number, text in variants:
        lines += [f"cyclegc_change == {number} ?", (number, f"({text}) :")]
    return lines + [f"({original})"]


def alternatives(original, variants):
    """One statement of several."""
    lines = []
    for number, text in variants:
        lines += [f"if (cyclegc_change == {number}) {{", (number, text), "} else"]
    return lines + ["{", original, "}"]


def differing(original, variants, separator):
    """The only part of `original` in which its variants differ from it: the parts, its index, and the variants of it."""
    parts = parts_of(original, separator)
    places = set()
    changed = []
    for number, text in variants:
        others = parts_of(text, separator)
        differs = [i for i, (one, other) in enumerate(zip(parts, others)) if one != other]
        if len(others) != len(parts) or len(differs) != 1:
            raise Unswitchable(original)
        places.add(differs[0])
        changed.append((number, differs[0], others[differs[0]]))
    return parts, places, changed


def switched_header(original, variants):
    """`if (...) {`, `for (...) {` and the like."""
    shape = re.compile(r"^((?:\} else )?(?:if|while|for) \()(.*)(\) \{)$")
    found = shape.match(original)
    inner = [(number, shape.match(text)) for number, text in variants]
    if not found or any(match is None for _, match in inner):
        raise Unswitchable(original)
    parts, places, changed = differing(found[2], [(number, match[2]) for number, match in inner], ";")
    lines = [found[1]]
    for i, part in enumerate(parts):
        here = [(number, text) for number, place, text in changed if place == i]
        last = i + 1 == len(parts)
        if not here:
            lines.append(part)
        elif len(parts) > 1 and i == 0:
            lines += switched_statement(part + ";", [(number, text + ";") for number, text in here], declares=True)
            lines[-1] = lines[-1].removesuffix(";")
        elif len(parts) == 3 and last:
            lines += choice(f"static_cast<void>({part})", [(number, f"static_cast<void>({text})") for number, text in here])
        else:
            lines += choice(part, here)
        if not last:
            lines.append(";")
    return lines + [found[3]]


def switched_statement(original, variants, declares=False):
    declaration = DECLARATION.match(original)
    if declaration and not original.startswith(KEYWORDS):
        changed = []
        for number, text in variants:
            other = DECLARATION.match(text)
            if not other or other[1] != declaration[1]:
                raise Unswitchable(original)
            changed.append((number, other[2]))
        return [declaration[1] + " ="] + choice(declaration[2], changed) + [";"]
    if declares:
        raise Unswitchable(original)
    return alternatives(original, variants)


def switched(original, variants):
    """The lines that take the place of a whole statement or header; a pair (number, text) is a line of a change."""
    if original.endswith("{"):
        return switched_header(original, variants)
    function = re.compile(r"^(.*\)(?: const)?) \{ (.*) \}$")
    found = function.match(original)
    if found and not original.startswith(KEYWORDS):
        bodies = [(number, function.match(text)) for number, text in variants]
        if any(match is None or match[1] != found[1] for _, match in bodies):
            raise Unswitchable(original)
        return [found[1] + " {"] + alternatives(found[2], [(number, match[2]) for number, match in bodies]) + ["}"]
    if not original.endswith(";"):
        raise Unswitchable(original)
    return switched_statement(original, variants)


def switched_file(lines, changes):
    """`changes`: (number, change) of this file. Answers the new lines, pairs among them, and the numbers of those that
    have to be tried one by one."""
    of_line = {}
    for number, change in changes:
        of_line.setdefault(change.line - 1, []).append((number, change))
    result, alone = list(NUMBER), []
    at = 0
    while at < len(lines):
        end = at
        # A statement or header may have several lines.
        code = bare(lines[at])
        while code and not code.startswith("#") and not re.search(r"[;{}:]$", bare(lines[end])) and end + 1 < len(lines):
            end += 1
        here = [(i, number, change) for i in range(at, end + 1) for number, change in of_line.get(i, [])]
        if not here:
            result += lines[at:end + 1]
        else:
            def whole(place=None, text=None):
                said = [bare(lines[i]) if i != place else text for i in range(at, end + 1)]
                return " ".join(part for part in said if part)
            variants = [(number, whole(i, "" if change.after == "nothing" else change.after)) for i, number, change in here]
            try:
                result += switched(whole(), [(number, text or ";") for number, text in variants])
            except Unswitchable:
                result += lines[at:end + 1]
                alone += [number for _, number, _ in here]
        at = end + 1
    return result, alone
