#!/usr/bin/python3
"""The operations of a trace as rules of Hypothesis' stateful testing, on the interpreter that runs this.

Speaks what workers/main.cpp speaks. Unit: a step.
"""
import gc
import sys
import time
import weakref

try:
    from hypothesis import HealthCheck, settings
    from hypothesis import strategies as st
    from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
    from hypothesis.version import __version__
except ImportError:
    settings = None

steps = 0


class Node(list):
    __slots__ = ("__weakref__",)


if settings is not None:
    names = st.integers(0, 7)

    class Machine(RuleBasedStateMachine):
        """Variables refer to nodes; the model is which of them are set."""

        def __init__(self):
            super().__init__()
            self.variables = {}
            self.weak = {}
            self.expected = set()

        def count(self):
            global steps
            steps += 1

        @rule(name=names)
        def new(self, name):
            self.count()
            self.variables[name] = Node()
            self.expected.add(name)

        @rule(name=names, other=names)
        def alias(self, name, other):
            self.count()
            if other in self.variables:
                self.variables[name] = self.variables[other]
                self.expected.add(name)

        @rule(name=names, value=names)
        def append(self, name, value):
            self.count()
            if name in self.variables and value in self.variables:
                self.variables[name].append(self.variables[value])

        @rule(name=names, index=st.integers(0, 3), value=names)
        def store(self, name, index, value):
            self.count()
            if name in self.variables and value in self.variables and index < len(self.variables[name]):
                self.variables[name][index] = self.variables[value]

        @rule(name=names)
        def clear(self, name):
            self.count()
            if name in self.variables:
                self.variables[name].clear()

        @rule(name=names)
        def drop(self, name):
            self.count()
            self.variables.pop(name, None)
            self.expected.discard(name)

        @rule(name=names, referent=names)
        def weak_reference(self, name, referent):
            self.count()
            if referent in self.variables:
                self.weak[name] = weakref.ref(self.variables[referent])

        @rule(name=names)
        def dereference(self, name):
            self.count()
            if name in self.weak:
                self.weak[name]()

        @rule(generation=st.integers(0, 1))
        def collect(self, generation):
            self.count()
            gc.collect(generation)

        @invariant()
        def agrees(self):
            assert set(self.variables) == self.expected


def run():
    global steps
    steps = 0
    gc.collect()
    gc.freeze()
    begin = time.process_time()
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=20,
            stateful_step_count=50,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    return (time.process_time() - begin) * 1e9 / steps


for line in sys.stdin:
    line = line.strip()
    if line == "version":
        answer = "version Hypothesis " + (__version__ if settings else "is not installed")
    elif line.startswith("prepare "):
        answer = "ready repeatable" if settings else "unsupported not installed: python3-hypothesis"
    elif line == "run":
        answer = f"time {run()}"
    elif line == "finish":
        print("answers", flush=True)
        break
    else:
        sys.exit("not understood: " + line)
    print(answer, flush=True)
