// A PHP of npm's runs a script: node run.mjs 8.5 FOLDER PATH ARGUMENT..., where PATH is the script's inside of FOLDER, the
// only one that PHP sees. Standard input and output are PHP's. Needs node 20, and `npm install --ignore-scripts` here.
import { readSync, writeSync } from "node:fs";
import { createNodeFsMountHandler, loadNodeRuntime } from "@php-wasm/node";
import { PHP, __private__dont__use } from "@php-wasm/universal";

const pause = new Int32Array(new SharedArrayBuffer(4));
function again(what) {
  for (;;) {
    try {
      return what();
    } catch (error) {
      if (error.code === "EOF") return 0;
      if (error.code !== "EAGAIN") throw error;
      Atomics.wait(pause, 0, 0, 1);
    }
  }
}

// One byte a call; undefined ends a read, null is the end of the input. What is not there yet is waited for.
const chunk = Buffer.alloc(65536);
let [at, size] = [0, 0];
function stdin() {
  if (at < size) return chunk[at++];
  if (size > 0) return void (size = at = 0);
  size = again(() => readSync(0, chunk));
  at = 1;
  return size > 0 ? chunk[0] : null;
}
function write(fd, bytes) {
  for (let done = 0; done < bytes.length; ) done += again(() => writeSync(fd, bytes, done));
}

const [version, folder, ...command] = process.argv.slice(2);
const php = new PHP(await loadNodeRuntime(version, { emscriptenOptions: { stdin } }));
// PHP's own streams are read when PHP has ended.
for (const [name, fd] of [["onStdout", 1], ["onStderr", 2]])
  Object.defineProperty(php[__private__dont__use], name, { get: () => (bytes) => write(fd, bytes), set: () => {} });
php.mkdir("/folder");
await php.mount("/folder", createNodeFsMountHandler(folder));
php.chdir("/folder");
const run = await php.cli(["php", ...command]);
process.exit(await run.exitCode);
