"use strict";
// Runs inside of a page of `cyclecheck explain --html`; ci/browser reads the result from the root element.
(() => {
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

    // An object moves up and down between lanes, but never sideways.
    const columns = new Map();
    press("Home");
    for (let frame = 0; frame <= last; ++frame) {
      for (const [name, transform] of places()) {
        const x = transform.match(/\(([\d.]+)/)[1];
        if (document.getElementById("cut").hidden) {
          check(!columns.has(name) || columns.get(name) === x, `${name} moved sideways at frame ${frame}`);
        }
        columns.set(name, x);
      }
      const boxes = [...places().values()];
      check(new Set(boxes).size === boxes.length, `two objects in one place at frame ${frame}`);
      check(document.getElementById("sentence").textContent !== undefined, "a sentence");
      press("ArrowRight");
    }
    check(columns.size > 0, "something is drawn");
    for (const id of ["slider", "first", "back", "play", "forward", "last"]) {
      check(document.getElementById(id).getAttribute("aria-label"), `a label for ${id}`);
    }
    check(document.querySelectorAll("#logs tbody tr").length > 0, "logs");
    check(performance.getEntriesByType("resource").length === 0, "a request was made");
  } catch (error) {
    problems.push(String(error));
  }
  document.documentElement.setAttribute("data-browser-test", problems.length ? problems.slice(0, 5).join("; ") : "ok");
})();
