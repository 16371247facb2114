"""Answers requests about one type: a line of JSON each, on standard input and output. Runs on 2.7 and on 3.6 to 3.15.

What runs next stands in the file that the command line names before it runs: the number of the step in the first 8
bytes, then {"index": n, "steps": [...]}. So a crash or a hang is known by what caused it.
"""
import json
import os
import sys
import time

sys.dont_write_bytecode = True

import type_edges
import type_judge
import type_probes
import type_programs
import type_target
import type_uses

# The modules above are loaded: what the user's modules are called is no matter.
sys.path[0] = os.getcwd()


class Running(object):
    """The file that tells what runs."""

    def __init__(self, path):
        self.file = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)

    def program(self, index, steps):
        text = "%-8d%s\n" % (0, json.dumps({"index": index, "steps": steps}))
        os.ftruncate(self.file, 0)
        os.lseek(self.file, 0, 0)
        os.write(self.file, text.encode("ascii"))

    def step(self, number):
        os.lseek(self.file, 0, 0)
        os.write(self.file, ("%-8d" % number).encode("ascii"))


class Agent(object):
    def __init__(self, running, answers):
        self.running = Running(running)
        self.answers = answers
        self.told = 0

    def say(self, **answer):
        self.told = time.time()
        self.answers.write(json.dumps(answer, sort_keys=True) + "\n")
        self.answers.flush()

    def alive(self):
        if time.time() - self.told > 0.3:
            self.say(alive=True)

    def open(self, request):
        if not hasattr(sys, "getrefcount"):
            raise type_target.Unusable("%s is no CPython: it has no reference counts" % sys.executable)
        if not getattr(sys, "_is_gil_enabled", lambda: True)():
            raise type_target.Unusable("%s runs without the GIL: its counts are in two parts" % sys.executable)
        self.target = type_target.Target(request["type"], request.get("spec"))

    def find(self, request):
        def announce(lines):
            self.running.program(-1, lines)
            self.alive()

        finder = type_edges.Finder(self.target, announce, request["skip"])
        found = finder.find()
        self.say(found=found, version="%d.%d.%d" % sys.version_info[:3], has_gc=self.of_type(found),
                 not_checked=self.not_checked(), takes_part=bool(self.target.spec.get("takes_part")),
                 depth=self.target.spec.get("depth", 0))

    def of_type(self, found):
        """Whether what is made takes part in collection."""
        space = self.target.names()
        for name in "wxyz":
            space[name] = space["Link"]()
        try:
            exec("a = " + found["makes"][0]["text"], space)
            return bool(type(space["a"]).__flags__ & (1 << 14))
        except Exception:
            return self.target.has_gc()

    def not_checked(self):
        result = []
        if self.target.memory.missing:
            result.append("T12, T16: %s" % self.target.memory.missing)
        if not self.target.heirs:
            result.append("T8, T9, subclasses: %s" % self.target.why_no_heir)
        if self.target.heirs and sys.version_info < (3, 4):
            result.append("T8: before 3.4 a cycle with __del__ is not collected")
        if not self.can_fail():
            result.append("T11: this interpreter has no _testcapi.set_nomemory")
        return result

    @staticmethod
    def can_fail():
        try:
            import _testcapi

            return hasattr(_testcapi, "set_nomemory")
        except ImportError:
            return False

    def prepare(self, found, deepest):
        self.programs = type_programs.Programs(self.target, found)
        first = list(type_probes.of_types(self.target, self.programs)) + list(self.programs.first())
        self.uses_from = len(first)
        first += type_uses.UsePrograms(self.programs).all()
        self.uses_to = len(first)
        first += type_probes.of_heirs(self.target, self.programs)
        if self.can_fail():
            first += self.programs.failing()
        first += type_probes.of_depth(self.target, self.programs, deepest)
        self.first = first
        self.judge = type_judge.Judge(self.target)

    def run_one(self, steps):
        if steps and steps[0].startswith("# T"):
            return type_probes.run(self.target, steps, self.running.step)
        return self.judge.run(steps, self.running.step)

    def search(self, request):
        self.prepare(request["found"], request["deepest"])
        index, end = request["from"], len(self.first) + request["programs"]
        began = time.time()
        known = set(map(tuple, request["known"]))
        deep, slow = request["deep"], False
        while index < end:
            if index >= len(self.first) and "seconds" in request and time.time() - began > request["seconds"]:
                break
            is_first = index < len(self.first)
            steps = self.first[index] if is_first else self.programs.random(request["seed"], index - len(self.first))
            if self.uses_from <= index < self.uses_to:
                # What is wrong with a place was told: it stays empty.
                told = set(label for _, label in known)
                steps = [step for step in steps if step.partition("  # ")[2] not in told]
            depth = int(steps[0].split()[2]) if steps[0].startswith("# T13") else 0
            if depth and (not deep or slow and depth > 1000):
                index += 1
                continue
            slow = False
            self.running.program(index, steps)
            self.alive()
            started = time.time()
            result = self.run_one(steps)
            # Twice as deep would take minutes: what builds one may look through all that is in it.
            slow = depth and time.time() - started > 1
            if isinstance(result, type_judge.Found) and result.label.startswith("Heir"):
                result.label = self.target.name
            if isinstance(result, type_judge.Found) and not self.is_known(known, result):
                known.add((result.rule, result.label))
                self.tell(index, steps, result)
                if result.is_fatal:
                    break
            elif isinstance(result, (type_judge.Costs, type_judge.Elsewhere)):
                key = (type(result).__name__, str(result))
                if key not in known:
                    known.add(key)
                    self.say(note=key[0], words=key[1], index=index)
            index += 1
        self.say(programs=index)

    def is_known(self, known, result):
        """Whether a fault of that kind was told of that place: one fault breaks several rules of counting."""
        counting = ("T1", "T2", "T3", "T4", "T5", "T6", "T11", "T14", "T16")
        rules = counting if result.rule in counting else (result.rule,)
        told = set(label for rule, label in known if rule in rules)
        return result.label in told or bool(told) and result.label == self.target.name and result.rule in counting

    def tell(self, index, steps, result):
        raised = self.judge.raised if not steps[0].startswith("# T") else []
        self.say(finding={"rule": result.rule, "label": result.label, "words": result.words}, index=index, steps=steps,
                 raised=raised)

    def run(self, request):
        if not hasattr(self, "judge"):
            self.judge = type_judge.Judge(self.target)
        steps = request["steps"]
        self.running.program(-1, steps)
        result = self.run_one(steps)
        if isinstance(result, type_judge.Found):
            self.tell(-1, steps, result)

    def undefined(self, request):
        self.say(undefined=type_target.undefined_in(request["steps"]))

    def script(self, request):
        plain = [step.partition("  # ")[0] if " of " in step else step for step in request["steps"]]
        header = self.target.header(plain, request["rule"])
        for i in reversed(request["raised"]):
            plain[i:i + 1] = ["try: " + plain[i], "except Exception as error: print(error)"]
        self.say(script=header + plain)


def main():
    answers = os.fdopen(os.dup(1), "w")
    requests = os.fdopen(os.dup(0), "r")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    agent = Agent(sys.argv[1], answers)
    while True:
        line = requests.readline()
        if not line:
            break
        request = json.loads(line)
        try:
            getattr(agent, request["what"])(request)
        except type_target.Unusable as problem:
            agent.say(unusable=str(problem))
        agent.say(end=True)
    os._exit(0)


main()
