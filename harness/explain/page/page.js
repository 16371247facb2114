"use strict";
// What the page shows: frames of a story. The first part knows nothing of a browser, so that it can be tried without one.

const LANES = ["untracked", "generation 0", "generation 1", "generation 2", "permanent", "set apart"];
const COLOURS = ["", "white", "grey", "black"];
const DEAD = 1, FREED = 2, REACHABLE = 4, GARBAGE = 8, FINALIZED = 16, FINALIZER = 32;
const CHECKPOINT = 64;
const NODE = { width: 92, height: 44, gapX: 26, gapY: 30 };
const PER_ROW = 8;

class Story {
  constructor(data) {
    this.data = data;
    this.checkpoints = new Map([[-1, { objects: new Map(), slots: new Map() }]]);
    this.rows = this.usedRows();
  }
  get length() { return this.data.frames.length; }

  // The objects by number, and where they are drawn, at a frame. The answer is not to be changed.
  stateAt(index) {
    let from = index;
    while (!this.checkpoints.has(from)) --from;
    const start = this.checkpoints.get(from);
    const state = { objects: new Map(start.objects), slots: new Map(start.slots) };
    for (let i = from + 1; i <= index; ++i) {
      const frame = this.data.frames[i];
      for (const [id, references, gcRefs, lane, flags, referent, referents] of frame.objects) {
        state.objects.set(id, { id, references, gcRefs, lane, flags, referent, referents });
      }
      for (const [id, slot] of frame.slots) {
        if (slot < 0) state.slots.delete(id); else state.slots.set(id, slot);
      }
      if (i % CHECKPOINT === 0 && !this.checkpoints.has(i)) {
        this.checkpoints.set(i, { objects: new Map(state.objects), slots: new Map(state.slots) });
      }
    }
    return state;
  }

  // For every lane the rows in which anything is drawn in any frame: others take no room, so that nothing moves
  // from frame to frame but what moves from lane to lane.
  usedRows() {
    const used = LANES.map(() => new Set());
    const lane = new Map(), slots = new Map();
    for (const frame of this.data.frames) {
      for (const object of frame.objects) lane.set(object[0], object[3]);
      for (const [id, slot] of frame.slots) {
        if (slot < 0) slots.delete(id); else slots.set(id, slot);
      }
      for (const [id] of frame.objects) {
        if (slots.has(id)) used[lane.get(id)].add(Math.floor(slots.get(id) / PER_ROW));
      }
      for (const [id, slot] of frame.slots) {
        if (slot >= 0) used[lane.get(id)].add(Math.floor(slot / PER_ROW));
      }
    }
    return used.map((rows) => [...rows].sort((a, b) => a - b));
  }

  // Lanes from top to bottom: [{lane, y, height}], and the height of all.
  layout() {
    const lanes = [];
    let y = 8;
    for (const lane of [1, 2, 3, 4, 5, 0]) {
      if (this.rows[lane].length === 0) continue;
      const height = 30 + this.rows[lane].length * (NODE.height + NODE.gapY);
      lanes.push({ lane, y, height });
      y += height + 8;
    }
    return { lanes, width: 24 + PER_ROW * (NODE.width + NODE.gapX), height: Math.max(y, 80) };
  }

  place(lane, slot, layout) {
    const strip = layout.lanes.find((item) => item.lane === lane);
    const row = this.rows[lane].indexOf(Math.floor(slot / PER_ROW));
    return {
      x: 24 + (slot % PER_ROW) * (NODE.width + NODE.gapX),
      y: strip.y + 34 + row * (NODE.height + NODE.gapY),
    };
  }

  // The first frame of the operation before or after that of a frame.
  otherOperation(index, step) {
    const operation = this.data.frames[index].operation;
    let i = index;
    if (step > 0) {
      while (i < this.length && this.data.frames[i].operation === operation) ++i;
      return Math.min(i, this.length - 1);
    }
    while (i > 0 && this.data.frames[i].operation === operation) --i;
    const before = this.data.frames[i].operation;
    while (i > 0 && this.data.frames[i - 1].operation === before) --i;
    return i;
  }

  classes(object, frame) {
    const list = ["node"];
    const colour = frame.colours ? COLOURS[frame.colours[object.id] || 0] : "";
    if (colour) list.push(colour);
    else if (!(object.flags & REACHABLE)) list.push("lost");
    if (object.flags & (FINALIZER | GARBAGE)) list.push("framed");
    if (object.flags & (DEAD | FREED)) list.push("dead");
    if (frame.objects.some((changed) => changed[0] === object.id)) list.push("touched");
    return list.join(" ");
  }

  summary(index) {
    const state = this.stateAt(index);
    const alive = [...state.objects.values()].filter((object) => !(object.flags & (DEAD | FREED)));
    const lost = alive.filter((object) => !(object.flags & REACHABLE)).length;
    const counts = this.data.frames[index].counts.join(", ");
    return `${alive.length} objects are alive, ${lost} of them cannot be reached. Counts (${counts}).`;
  }
}

if (typeof module !== "undefined") module.exports = { Story, LANES, COLOURS };

if (typeof document !== "undefined") {
  const story = new Story(JSON.parse(document.getElementById("story").textContent));
  const get = (id) => document.getElementById(id);
  const layout = story.layout();
  const svg = get("graph");
  let now = 0;
  let timer = null;

  const element = (name, attributes, parent, text) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    parent.append(made);
    return made;
  };

  svg.setAttribute("viewBox", `0 0 ${layout.width} ${layout.height}`);
  const marker = element("marker", { id: "arrow", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto-start-reverse" },
    element("defs", {}, svg));
  element("path", { d: "M0 0L8 4L0 8z", fill: "context-stroke" }, marker);
  for (const { lane, y, height } of layout.lanes) {
    element("rect", { class: "lane", x: 4, y, width: layout.width - 8, height, rx: 5 }, svg);
    element("text", { class: "lane-name", x: 12, y: y + 16 }, svg, LANES[lane]);
  }
  const edges = element("g", {}, svg);
  const nodes = element("g", {}, svg);

  function curve(from, to) {
    const w = NODE.width, h = NODE.height;
    const a = { x: from.x + w / 2, y: from.y + h / 2 }, b = { x: to.x + w / 2, y: to.y + h / 2 };
    if (from.x === to.x && from.y === to.y) {
      return `M${from.x + w - 18} ${from.y}c0 -26 34 -20 18 14`;
    }
    const dx = b.x - a.x, dy = b.y - a.y, length = Math.hypot(dx, dy);
    // Out at the border of the boxes.
    const t = Math.min(Math.abs(dx) > 0 ? (w / 2 + 3) / Math.abs(dx) : Infinity, Math.abs(dy) > 0 ? (h / 2 + 3) / Math.abs(dy) : Infinity);
    const p = { x: a.x + dx * t, y: a.y + dy * t }, q = { x: b.x - dx * t, y: b.y - dy * t };
    // Bent to one side, so that both directions are seen, and past boxes that lie between.
    const bend = Math.min(46, 10 + length / 9);
    const m = { x: (p.x + q.x) / 2 - (dy / length) * bend, y: (p.y + q.y) / 2 + (dx / length) * bend };
    return `M${p.x} ${p.y}Q${m.x} ${m.y} ${q.x} ${q.y}`;
  }

  function short(text, limit) { return text.length > limit ? text.slice(0, limit - 1) + "…" : text; }

  function draw(index) {
    const frame = story.data.frames[index];
    const state = story.stateAt(index);
    edges.replaceChildren();
    nodes.replaceChildren();
    const places = new Map();
    for (const [id, slot] of state.slots) {
      const object = state.objects.get(id);
      if (object) places.set(id, story.place(object.lane, slot, layout));
    }
    const held = new Map();
    for (const [name, id] of frame.roots) held.set(id, [...(held.get(id) || []), name]);
    for (const [id, place] of places) {
      const object = state.objects.get(id);
      for (const to of new Set(object.referents)) {
        if (places.has(to)) element("path", { class: "edge", d: curve(place, places.get(to)), "marker-end": "url(#arrow)" }, edges);
      }
      if (object.referent !== null && places.has(object.referent)) {
        element("path", { class: "edge weak", d: curve(place, places.get(object.referent)), "marker-end": "url(#arrow)" }, edges);
      }
      const known = story.data.objects[id];
      const node = element("g", { class: story.classes(object, frame), transform: `translate(${place.x} ${place.y})` }, nodes);
      element("title", {}, node, `${known.name}: ${known.kind}, ${object.references} references`);
      element("rect", { width: NODE.width, height: NODE.height, rx: 5 }, node);
      element("text", { class: "in", x: NODE.width / 2, y: 18 }, node, short(known.name, 14));
      const numbers = frame.colours && frame.colours[id] ? `refs ${object.references}, gc_refs ${object.gcRefs}` : `refs ${object.references}`;
      element("text", { class: "in small", x: NODE.width / 2, y: 34 }, node, numbers);
      if (held.has(id)) element("text", { class: "roots", x: NODE.width / 2, y: -4 }, node, short(held.get(id).join(", "), 20));
    }
    get("cut").hidden = !frame.cut;
    get("cut").textContent = frame.cut ? `Too large to draw whole: ${frame.cut} more objects are alive. Drawn is the neighbourhood of what this step touched.` : "";
    get("summary").textContent = story.summary(index);
  }

  function tell(index) {
    const frame = story.data.frames[index];
    get("slider").value = index;
    const where = `operation ${frame.operation} of ${story.data.operations.length - 1}${frame.phase ? ", " + frame.phase : ""}`;
    get("where").textContent = where;
    get("slider").setAttribute("aria-valuetext", where);
    get("operation").textContent = `${frame.operation}: ${story.data.operations[frame.operation]}`;
    get("sentence").textContent = frame.sentence;
    get("changes").replaceChildren(...frame.lines.map((line) => {
      const item = document.createElement("li");
      item.textContent = line;
      return item;
    }));
    for (const row of document.querySelectorAll("#logs tbody tr")) row.classList.toggle("now", Number(row.dataset.operation) === frame.operation);
    const current = document.querySelector("#logs tr.now");
    if (current) {
      const box = current.closest(".scroll");
      box.scrollTop = current.offsetTop - box.clientHeight / 3;
    }
  }

  function show(index) {
    now = Math.max(0, Math.min(story.length - 1, index));
    draw(now);
    tell(now);
  }

  function play(on) {
    clearInterval(timer);
    timer = on ? setInterval(() => (now + 1 < story.length ? show(now + 1) : play(false)), 900) : null;
    get("play").textContent = on ? "Pause" : "Play";
  }

  function fillLogs() {
    const body = document.querySelector("#logs tbody");
    const other = story.data.other;
    get("other").textContent = other ? other.name : "-";
    get("verdict").textContent = story.data.verdict;
    story.data.operations.forEach((text, operation) => {
      const row = body.insertRow();
      row.dataset.operation = operation;
      const cells = [`${operation}: ${text}`, (story.data.model[operation] || []).join("\n"), other ? (other.log[operation] || []).join("\n") : ""];
      cells.forEach((content) => { row.insertCell().textContent = content; });
      if (other && cells[1] !== cells[2]) row.cells[2].classList.add("differs");
      row.addEventListener("click", () => {
        const first = story.data.frames.findIndex((frame) => frame.operation === operation);
        if (first >= 0) show(first);
      });
    });
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === " " && event.target.closest && event.target.closest("button")) return;
    const moves = {
      ArrowRight: () => show(now + 1),
      ArrowLeft: () => show(now - 1),
      ArrowDown: () => show(story.otherOperation(now, 1)),
      ArrowUp: () => show(story.otherOperation(now, -1)),
      Home: () => show(0),
      End: () => show(story.length - 1),
      " ": () => play(timer === null),
    };
    if (!(event.key in moves)) return;
    event.preventDefault();
    if (event.key !== " ") play(false);
    moves[event.key]();
  });
  get("slider").max = story.length - 1;
  get("slider").addEventListener("input", (event) => show(Number(event.target.value)));
  get("first").addEventListener("click", () => show(0));
  get("back").addEventListener("click", () => show(now - 1));
  get("play").addEventListener("click", () => play(timer === null));
  get("forward").addEventListener("click", () => show(now + 1));
  get("last").addEventListener("click", () => show(story.length - 1));
  fillLogs();
  // A link may name the frame: out.html#12.
  show(Number(location.hash.slice(1)) || 0);
}
