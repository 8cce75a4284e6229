import {
  createApp,
  createLogger,
  findListenFault,
  listEnvironmentWarnings,
  readConfigOrExit,
  releaseStartMemory,
  requirePepperOrExit,
  stopOnSignals,
} from '@linkgrove/api/jobs';
import { startWorker } from './worker.ts';

const config = readConfigOrExit(process.env);
const logger = createLogger({ level: config.logLevel, name: 'worker' });
for (const warning of listEnvironmentWarnings(process.env)) logger.warn(warning);
const app = await createApp({ config, databaseUrl: config.databaseUrl, logger });
await requirePepperOrExit(app);
const worker = await startWorker(app).catch((error: unknown) => {
  console.error(findListenFault(error, 'WORKER_PORT') ?? `Cannot start: ${String(error)}`);
  process.exit(1);
});

stopOnSignals(logger, config.shutdownMs, async () => {
  await worker.close();
  await app.close();
});
process.send?.({ type: 'ready' });
releaseStartMemory();
