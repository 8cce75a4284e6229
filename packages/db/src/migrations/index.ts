import type { Migration } from 'kysely/migration';
import * as m0001 from './0001-users.ts';
import * as m0002 from './0002-referrals.ts';
import * as m0003 from './0003-rewards.ts';
import * as m0004 from './0004-sessions.ts';
import * as m0005 from './0005-email-tokens.ts';
import * as m0006 from './0006-outbox.ts';
import * as m0007 from './0007-account-security.ts';
import * as m0008 from './0008-referral-codes.ts';
import * as m0009 from './0009-credits.ts';
import * as m0010 from './0010-leaderboard.ts';
import * as m0035 from './0035-queues-by-urgency.ts';

// Forward only. A migration that has been released is never edited: add the next number.
export const migrations: Record<string, Migration> = {
  '0001-users': m0001,
  '0002-referrals': m0002,
  '0003-rewards': m0003,
  '0004-sessions': m0004,
  '0005-email-tokens': m0005,
  '0006-outbox': m0006,
  '0007-account-security': m0007,
  '0008-referral-codes': m0008,
  '0009-credits': m0009,
  '0010-leaderboard': m0010,
  '0035-queues-by-urgency': m0035,
};
