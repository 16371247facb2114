// Runs the Python script on standard input in Pyodide, a CPython in WebAssembly: node run.mjs
// Its exit status is the script's. Needs node 20 and `npm install` here.
import { readFileSync, writeSync } from "node:fs";
import { loadPyodide } from "pyodide";

// A pipe may take a part at a time.
const writer = (file) => ({
  write(bytes) {
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
    return bytes.length;
  },
});

const script = readFileSync(0, "utf8");
const pyodide = await loadPyodide({ args: ["-S", "-s", "-E", "-B"] });
pyodide.setStdout(writer(1));
pyodide.setStderr(writer(2));
try {
  pyodide.runPython(script);
} catch (error) {
  // os._exit and sys.exit, or an exception of Python, whose message is the traceback.
  const exit = /exit\((\d+)\)/.exec(error.message) ?? /SystemExit: (\d+)/.exec(error.message);
  if (exit === null) process.stderr.write(error.message + "\n");
  process.exitCode = exit === null ? 1 : Number(exit[1]);
}
