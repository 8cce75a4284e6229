export { generateApiKey } from '../core/crypto/api-keys.ts';
export { EVENTS, type EventType, type WebhookEvent } from '../features/events/schema.ts';
export { hasPublishedPage } from '../features/pages/service.ts';
export { testConfig, testEnv } from './config.ts';
export { requireHealthy } from './health.ts';
export { type Mailbox, type ReceivedMail, startMailbox, tokenIn } from './mailbox.ts';
export { startPgBouncer, type TestPooler } from './pgbouncer.ts';
export { findFreePort, hasProgram, startRedis, type TestRedis, waitForPort } from './redis.ts';
export { startProgram, type TestProgram } from './programs.ts';
