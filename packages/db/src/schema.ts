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
  referral_mail: Generated<boolean>;
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
  campaign_version_id: string;
  reason: string | null;
  risk: Generated<number>;
  signals: Generated<string[]>;
  utm: ColumnType<Record<string, string> | null, string | null, never>;
  due_at: Date | null;
};

export type ReferralEventsTable = {
  id: Generated<number>;
  referral_id: string;
  from_status: string;
  to_status: string;
  reason: string | null;
  actor_id: string | null;
  created_at: CreatedAt;
};

export type ReferralCampaignsTable = {
  id: string;
  name: string;
  created_at: CreatedAt;
  started_at: Date | null;
  ended_at: Date | null;
};

export type CapPeriod = 'day' | 'week' | 'month' | 'all';

export type ReferralCampaignVersionsTable = {
  id: string;
  campaign_id: string;
  version: number;
  attribution: 'first' | 'last';
  requires_page: boolean;
  min_age_seconds: number;
  reviews_same_domain: boolean;
  referrer_credits: number;
  referred_credits: number;
  cap: number | null;
  cap_period: CapPeriod;
  milestones: JSONColumnType<{ referrals: number; credits: number }[]>;
  created_by: string | null;
  created_at: CreatedAt;
};

export type PreviousEmailsTable = { user_id: string; email_hmac: Buffer; created_at: CreatedAt };

export type UserDevicesTable = { device_hash: Buffer; user_id: string; last_seen_at: Generated<Date> };

export type ReferralNetworksTable = {
  referral_id: string;
  referrer_id: string;
  network_hash: Buffer;
  created_at: CreatedAt;
};

export type VisitorSaltsTable = { day: string; salt: Buffer };

export type ReferralVisitorsTable = { visitor_hash: Buffer; seen_at: Generated<Date> };

export type ReferralNoticesTable = { user_id: string; unsent: number; sent_at: Date | null };

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
  campaign_version_id: string | null;
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
  referral_id: string | null;
  role: 'referrer' | 'referred' | 'milestone';
  credits: number;
  created_at: CreatedAt;
  campaign_id: string;
  threshold: number | null;
  state: Generated<'granted' | 'capped' | 'reversed' | 'review'>;
  cap_period: string | null;
};

export type RewardCapsTable = {
  user_id: string;
  campaign_id: string;
  period: string;
  granted: number;
  cap: number;
};

export type CreditEntriesTable = {
  id: string;
  user_id: string;
  amount: number;
  kind: 'reward' | 'redemption' | 'reversal';
  reward_id: string | null;
  item: string | null;
  idempotency_key: string | null;
  balance_after: number | null;
  premium_until: Date | null;
  created_at: CreatedAt;
  reverses_id: string | null;
};

export type CreditDeltasTable = { id: Generated<number>; user_id: string; amount: number };

export type CreditAccountsTable = {
  user_id: string;
  balance: number;
  earned: number;
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
  network_hash: Buffer | null;
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
  payload: JSONColumnType<Record<string, unknown>>;
  created_at: CreatedAt;
  relayed_at: Date | null;
  done_at: Date | null;
  failed_at: Date | null;
  last_error: string | null;
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
  referral_events: ReferralEventsTable;
  referral_campaigns: ReferralCampaignsTable;
  referral_campaign_versions: ReferralCampaignVersionsTable;
  referral_networks: ReferralNetworksTable;
  referral_visitors: ReferralVisitorsTable;
  referral_notices: ReferralNoticesTable;
  visitor_salts: VisitorSaltsTable;
  previous_emails: PreviousEmailsTable;
  user_devices: UserDevicesTable;
  rewards: RewardsTable;
  reward_caps: RewardCapsTable;
  credit_entries: CreditEntriesTable;
  credit_deltas: CreditDeltasTable;
  credit_accounts: CreditAccountsTable;
  sessions: SessionsTable;
  refresh_tokens: RefreshTokensTable;
  email_tokens: EmailTokensTable;
  outbox: OutboxTable;
  email_tombstones: EmailTombstonesTable;
  sign_in_throttles: SignInThrottlesTable;
  security_events: SecurityEventsTable;
};
