"""Which changes of the collector's core there are, one operator or statement at a time, and which were judged."""
import dataclasses
import re

CORE = ["impl/collection.cpp", "impl/reachability.cpp", "impl/bulk_free.cpp", "impl/death.cpp", "impl/weak.cpp",
        "impl/internal/trashcan.hpp", "impl/internal/gc_refs.hpp"]
NOTHING = "nothing"

# What stands in a line, and what takes its place.
OPERATORS = [
    (r" < ", " <= "), (r" <= ", " < "), (r" > ", " >= "), (r" >= ", " > "), (r" == ", " != "), (r" != ", " == "),
    (r" && ", " || "), (r" \|\| ", " && "), (r"\+\+(?=[\w(])", "--"), (r"--(?=[\w(])", "++"), (r"(?<=\w)\+\+", "--"),
    (r"(?<=\w)--(?! >)", "++"), (r" \+= ", " -= "), (r" -= ", " += "), (r" \+ 1\b", " + 0"), (r" - 1\b", " - 0"),
    (r"\btrue\b", "false"), (r"\bfalse\b", "true"), (r"if \(!", "if ("),
    (r"if \(([\w.]+\([^()]*\))\) ", r"if (!\1) "),
]
# Statements of one line that are left out as a whole.
STATEMENT = re.compile(
    r"^\s*(if \(.*\) )?(return\b.*|continue|break|[\w.\->\[\]()]*\b(push_back|pop_back|clear|erase|resize|emplace_back|"
    r"track|untrack|move_to|append_list|compact|acquire|release|hold|unhold|set|unset|unlink_weak|link_weak|"
    r"release_token|deposit|push_emptying|leave_level|enter_items|free_cell|uncount|run_deaths|clear_weak_references|"
    r"empty_slots|clear_attributes|to_old|run_callback|reset)\(.*\));$")
IGNORED = re.compile(r"^\s*(//|#|CYCLEGC_CHECK|static_assert|template|\[\[nodiscard\]\] (static )?\w+ \w+\(.*;$)|prefetch")
# The line in which a function begins: in a source at its margin, in a header within a class.
FUNCTION = re.compile(r"(operator\(\)|~?\w+)\((?!.*\bif \().*\{")


@dataclasses.dataclass(frozen=True)
class Change:
    """`function` and `nth`: the line is the n-th of that function that says so. `after` is "nothing" for a line left out."""
    file: str
    function: str
    nth: int
    before: str
    after: str
    line: int

    @property
    def place(self):
        return self.function + (f" {self.nth}" if self.nth > 1 else "")

    @property
    def key(self):
        """What it is called in equivalent.txt; line numbers are no part of it."""
        return self.file, self.place, self.before, self.after


def results_of(line, previous):
    """What a line becomes; None stands for leaving it out."""
    code = line.split("//")[0].rstrip()
    found = []
    for pattern, replacement in OPERATORS:
        for match in re.finditer(pattern, code):
            found.append(code[:match.start()] + match.expand(replacement) + code[match.end():])
    statement = STATEMENT.match(code)
    # The `break` that ends a case, and the `return` that ends a function, cannot go alone.
    if statement and (statement.group(1) or not re.match(r"(return|break)", statement.group(2))):
        if not re.match(r"\s*(if|for|while|else|case)\b.*[^;]$", previous):
            found.append(None)
    return list(dict.fromkeys(found))


def changes_of(root, file):
    lines = (root / file).read_text().splitlines()
    margin = "  " if file.endswith(".hpp") else ""
    function = "-"
    seen = {}
    for at, line in enumerate(lines):
        if line.startswith(margin) and re.match(r"[A-Za-z\[]", line[len(margin):]):
            begin = FUNCTION.search(line)
            function = begin.group(1) if begin else function
        if IGNORED.search(line):
            continue
        place = (function, line.strip())
        results = results_of(line, lines[at - 1] if at else "")
        if results:
            seen[place] = seen.get(place, 0) + 1
        for after in results:
            yield Change(file, function, seen[place], line.strip(), NOTHING if after is None else after.strip(), at + 1)


class BadJudgements(Exception):
    """The file of judgements is not what it should be; says where."""


def judged(path):
    """Kind and reason of each change that was judged to be equivalent, by its key."""
    known = {}
    kind = why = None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        heading = re.fullmatch(r"\[([a-z]+)\] (\S.*\.)", line)
        if heading:
            kind, why = heading.groups()
            continue
        parts = line.strip().split(" ;; ")
        if why is None or not line.startswith("  ") or len(parts) != 4:
            raise BadJudgements(f"{path}:{number}: expected `[KIND] REASON.` or `  FILE ;; FUNCTION ;; BEFORE ;; AFTER`")
        if tuple(parts) in known:
            raise BadJudgements(f"{path}:{number}: judged before")
        known[tuple(parts)] = (kind, why)
    return known
