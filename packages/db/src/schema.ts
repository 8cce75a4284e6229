import type { ColumnType, Generated, JSONColumnType } from 'kysely';

// Hand-written to read well; `test/schema.test.ts` compares every line with the migrated database.

type CreatedAt = ColumnType<Date, never, never>;

export type UsersTable = {
  id: string;
  username: string | null;
  email: string | null;
  email_canonical: string | null;
  password_hash: string | null;
  display_name: string | null;
  avatar_url: string | null;
  referral_code: string;
  referred_by: ColumnType<string | null, string | null, never>;
  role: Generated<'user' | 'admin'>;
  email_verified_at: Date | null;
  created_at: CreatedAt;
  username_changed_at: Date | null;
  suspended_at: Date | null;
  deleted_at: Date | null;
  premium_until: Date | null;
  leaderboard: Generated<boolean>;
};

export type ReferralLinksTable = {
  id: string;
  user_id: string;
  code: string;
  label: string | null;
  enabled: Generated<boolean>;
  expires_at: Date | null;
  max_uses: number | null;
  uses: Generated<number>;
  created_at: CreatedAt;
  deleted_at: Date | null;
};

export type ReferralCodesTable = {
  code: string;
  link_id: string;
  user_id: string;
  created_at: CreatedAt;
};

export type ReferralStatus = 'pending' | 'successful' | 'rejected' | 'review';

export type ReferralsTable = {
  id: string;
  referrer_id: string;
  referred_user_id: string;
  link_id: string;
  status: Generated<ReferralStatus>;
  date_referred: CreatedAt;
  qualified_at: Date | null;
};

export type ReferralDeltasTable = {
  id: Generated<number>;
  referrer_id: string;
  link_id: string;
  day: Generated<string>;
  visits: Generated<number>;
  signups: Generated<number>;
  pending: Generated<number>;
  successful: Generated<number>;
  rejected: Generated<number>;
  review: Generated<number>;
};

export type ReferralTotalsTable = {
  link_id: string;
  referrer_id: string;
  visits: number;
  signups: number;
  pending: number;
  successful: number;
  rejected: number;
  review: number;
};

export type ReferralDailyTable = {
  referrer_id: string;
  day: string;
  visits: number;
  signups: number;
  successful: number;
};

export type ReferralLeaderboardTable = {
  period: 'all' | 'month' | 'week';
  user_id: string;
  successful: number;
};

export type RewardsTable = {
  id: string;
  user_id: string;
  referral_id: string;
  role: 'referrer' | 'referred';
  credits: number;
  created_at: CreatedAt;
};

export type CreditEntriesTable = {
  id: string;
  user_id: string;
  amount: number;
  kind: 'reward' | 'redemption';
  reward_id: string | null;
  item: string | null;
  idempotency_key: string | null;
  balance_after: number | null;
  premium_until: Date | null;
  created_at: CreatedAt;
};

export type CreditAccountsTable = {
  user_id: string;
  balance: number;
};

export type SessionsTable = {
  id: string;
  user_id: string;
  user_agent: string | null;
  ip: string | null;
  created_at: CreatedAt;
  last_used_at: Generated<Date>;
  expires_at: Date;
  ended_at: Date | null;
};

export type RefreshTokensTable = {
  token_hash: Buffer;
  session_id: string;
  created_at: CreatedAt;
  rotated_at: Date | null;
};

export type EmailTokenPurpose = 'verify_email' | 'reset_password' | 'change_email';

export type EmailTokensTable = {
  id: string;
  user_id: string;
  purpose: EmailTokenPurpose;
  email: string;
  token_hash: Buffer;
  created_at: CreatedAt;
  expires_at: Date;
  used_at: Date | null;
};

export type OutboxTable = {
  id: string;
  topic: string;
  queue: Generated<'urgent' | 'bulk'>;
  payload: JSONColumnType<Record<string, unknown>>;
  created_at: CreatedAt;
  relayed_at: Date | null;
  done_at: Date | null;
  failed_at: Date | null;
  last_error: string | null;
};

export type LeasesTable = {
  name: string;
  holder: string;
  expires_at: Date;
};

export type EmailTombstonesTable = {
  email_hmac: Buffer;
  created_at: CreatedAt;
};

export type SignInThrottlesTable = {
  name_hash: Buffer;
  attempts: number;
  strikes: Generated<number>;
  window_ends_at: Date;
  blocked_until: Date | null;
};

export type SecurityEventsTable = {
  id: string;
  type: string;
  user_id: string | null;
  actor_id: string | null;
  session_id: string | null;
  request_id: string | null;
  ip: string | null;
  user_agent: string | null;
  details: ColumnType<Record<string, unknown> | null, string | null, string | null>;
  created_at: CreatedAt;
};

export type Database = {
  users: UsersTable;
  referral_links: ReferralLinksTable;
  referral_codes: ReferralCodesTable;
  referrals: ReferralsTable;
  referral_deltas: ReferralDeltasTable;
  referral_totals: ReferralTotalsTable;
  referral_daily: ReferralDailyTable;
  referral_leaderboard: ReferralLeaderboardTable;
  rewards: RewardsTable;
  credit_entries: CreditEntriesTable;
  credit_accounts: CreditAccountsTable;
  sessions: SessionsTable;
  refresh_tokens: RefreshTokensTable;
  email_tokens: EmailTokensTable;
  outbox: OutboxTable;
  leases: LeasesTable;
  email_tombstones: EmailTombstonesTable;
  sign_in_throttles: SignInThrottlesTable;
  security_events: SecurityEventsTable;
};
