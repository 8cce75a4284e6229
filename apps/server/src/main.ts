import {
  createApp,
  createLogger,
  findListenFault,
  listEnvironmentWarnings,
  readConfigOrExit,
  releaseStartMemory,
  requirePepperOrExit,
  stopOnSignals,
} from '@linkgrove/api';
import { createServer } from './server.ts';

const config = readConfigOrExit(process.env);
const logger = createLogger({ level: config.logLevel, name: 'server' });
for (const warning of listEnvironmentWarnings(process.env)) logger.warn(warning);
const app = await createApp({
  config,
  databaseUrl: config.databaseUrl,
  logger,
  threadPoolSize: Number(process.env['UV_THREADPOOL_SIZE'] ?? 4),
});
await requirePepperOrExit(app);
let isStopping = false;
const server = await createServer(app, () => isStopping);

stopOnSignals(logger, config.shutdownMs, async () => {
  isStopping = true;
  // Load balancers that poll /readyz get two seconds to react before connections are refused.
  if (config.production) await new Promise((resolve) => setTimeout(resolve, 2_000));
  await server.close();
  await app.close();
});

try {
  await server.listen({ host: config.host, port: config.port });
} catch (error) {
  console.error(findListenFault(error, 'PORT') ?? `Cannot listen: ${String(error)}`);
  process.exit(1);
}
process.send?.({ type: 'ready' });
releaseStartMemory();
