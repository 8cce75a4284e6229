import type { ColumnType, Generated, JSONColumnType } from 'kysely';
import type { CreatedAt } from './columns.ts';
import type { CapPeriod } from './rewards.ts';

export type ReferralLinksTable = {
  id: string;
  user_id: string;
  code: string;
  label: string | null;
  enabled: Generated<boolean>;
  expires_at: Date | null;
  max_uses: number | null;
  uses: Generated<number>;
  /** With `successes`, a rejected referral gives its place back. */
  uses_of: Generated<'signups' | 'successes'>;
  created_at: CreatedAt;
  deleted_at: Date | null;
  /** Where `/r/{code}` leads; null for the sign-up page. */
  landing_url: string | null;
};

export type ReferralCodesTable = {
  code: string;
  /** Null for the code of a campaign's referrer. */
  link_id: string | null;
  user_id: string | null;
  referrer_id: string | null;
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
  /** The code was entered without a visit. */
  unvisited: Generated<boolean>;
  /** An administrator added or imported it. */
  added_by: string | null;
  added_reason: string | null;
  /** Whether it holds a place under `max_uses` of its link; null in those of earlier releases. */
  took_use: boolean | null;
  source: Generated<ReferralSource>;
  /** No foreign key: the page may be gone. */
  page_id: string | null;
};

/** Where the credited link was found. */
export type ReferralSource = 'link' | 'page' | 'qr';

/** `count_referral_source` writes those of sign-ups and successes. */
export type ReferralSourceDeltasTable = {
  id: Generated<number>;
  referrer_id: string;
  link_id: string;
  source: 'page' | 'qr';
  page_id: string | null;
  visits: Generated<number>;
  signups: Generated<number>;
  successful: Generated<number>;
};

export type ReferralSourceTotalsTable = {
  referrer_id: string;
  link_id: string;
  source: 'page' | 'qr';
  page_id: string | null;
  visits: number;
  signups: number;
  successful: number;
};

export type ReferralEventsTable = {
  id: Generated<number>;
  referral_id: string;
  from_status: string;
  to_status: string;
  reason: string | null;
  actor_id: string | null;
  /** Only for reversals. */
  cause: 'refund' | 'fraud' | 'other' | null;
  created_at: CreatedAt;
};

export type CampaignAudience = 'everyone' | 'group' | 'users' | 'nobody';

export type ReferralCampaignsTable = {
  id: string;
  name: string;
  created_at: CreatedAt;
  started_at: Date | null;
  ended_at: Date | null;
  /** `nobody`: the terms of referrals to which no campaign applies. */
  audience: Generated<CampaignAudience>;
  group_name: string | null;
  /** When it is to start and to end by itself. */
  starts_at: Date | null;
  ends_at: Date | null;
  paused_at: Date | null;
};

export type ReferralCampaignUsersTable = { campaign_id: string; user_id: string };

export type ReferrerGroupMembersTable = { group_name: string; user_id: string; created_at: CreatedAt };

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
  hold_days: Generated<number>;
  cap: number | null;
  cap_period: CapPeriod;
  /** IANA name; periods of caps and leaderboard begin at its midnights. */
  timezone: Generated<string>;
  milestones: JSONColumnType<{ referrals: number; credits: number }[]>;
  auto_approve_limit: number | null;
  /** Those that differ from the defaults, or all. */
  signal_weights: ColumnType<Record<string, number>, string | undefined, never>;
  /** From this risk a referral waits for review. */
  review_risk: Generated<number>;
  created_by: string | null;
  created_at: CreatedAt;
};

export type ReferralNetworksTable = {
  referral_id: string;
  referrer_id: string;
  network_hash: Buffer;
  created_at: CreatedAt;
};

export type UsedAttributionsTable = { id: string; used_at: Generated<Date> };

export type VisitorSaltsTable = { day: string; salt: Buffer };

export type ReferralVisitorsTable = { visitor_hash: Buffer; seen_at: Generated<Date> };

/** Visits by their parameters; empty if missing. */
export type ReferralUtmVisitsTable = {
  link_id: string;
  referrer_id: string;
  day: string;
  source: string;
  medium: string;
  campaign: string;
  visits: number;
};

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
  /** Those of `signups` whose code was entered without a visit. */
  unvisited: Generated<number>;
  at: Generated<Date>;
  /** Reversals, which `successful` subtracts. */
  reversed: Generated<number>;
  /** Reversals by the time of the success they undo. */
  undone: Generated<number>;
  /** Visits while the link could not be used; `visits` leaves them out. */
  missed: Generated<number>;
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
  missed: Generated<number>;
};

export type ReferralDailyTable = {
  referrer_id: string;
  day: string;
  visits: number;
  signups: number;
  /** Successes that happened that day, reversed or not. */
  successful: number;
  unvisited: Generated<number>;
  /** Reversals that happened that day and stand. */
  reversed: Generated<number>;
  /** Those of `successful` that were reversed later. */
  undone: Generated<number>;
};

/** The counts of `referral_daily` by quarter of an hour, for days of any time zone. */
export type ReferralSlotsTable = {
  referrer_id: string;
  slot: Date;
  visits: number;
  signups: number;
  unvisited: number;
  successful: number;
  reversed: number;
  undone: number;
};

export type ReferralLeaderboardTable = {
  /** `all`, `month`, `week` or a past month such as `2026-10`. */
  period: string;
  user_id: string;
  successful: number;
};

export type ReferralLeaderboardRanksTable = {
  /** `all`, `month`, `week` or a past month such as `2026-10`. */
  period: string;
  successful: number;
  referrers: number;
};
