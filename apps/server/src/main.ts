import { createApp, createLogger, readConfigOrExit, stopOnSignals } from '@linkgrove/api';
import { createServer } from './server.ts';

const config = readConfigOrExit(process.env);
const logger = createLogger({ level: config.logLevel, name: 'server' });
const app = await createApp({
  config,
  databaseUrl: config.databaseUrl,
  logger,
  threadPoolSize: Number(process.env['UV_THREADPOOL_SIZE'] ?? 4),
});
let stopping = false;
const server = await createServer(app, () => stopping);

stopOnSignals(logger, config.shutdownMs, async () => {
  stopping = true;
  // Balancers that poll readiness get a moment to look elsewhere before connections are refused.
  if (config.production) await new Promise((resolve) => setTimeout(resolve, 2_000));
  await server.close();
  await app.close();
});

try {
  await server.listen({ host: config.host, port: config.port });
} catch (error) {
  const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
  console.error(
    isTaken ? `PORT ${config.port} is in use; choose another one` : `Cannot listen: ${String(error)}`,
  );
  process.exit(1);
}
process.send?.({ type: 'ready' });
