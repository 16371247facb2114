// QuickJS: a value of a WeakMap that refers to its own key keeps both as long as the map lives, though nothing else
// reaches them. (ECMAScript has maps of ephemerons: "if a key is not reachable but through its own value, neither is".)
//
//   qjs --std quickjs_weakmap_cycle.js
const map = new WeakMap();
let key = {};
map.set(key, { key });
const weak = new WeakRef(key);
const other = new WeakRef({});
key = undefined;
const said = (one) => (one.deref() === undefined ? "collected" : "still there");
// In another job: until the end of its own one a WeakRef keeps what it refers to.
os.setTimeout(() => {
  for (let i = 0; i < 3; ++i) std.gc();
  print("the key is", said(weak), "- an object without an entry is", said(other), typeof map);
}, 1);
