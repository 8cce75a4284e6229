import { registerHooks } from 'node:module';

// Starts the server without password hashing and, with `--no-strength`, without the strength check. It replaces modules,
// because the product has no such switches.
if (process.argv.includes('--no-strength')) {
  registerHooks({
    load: (url, context, next) =>
      url.endsWith('/core/crypto/password-judge.ts')
        ? { format: 'module', shortCircuit: true, source: 'export const examinePassword = async () => null;' }
        : next(url, context),
  });
}

const { createApp, createLogger, readConfigOrExit } = await import('@linkgrove/api');
const { createServer } = await import('../../apps/server/src/server.ts');
const { fakePasswords } = await import('./passwords.ts');

const config = readConfigOrExit(process.env);
const app = await createApp({
  config,
  databaseUrl: config.databaseUrl,
  logger: createLogger({ level: config.logLevel, name: 'server' }),
});
const server = await createServer({ ...app, passwords: fakePasswords });
const address = await server.listen({ host: '127.0.0.1', port: 0 });

process.on('message', () => process.send?.({ all: process.cpuUsage(), main: process.threadCpuUsage() }));
process.once('SIGTERM', () => {
  void server
    .close()
    .then(() => app.close())
    .finally(() => process.exit(0));
});
process.send?.({ port: Number(new URL(address).port) });
