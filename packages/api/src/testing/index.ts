export { hasPublishedPage } from '../features/pages/service.ts';
export { testConfig, testEnv } from './config.ts';
export { type Mailbox, type ReceivedMail, startMailbox, tokenIn } from './mailbox.ts';
