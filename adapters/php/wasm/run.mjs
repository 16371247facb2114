// The adapter in another PHP, from npm: node run.mjs 8.5, with standard input and output as PHP's own. Needs node 20 and
// `npm install` here.
import { readFileSync } from "node:fs";
import { loadNodeRuntime } from "@php-wasm/node";
import { PHP } from "@php-wasm/universal";

const adapters = new URL("../../", import.meta.url);
const php = new PHP(await loadNodeRuntime(process.argv[2], {}));
for (const file of ["kit/kit.php", "php/adapter.php"]) {
  php.mkdir(`/adapters/${file.split("/")[0]}`);
  php.writeFile(`/adapters/${file}`, readFileSync(new URL(file, adapters)));
}
const run = await php.cli(["php", "/adapters/php/adapter.php"]);
const write = (output) => new WritableStream({ write: (bytes) => void output.write(bytes) });
await Promise.all([run.stdout.pipeTo(write(process.stdout)), run.stderr.pipeTo(write(process.stderr))]);
process.exit(await run.exitCode);
