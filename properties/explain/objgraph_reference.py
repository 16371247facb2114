"""Builds heaps as Python objects and answers questions about them with the real objgraph: JSON in, JSON out.

Every object is held by the list `holder`, which objgraph is told to ignore, so that its collections free nothing.
"""
import gc
import io
import json
import re
import sys
import types

import objgraph

gc.disable()
# Everything is held, so that objgraph's collections would find nothing, slowly.
gc.collect = lambda generation=2: 0
SLOTS = ["attr%d" % i for i in range(16)]


def finalize(self):
    pass


def make_class(name, base, slots, has_finalizer):
    body = {} if slots is None else {"__slots__": slots}
    if has_finalizer:
        body["__del__"] = finalize
    return type(name, (base,), body)


CLASSES = {}
for layout, base, slots in (
    ("list", list, ["extra"]),
    ("slots", object, SLOTS),
    ("dictionary", object, None),
    ("untracked", object, []),
):
    for has_finalizer in (False, True):
        CLASSES[layout, has_finalizer] = (base, slots)
made_classes = {}


def class_of(item):
    key = (item["type"], item["layout"], item["finalizer"])
    if key not in made_classes:
        base, slots = CLASSES[item["layout"], item["finalizer"]]
        made_classes[key] = make_class(item["type"], base, slots, item["finalizer"])
    return made_classes[key]


def build(case):
    """holder[i] is object i."""
    holder = []
    for item in case["objects"]:
        if item["layout"] == "exact list":
            holder.append([])
        elif item["layout"] == "dict":
            holder.append(None)
        else:
            holder.append(class_of(item)())
    for i, item in enumerate(case["objects"]):
        if item["layout"] == "dictionary" and item["referents"]:
            holder[item["referents"][0]] = vars(holder[i])
    for i, item in enumerate(case["objects"]):
        if holder[i] is None:
            holder[i] = {}
    for i, item in enumerate(case["objects"]):
        if item["layout"] in ("list", "exact list"):
            # Visited last to first.
            holder[i].extend(holder[to] for to in reversed(item["referents"]))
        elif item["layout"] == "slots":
            for slot, to in enumerate(item["referents"]):
                setattr(holder[i], SLOTS[slot], holder[to])
        elif item["layout"] == "dict":
            for slot, to in enumerate(item["referents"]):
                holder[i][SLOTS[slot]] = holder[to]
    return holder


def parse(dot, names):
    """Nodes by name with depth's colour, and edges; a module's dictionary is the module."""
    by_id = {}
    nodes = {}
    edges = []
    for line in dot.splitlines():
        match = re.match(r'  (o\d+)\[label="(.*?)\\n.*\\n(.*?)"\];', line)
        if match:
            by_id[match.group(1)] = match.group(3)
            nodes[match.group(3)] = {"type": match.group(2), "del": False, "more": ""}
            continue
        match = re.match(r'  (o\d+)\[fillcolor="(.*)"\];', line)
        if match:
            nodes[by_id[match.group(1)]]["color"] = match.group(2)
            continue
        match = re.match(r'  (o\d+)->(o\d+)_has_a_del', line)
        if match:
            nodes[by_id[match.group(1)]]["del"] = True
            continue
        match = re.match(r'  too_many_(o\d+)\[label="(.*?)"', line)
        if match:
            nodes[by_id[match.group(1)]]["more"] = match.group(2)
            continue
        match = re.match(r'  (o\d+) -> (o\d+)', line)
        if match:
            edges.append((match.group(1), match.group(2)))
    pairs = sorted((by_id[a], by_id[b]) for a, b in edges if a in by_id and b in by_id and by_id[a] != by_id[b] + "!")
    return {"nodes": nodes, "edges": pairs}


def answer(case):
    holder = build(case)
    objects = case["objects"]
    names = {id(o): objects[i]["name"] for i, o in enumerate(holder)}
    modules = []
    for root in case["roots"]:
        module = types.ModuleType(root["name"])
        sys.modules[root["name"]] = module
        modules.append(module)
        for variable, index in root["variables"]:
            setattr(module, variable, holder[index])
        names[id(module)] = root["name"] + "!"
        names[id(module.__dict__)] = root["name"]
    gc.garbage.extend(holder[i] for i in case["garbage"])
    names[id(gc.garbage)] = "gc.garbage"
    known = set(names)
    tracked = [holder[i] for i in case["tracked"]]
    stats = io.StringIO()
    objgraph.show_most_common_types(limit=10, objects=tracked, file=stats) if tracked else None
    growth = io.StringIO()
    objgraph.show_growth(limit=0, peak_stats={}, file=growth, filter=lambda o: id(o) in known and names[id(o)] in in_case)
    result = {
        "most_common": stats.getvalue(),
        "typestats": objgraph.typestats(objects=tracked),
        "growth": growth.getvalue(),
        "leaking": sorted(names[id(o)] for o in objgraph.get_leaking_objects(tracked)) if tracked else [],
        "pictures": [],
        "chains": [],
        "cycles": [],
    }
    for question in case["pictures"]:
        show = objgraph.show_backrefs if question["backrefs"] else objgraph.show_refs
        out = io.StringIO()
        show(
            [holder[question["object"]]],  # a list subclass would be taken for a list of objects
            max_depth=question["max_depth"],
            too_many=question["too_many"],
            filter=lambda o: id(o) in known,
            extra_info=lambda o: names[id(o)],
            extra_ignore=[id(holder), id(tracked)],
            output=out,
        )
        result["pictures"].append(parse(out.getvalue(), names))
    ignore = [id(holder), id(tracked), id(globals())] + [id(c) for c in made_classes.values()]
    for question in case["chains"]:
        if question["to"] is None:
            chain = objgraph.find_backref_chain(
                holder[question["object"]],
                lambda o: id(o) in known and names[id(o)].endswith("!"),
                max_depth=21,  # the module's dictionary is a step that the other side does not have
                extra_ignore=ignore,
            )
        else:
            goal = id(holder[question["to"]])
            chain = objgraph.find_ref_chain(holder[question["object"]], lambda o: id(o) == goal, extra_ignore=ignore)
        result["chains"].append([names[id(o)] for o in chain])
        del chain
    for index in case["cycles"]:
        # A shortest cycle begins with a reference of the object; objgraph has no name for it.
        start = holder[index]
        lengths = []
        for near in gc.get_referents(start):
            if id(near) not in known:  # its class
                continue
            if near is start:
                lengths.append(1)
                continue
            chain = objgraph.find_ref_chain(near, lambda o: o is start, extra_ignore=ignore)
            if len(chain) > 1:
                lengths.append(len(chain))
            del chain
        result["cycles"].append(min(lengths) if lengths else 0)
    for root in case["roots"]:
        del sys.modules[root["name"]]
    del gc.garbage[:]
    return result


in_case = set()
answers = []
for case in json.load(sys.stdin):
    in_case = {case["objects"][i]["name"] for i in case["tracked"]}
    answers.append(answer(case))
json.dump(answers, sys.stdout)
