import { runSession } from './runtime.js';

console.log(await runSession(globalThis.process?.argv.at(-1) ?? globalThis.Deno.args.at(-1)));
