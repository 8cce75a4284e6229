import {
  createApp,
  createLogger,
  readConfigOrExit,
  releaseStartMemory,
  stopOnSignals,
} from '@linkgrove/api/jobs';
import { startWorker } from './worker.ts';

const config = readConfigOrExit(process.env);
const logger = createLogger({ level: config.logLevel, name: 'worker' });
const app = await createApp({ config, databaseUrl: config.databaseUrl, logger });
const worker = await startWorker(app);

stopOnSignals(logger, config.shutdownMs, async () => {
  await worker.close();
  await app.close();
});
process.send?.({ type: 'ready' });
releaseStartMemory();
