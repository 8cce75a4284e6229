export { testConfig, testEnv } from './config.ts';
export { requireHealthy } from './health.ts';
export { type Mailbox, type ReceivedMail, startMailbox, tokenIn } from './mailbox.ts';
