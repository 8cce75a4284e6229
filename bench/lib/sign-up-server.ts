import { registerHooks } from 'node:module';
import type { AddressInfo } from 'node:net';

// The server with the hashing of passwords taken out, and on `--no-strength` the judging of them too, by
// putting other code in their place: the product has no such switch.
if (process.argv.includes('--no-strength')) {
  registerHooks({
    load: (url, context, next) =>
      url.endsWith('/core/password-strength.ts')
        ? { format: 'module', shortCircuit: true, source: 'export const passwordWeakness = () => null;' }
        : next(url, context),
  });
}

const { createApp, createLogger, readConfigOrExit } = await import('@linkgrove/api');
const { createServer } = await import('../../apps/server/src/server.ts');
const { withoutHashing } = await import('./passwords.ts');

const config = readConfigOrExit(process.env);
const app = await createApp({
  config,
  databaseUrl: config.databaseUrl,
  logger: createLogger({ level: config.logLevel, name: 'server' }),
});
const server = await createServer({ ...app, passwords: withoutHashing });
await server.listen({ host: '127.0.0.1', port: 0 });

process.on('message', () => process.send?.(process.cpuUsage()));
process.once('SIGTERM', () => {
  void server
    .close()
    .then(() => app.close())
    .finally(() => process.exit(0));
});
process.send?.({ port: (server.server.address() as AddressInfo).port });
