"""Verdicts, kept in a file from one sweep to the next, and the table of them."""
import hashlib
import json

COLUMNS = [("random", "logs"), ("fast", "logs, `impl-fast`"), ("memory", "`--oom`"), ("stored", "stored traces"),
           ("verify", "checks"), ("tests", "tests"), ("uncompiled", "do not compile"), ("equivalent", "equivalent"),
           ("survived", "unexplained"), ("untried", "not tried")]


def digest(*paths):
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()[:16]


def tries(root, program):
    """What a survivor has survived: the files that say how changes are tried, and on what."""
    folders = [("bench/experiments/sweep", "*.py"), ("corpus", "**/*"), ("properties/impl", "*.?pp")]
    files = [path for folder, name in folders for path in sorted((root / folder).glob(name)) if path.is_file()]
    return [program, *files]


class Verdicts:
    """A verdict stands as long as the file that was changed is what it was; that something survived, as long as the
    whole program, the stored traces and the collector's tests are."""

    def __init__(self, path, root, program):
        self.path = path
        self.root = root
        self.program = digest(*tries(root, program))
        self.files = {}
        self.known = {}
        if path.exists():
            for line in path.read_text().splitlines():
                entry = json.loads(line)
                self.known[tuple(entry["change"])] = entry

    def file_digest(self, file):
        if file not in self.files:
            self.files[file] = digest(self.root / file)
        return self.files[file]

    def of(self, change):
        """(verdict, detail), or None if it must be tried."""
        entry = self.known.get(change.key)
        if entry is None or entry["file"] != self.file_digest(change.file):
            return None
        if entry["verdict"] == "survived" and entry["program"] != self.program:
            return None
        return entry["verdict"], entry["detail"]

    def keep(self, change, verdict, detail):
        entry = {"change": change.key, "file": self.file_digest(change.file), "program": self.program,
                 "verdict": verdict, "detail": detail}
        self.known[change.key] = entry
        with self.path.open("a") as file:
            file.write(json.dumps(entry) + "\n")


def table(changes, verdict_of):
    """Markdown: a row a file, a column for what became of its changes. `verdict_of` answers None for one not tried."""
    files = list(dict.fromkeys(change.file for change in changes))
    counts = {file: dict.fromkeys((name for name, _ in COLUMNS), 0) for file in files}
    for change in changes:
        counts[change.file][verdict_of(change) or "untried"] += 1
    lines = ["| file | changes | " + " | ".join(title for _, title in COLUMNS) + " |",
             "|---" * (len(COLUMNS) + 2) + "|"]
    rows = [(f"`{file}`", counts[file]) for file in files]
    if len(files) > 1:
        rows.append(("all", {name: sum(row[name] for row in counts.values()) for name, _ in COLUMNS}))
    for title, row in rows:
        lines.append(f"| {title} | {sum(row.values())} | " + " | ".join(str(row[name]) for name, _ in COLUMNS) + " |")
    return "\n".join(lines) + "\n"


def kinds(explanations):
    """Markdown: how many changes were judged to be equivalent for which kind of reason."""
    counts = {}
    for kind, _ in explanations:
        counts[kind] = counts.get(kind, 0) + 1
    return ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items(), key=lambda item: -item[1]))
