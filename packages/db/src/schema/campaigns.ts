import type { Generated } from 'kysely';
import type { CreatedAt } from './columns.ts';
import type { ReferralStatus } from './referrals.ts';
import type { CapPeriod } from './rewards.ts';

export type CampaignsTable = {
  id: string;
  workspace_id: string;
  name: string;
  landing_url: string | null;
  allowed_origins: string[];
  created_at: CreatedAt;
  started_at: Date | null;
  ended_at: Date | null;
};

export type CampaignVersionsTable = {
  id: string;
  campaign_id: string;
  version: number;
  attribution: 'first' | 'last';
  qualifies_by: 'lead' | 'sale';
  reward_kind: 'credits' | 'external';
  referrer_credits: number;
  referred_credits: number;
  /** A share of the amount of a sale. */
  basis_points: number | null;
  /** For how long sales are rewarded after the referral qualified; null for the first one only. */
  months: number | null;
  hold_days: number;
  cap: number | null;
  cap_period: CapPeriod;
  timezone: Generated<string>;
  created_by: string | null;
  created_at: CreatedAt;
};

export type CampaignPeopleTable = {
  id: Generated<number>;
  workspace_id: string;
  external_id: string;
  customer_since: Date | null;
};

export type CampaignReferrersTable = {
  id: string;
  campaign_id: string;
  workspace_id: string;
  person_id: number;
  email: string | null;
  name: string | null;
  code: string;
  enabled: Generated<boolean>;
  created_at: CreatedAt;
  deleted_at: Date | null;
};

export type CampaignClicksTable = {
  id: string;
  referrer_id: string;
  url: string | null;
  created_at: CreatedAt;
};

export type CampaignClickDaysTable = { referrer_id: string; day: string; clicks: number };

export type ConversionsTable = {
  id: string;
  workspace_id: string;
  person_id: number;
  type: 'lead' | 'sale';
  event_name: string;
  /** In minor units of the currency. */
  amount: number | null;
  currency: string | null;
  request_hash: Buffer;
  created_at: CreatedAt;
  refunded_at: Date | null;
};

export type CampaignReferralsTable = {
  id: string;
  workspace_id: string;
  campaign_id: string;
  version_id: string;
  referrer_id: string;
  referrer_person_id: number;
  person_id: number;
  click_id: string | null;
  status: ReferralStatus;
  reason: string | null;
  date_referred: CreatedAt;
  qualified_at: Date | null;
  qualified_by: string | null;
};

export type CampaignReferralEventsTable = {
  id: Generated<number>;
  referral_id: string;
  from_status: string;
  to_status: string;
  reason: string | null;
  actor_id: string | null;
  created_at: CreatedAt;
};

export type CampaignRewardsTable = {
  id: string;
  campaign_id: string;
  referral_id: string;
  referrer_id: string;
  conversion_id: string;
  role: 'referrer' | 'referred';
  recipient_id: Generated<string>;
  kind: 'credits' | 'external';
  /** `credits` or a currency. */
  unit: string;
  amount: number;
  recurring: boolean;
  state: Generated<
    'pending' | 'granted' | 'fulfilled' | 'capped' | 'cancelled' | 'reversed' | 'review' | 'waived'
  >;
  cap_period: string | null;
  due_at: Date;
  granted_at: Date | null;
  fulfilled_at: Date | null;
  created_at: CreatedAt;
};

export type CampaignCapsTable = { referrer_id: string; period: string; granted: number; cap: number };

export type CampaignEntriesTable = {
  id: string;
  campaign_id: string;
  recipient_id: string;
  unit: string;
  amount: number;
  kind: 'reward' | 'fulfilment' | 'redemption' | 'reversal';
  reward_id: string | null;
  reverses_id: string | null;
  external_id: string | null;
  created_at: CreatedAt;
};

export type CampaignBalancesTable = {
  campaign_id: string;
  recipient_id: string;
  unit: string;
  balance: number;
};
