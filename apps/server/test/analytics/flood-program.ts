import { createApp, createLogger, parseConfig } from '@linkgrove/api';
import { createWatchedRecorder } from '@linkgrove/api/testing';
import { createFlood } from './flood.ts';

// Records a flood of requests and prints the ID of each written batch, then `done`.
const { DATABASE_URL = '', PAGES = '[]', EVENTS = '0', SEED = '1' } = process.env;
const config = parseConfig(process.env);
const app = await createApp({
  config,
  databaseUrl: DATABASE_URL,
  logger: createLogger({ level: 'error', name: 'flood' }),
});
const recorder = createWatchedRecorder(app, (id, events) =>
  process.stdout.write(`written ${id} ${events}\n`),
);
const next = createFlood(JSON.parse(PAGES), Number(SEED));
process.send?.('ready');
const PER_TURN = 200;
for (let n = 0; n < Number(EVENTS); n += 1) {
  recorder.push(next());
  // A server gets its requests in many turns of the event loop.
  if (n % PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
  if (n % 5_000 === 0) await recorder.settle();
}
await recorder.close();
await app.close();
process.stdout.write('done\n');
process.disconnect?.();
