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
import * as m0011 from './0011-campaigns.ts';
import * as m0012 from './0012-referral-review.ts';
import * as m0013 from './0013-reward-rules.ts';
import * as m0020 from './0020-pages.ts';
import * as m0021 from './0021-handles.ts';
import * as m0022 from './0022-blocks.ts';
import * as m0035 from './0035-queues-by-urgency.ts';
import * as m0036 from './0036-handles-of-who-left.ts';
import * as m0037 from './0037-reward-review.ts';

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
  '0011-campaigns': m0011,
  '0012-referral-review': m0012,
  '0013-reward-rules': m0013,
  '0020-pages': m0020,
  '0021-handles': m0021,
  '0022-blocks': m0022,
  '0035-queues-by-urgency': m0035,
  '0036-handles-of-who-left': m0036,
  '0037-reward-review': m0037,
};
