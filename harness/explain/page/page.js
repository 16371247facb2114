"use strict";
// What the page shows: frames of a story. The first part knows nothing of a browser, so that it can be tried without one.

const LANES = ["untracked", "generation 0", "generation 1", "generation 2", "permanent", "set apart"];
const COLOURS = ["", "white", "grey", "black"];
const DEAD = 1, FREED = 2, REACHABLE = 4, GARBAGE = 8, FINALIZED = 16, FINALIZER = 32;
const CHECKPOINT = 64;
const NODE = { width: 92, height: 44, gapX: 26, gapY: 30 };

// How many objects stand in a row of a lane: fewer where the window is narrow, so that names can be read.
function perRow(width) { return Math.max(2, Math.min(8, Math.floor((width - 24) / (NODE.width + NODE.gapX)))); }

// The columns of a row from the middle outwards: what a step touched comes first.
function fromTheMiddle(columns) {
  const middle = Math.floor((columns - 1) / 2);
  return [...Array(columns).keys()].sort((a, b) => Math.abs(a - middle) - Math.abs(b - middle) || b - a);
}

class Story {
  constructor(data) {
    this.data = data;
    this.frames = Story.complete(data.frames);
    this.checkpoints = new Map([[-1, { objects: new Map(), slots: new Map() }]]);
  }
  get length() { return this.frames.length; }

  // What a frame leaves out is empty, or as in the frame before.
  static complete(frames) {
    let counts = [0, 0, 0], roots = [];
    return frames.map((frame) => {
      counts = frame.counts || counts;
      roots = frame.roots || roots;
      return { phase: null, lines: [], objects: [], slots: [], colours: null, near: null, cut: 0, ...frame, counts, roots };
    });
  }

  // The objects by number, and where they are drawn, at a frame. The answer is not to be changed.
  stateAt(index) {
    let from = index;
    while (!this.checkpoints.has(from)) --from;
    const start = this.checkpoints.get(from);
    const state = { objects: new Map(start.objects), slots: new Map(start.slots) };
    for (let i = from + 1; i <= index; ++i) {
      const frame = this.frames[i];
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

  // Where everything is drawn at a frame: lanes from top to bottom [{lane, y, height}], as high as what is in them;
  // the place of each object that is drawn; the width and height of all.
  layout(index, columns) {
    const state = this.stateAt(index);
    const near = this.frames[index].near;
    // By lane, the cell of each object: a row and a column.
    const cells = LANES.map(() => new Map());
    if (near) {
      const order = fromTheMiddle(columns);
      for (const id of near) {
        const lane = cells[state.objects.get(id).lane];
        lane.set(id, [Math.floor(lane.size / columns), order[lane.size % columns]]);
      }
    } else {
      for (const [id, slot] of state.slots) {
        cells[state.objects.get(id).lane].set(id, [Math.floor(slot / columns), slot % columns]);
      }
    }
    const lanes = [], places = new Map();
    let y = 8, widest = 1;
    for (const lane of [1, 2, 3, 4, 5, 0]) {
      if (cells[lane].size === 0) continue;
      const rows = [...new Set([...cells[lane].values()].map((cell) => cell[0]))].sort((a, b) => a - b);
      for (const [id, [row, column]] of cells[lane]) {
        places.set(id, { x: 24 + column * (NODE.width + NODE.gapX), y: y + 34 + rows.indexOf(row) * (NODE.height + NODE.gapY) });
        widest = Math.max(widest, column + 1);
      }
      const height = 30 + rows.length * (NODE.height + NODE.gapY);
      lanes.push({ lane, y, height });
      y += height + 8;
    }
    return { lanes, places, width: 24 + Math.max(widest, Math.min(columns, 4)) * (NODE.width + NODE.gapX), height: Math.max(y, 60) };
  }

  // The frame where the page opens: the first one of the operation where both sides differ.
  opening() {
    if (this.data.divergence === null) return 0;
    const found = this.frames.findIndex((frame) => frame.operation === this.data.divergence);
    return found < 0 ? this.length - 1 : found;
  }

  // The frame in which the next or the previous collection begins; the same frame if there is none.
  otherCollection(index, step) {
    for (let i = index + step; i >= 0 && i < this.length; i += step) {
      if (this.frames[i].begins) return i;
    }
    return index;
  }

  // What became of an object: [{frame, text}], first to last.
  history(id) {
    const told = [];
    let old = null;
    this.frames.forEach((frame, index) => {
      for (const [changed, references, , lane, flags] of frame.objects) {
        if (changed !== id) continue;
        const parts = [];
        if (!old) parts.push("is made");
        else {
          if (old.references !== references) parts.push(`references ${old.references} \u2192 ${references}`);
          if (old.lane !== lane) parts.push(`${LANES[old.lane]} \u2192 ${LANES[lane]}`);
          if ((old.flags & REACHABLE) && !(flags & REACHABLE)) parts.push("no root leads to it any more");
          if (!(old.flags & REACHABLE) && (flags & REACHABLE)) parts.push("a root leads to it again");
          if (!(old.flags & FINALIZED) && (flags & FINALIZED)) parts.push("its finalizer ran");
          if (!(old.flags & GARBAGE) && (flags & GARBAGE)) parts.push("it is put into gc.garbage");
          if (!(old.flags & DEAD) && (flags & DEAD)) parts.push("it dies");
          else if (!(old.flags & FREED) && (flags & FREED)) parts.push("it is freed");
        }
        old = { references, lane, flags };
        if (parts.length > 0) told.push({ frame: index, text: `${frame.operation}: ${parts.join(", ")}` });
      }
    });
    return told;
  }

  // The first frame of the operation before or after that of a frame.
  otherOperation(index, step) {
    const operation = this.frames[index].operation;
    let i = index;
    if (step > 0) {
      while (i < this.length && this.frames[i].operation === operation) ++i;
      return Math.min(i, this.length - 1);
    }
    while (i > 0 && this.frames[i].operation === operation) --i;
    const before = this.frames[i].operation;
    while (i > 0 && this.frames[i - 1].operation === before) --i;
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
    const counts = this.frames[index].counts.join(", ");
    return `${alive.length} objects are alive, ${lost} of them cannot be reached. Counts (${counts}).`;
  }
}

if (typeof module !== "undefined") module.exports = { Story, LANES, COLOURS, perRow };

// The data of the page; long ones are compressed.
async function load(source) {
  if (source.dataset.encoding !== "gzip") return JSON.parse(source.textContent);
  const bytes = Uint8Array.from(atob(source.textContent), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

function start(story) {
  const get = (id) => document.getElementById(id);
  const svg = get("graph");
  let now = 0;
  let timer = null;
  let chosen = null;

  const element = (name, attributes, parent, text) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    parent.append(made);
    return made;
  };
  const tag = (name, text, parent) => {
    const made = document.createElement(name);
    made.textContent = text;
    if (parent) parent.append(made);
    return made;
  };

  const marker = element("marker", { id: "arrow", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto-start-reverse" },
    element("defs", {}, svg));
  element("path", { d: "M0 0L8 4L0 8z", fill: "context-stroke" }, marker);
  const lanes = element("g", {}, svg);
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

  function short(text, limit) { return text.length > limit ? text.slice(0, limit - 1) + "\u2026" : text; }

  function draw(index) {
    const frame = story.frames[index];
    const state = story.stateAt(index);
    const { lanes: strips, places, width, height } = story.layout(index, perRow(get("heap").clientWidth || 960));
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    // Never larger than life.
    svg.style.maxWidth = `${width}px`;
    for (const group of [lanes, edges, nodes]) group.replaceChildren();
    for (const { lane, y, height: high } of strips) {
      element("rect", { class: "lane", x: 4, y, width: width - 8, height: high, rx: 5 }, lanes);
      element("text", { class: "lane-name", x: 12, y: y + 16 }, lanes, LANES[lane]);
    }
    if (places.size === 0) element("text", { class: "lane-name", x: 12, y: 30 }, lanes, "There is no object.");
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
      const node = element("g", { class: story.classes(object, frame) + (id === chosen ? " chosen" : ""), transform: `translate(${place.x} ${place.y})`, tabindex: 0, role: "button" }, nodes);
      element("title", {}, node, `${known.name}: ${known.kind}, ${object.references} references`);
      element("rect", { width: NODE.width, height: NODE.height, rx: 5 }, node);
      element("text", { class: "in", x: NODE.width / 2, y: 18 }, node, short(known.name, 14));
      const numbers = frame.colours && frame.colours[id] ? `refs ${object.references}, gc_refs ${object.gcRefs}` : `refs ${object.references}`;
      element("text", { class: "in small", x: NODE.width / 2, y: 34 }, node, numbers);
      if (held.has(id)) element("text", { class: "roots", x: NODE.width / 2, y: -4 }, node, short(held.get(id).join(", "), 20));
      node.addEventListener("click", () => choose(id === chosen ? null : id));
      node.addEventListener("keydown", (event) => {
        if (event.key === "Enter") choose(id === chosen ? null : id);
      });
    }
    get("cut").hidden = !frame.near;
    get("cut").textContent = frame.near ? `Too large to draw whole: ${frame.cut} more objects are alive. In the middle of each lane is what was touched last; around it, what is near to that.` : "";
    get("summary").textContent = story.summary(index);
  }

  // Shows what became of an object, a link for each moment.
  function choose(id) {
    chosen = id;
    get("history").hidden = id === null;
    if (id !== null) {
      const known = story.data.objects[id];
      get("history-name").textContent = `${known.name}, ${known.kind}`;
      get("moments").replaceChildren(...story.history(id).map(({ frame, text }) => {
        const item = document.createElement("li");
        tag("button", text, item).addEventListener("click", () => show(frame));
        return item;
      }));
    }
    draw(now);
  }

  function tell(index) {
    const frame = story.frames[index];
    get("slider").value = index;
    const where = `operation ${frame.operation} of ${story.data.operations.length - 1}${frame.phase ? ", " + frame.phase : ""}`;
    get("where").textContent = where;
    get("slider").setAttribute("aria-valuetext", where);
    get("operation").textContent = `${frame.operation}: ${story.data.operations[frame.operation]}`;
    const python = story.data.python[frame.operation];
    get("python").textContent = python || "";
    get("python").hidden = !python;
    get("sentence").textContent = frame.sentence;
    get("changes").replaceChildren(...frame.lines.map((line) => tag("li", line)));
    get("changes").hidden = frame.lines.length === 0;
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
    const differs = new Set(story.data.differs);
    const [first, ...rest] = story.data.verdict;
    get("verdict").textContent = first;
    get("why").replaceChildren(...rest.map((line) => tag("li", line)));
    get("why").hidden = rest.length === 0;
    get("verdict").parentElement.classList.toggle("differs", story.data.divergence !== null);
    if (other) get("other").textContent = other.name; else get("other").remove();
    story.data.operations.forEach((text, operation) => {
      const row = body.insertRow();
      row.dataset.operation = operation;
      const model = (story.data.model[operation] || []).join("\n");
      const cells = [`${operation}: ${text}`, model];
      // null: the same as the model's.
      if (other) cells.push(other.log[operation] === null ? model : (other.log[operation] || []).join("\n"));
      cells.forEach((content) => { row.insertCell().textContent = content; });
      if (differs.has(operation)) row.cells[2].classList.add("differs");
      row.addEventListener("click", () => {
        const at = story.frames.findIndex((frame) => frame.operation === operation);
        if (at >= 0) show(at);
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
      n: () => show(story.otherCollection(now, 1)),
      p: () => show(story.otherCollection(now, -1)),
      d: () => show(story.opening()),
      Escape: () => choose(null),
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
  get("collection").addEventListener("click", () => show(story.otherCollection(now, 1)));
  get("forget").addEventListener("click", () => choose(null));
  addEventListener("resize", () => draw(now));
  fillLogs();
  // A link may name the frame: out.html#12.
  show(location.hash ? Number(location.hash.slice(1)) || 0 : story.opening());
  document.documentElement.dataset.ready = "yes";
}

if (typeof document !== "undefined") load(document.getElementById("story")).then((data) => start(new Story(data)));
