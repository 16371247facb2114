"use strict";
// Runs inside of a page of `cyclecheck explain --html`; ci/browser reads the result from the root element.
const run = () => {
  const problems = [];
  const check = (condition, what) => { if (!condition) problems.push(what); };
  window.addEventListener("error", (event) => problems.push(event.message));
  try {
    const slider = document.getElementById("slider");
    const last = Number(slider.max);
    const press = (key) => document.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
    const at = () => Number(slider.value);
    const places = () => new Map([...document.querySelectorAll("g.node")].map((node) =>
      [node.querySelector("title").textContent.split(":")[0], node.getAttribute("transform")]));

    // It opens where both sides differ.
    const differs = document.querySelector("td.differs");
    if (differs) {
      const row = differs.closest("tr");
      check(row.classList.contains("now"), "it opens at the divergence");
      check(document.getElementById("verdict").textContent.includes("(rule"), "the first sentence has a rule");
    } else {
      check(at() === 0, "it opens at the beginning");
    }
    press("Home"); check(at() === 0, "Home");
    press("ArrowRight"); check(at() === 1, "right");
    press("ArrowLeft"); check(at() === 0, "left");
    press("ArrowLeft"); check(at() === 0, "left at the beginning");
    press("End"); check(at() === last, "End");
    press("ArrowRight"); check(at() === last, "right at the end");
    press("ArrowUp"); check(at() < last, "up");
    press("ArrowDown"); check(at() > 0, "down");
    press(" "); check(document.getElementById("play").textContent === "Pause", "space plays");
    press(" "); check(document.getElementById("play").textContent === "Play", "space pauses");
    slider.value = Math.floor(last / 2);
    slider.dispatchEvent(new Event("input"));
    check(at() === Math.floor(last / 2), "the slider");

    // Keys to the next and the previous collection.
    press("Home");
    const begins = [];
    for (let i = 0; i < last; ++i) {
      const before = at();
      press("n");
      if (at() === before) break;
      begins.push(at());
    }
    for (let i = begins.length - 1; i > 0; --i) {
      press("p");
      check(at() === begins[i - 1], "p goes back to the collection before");
    }
    // The history of an object.
    press("End");
    while (at() > 0 && !document.querySelector("g.node")) press("ArrowLeft");
    const node = document.querySelector("g.node");
    const history = document.getElementById("history");
    check(history.hidden, "no history before a click");
    node.dispatchEvent(new MouseEvent("click", { bubbles: true }));
    check(!history.hidden && history.querySelectorAll("li").length > 0, "a click shows the history");
    check(document.querySelector("g.node.chosen") !== null, "the object is marked");
    press("Escape");
    check(history.hidden, "Escape closes the history");

    // An object moves up and down between lanes, but never sideways.
    const columns = new Map();
    let seen = false;
    press("Home");
    const each = Math.max(1, Math.floor(last / 200));
    for (let frame = 0; frame <= last; frame += each) {
      slider.value = frame;
      slider.dispatchEvent(new Event("input"));
      for (const [name, transform] of places()) {
        const x = transform.match(/\(([\d.]+)/)[1];
        seen = true;
        // A neighbourhood has its middle somewhere else in each frame.
        if (!document.getElementById("cut").hidden) {
          columns.clear();
          break;
        }
        check(!columns.has(name) || columns.get(name) === x, `${name} moved sideways at frame ${frame}`);
        columns.set(name, x);
      }
      const boxes = [...places().values()];
      check(new Set(boxes).size === boxes.length, `two objects in one place at frame ${frame}`);
      check(document.getElementById("sentence").textContent !== "", `a sentence at frame ${frame}`);
      // Nothing is wider than the window, and no panel is empty.
      check(document.documentElement.scrollWidth <= window.innerWidth, `too wide at frame ${frame}`);
      for (const panel of document.querySelectorAll("main section, #changes, #why, #python")) {
        check(panel.hidden || panel.textContent.trim() !== "" || panel.querySelector("svg"), `${panel.id || panel.className} is empty`);
      }
      // Lanes fit what is in them, and letters can be read.
      const lanes = document.querySelectorAll("rect.lane").length;
      check(lanes > 0 === places().size > 0, `lanes at frame ${frame}`);
      const text = document.querySelector("g.node text.in");
      if (text) check(text.getBoundingClientRect().height >= 9, `letters are too small at frame ${frame}`);
    }
    check(seen, "something is drawn");
    for (const id of ["slider", "first", "back", "play", "forward", "last", "collection"]) {
      check(document.getElementById(id).getAttribute("aria-label"), `a label for ${id}`);
    }
    check(document.querySelectorAll("#logs tbody tr").length > 0, "logs");
    check(performance.getEntriesByType("resource").length === 0, "a request was made");
  } catch (error) {
    problems.push(String(error));
  }
  document.documentElement.setAttribute("data-browser-test", problems.length ? problems.slice(0, 5).join("; ") : "ok");
};
// A long story is decompressed first.
const wait = () => (document.documentElement.dataset.ready ? run() : setTimeout(wait, 20));
wait();
