import type { Generated } from 'kysely';
import type { CreatedAt } from './columns.ts';

export type CapPeriod = 'day' | 'week' | 'month' | 'all';

export type RewardsTable = {
  id: string;
  user_id: string;
  referral_id: string | null;
  role: 'referrer' | 'referred' | 'milestone';
  credits: number;
  created_at: CreatedAt;
  campaign_id: string;
  threshold: number | null;
  state: Generated<'pending' | 'granted' | 'capped' | 'cancelled' | 'reversed' | 'review' | 'waived'>;
  cap_period: string | null;
  /** The end of the hold; null if the terms have none. */
  due_at: Date | null;
  /** Why it left the state `granted`. */
  reason: string | null;
  /** The administrator who took it back or waived it. */
  decided_by: string | null;
  /** When its reversal was undone. */
  restored_at: Date | null;
};

/** A period in which a cap was asked for, with the rewarded referrals of all campaigns in it. */
export type RewardWindowsTable = {
  user_id: string;
  period: string;
  starts_at: Date;
  ends_at: Date;
  granted: number;
  cap: number;
};

export type CreditEntriesTable = {
  id: string;
  user_id: string;
  amount: number;
  kind: 'reward' | 'redemption' | 'cancellation' | 'reversal' | 'restoration' | 'grant' | 'deduction';
  reward_id: string | null;
  item: string | null;
  idempotency_key: string | null;
  balance_after: number | null;
  premium_until: Date | null;
  created_at: CreatedAt;
  /** Of reversals, restorations and cancellations: the entry that they take back. */
  reverses_id: string | null;
  /** For reversals and restorations: the reward that they change. Null in those of earlier releases. */
  root_reward_id: string | null;
  /** The reason of an administrator who granted or deducted credits. */
  reason: string | null;
  actor_id: string | null;
};

export type CreditDeltasTable = { id: Generated<number>; user_id: string; amount: number };

export type CreditAccountsTable = {
  user_id: string;
  balance: number;
  earned: number;
};

export type RewardItemKind = 'premium' | 'code' | 'external';

/** The catalogue of things that credits can be spent on. */
export type RewardItemsTable = {
  id: string;
  /** The name that `POST /api/rewards/redeem` takes. */
  item: string;
  kind: RewardItemKind;
  name: string;
  description: string | null;
  cost: number;
  /** Successful referrals that it needs. */
  min_referrals: Generated<number>;
  max_per_user: number | null;
  enabled: Generated<boolean>;
  created_at: CreatedAt;
};

/** Has the ID of its ledger entry. Those from before the catalogue have none. */
export type RedemptionsTable = {
  id: string;
  user_id: string;
  item_id: string;
  state: 'open' | 'fulfilled' | 'cancelled';
  note: string | null;
  fulfilled_at: Date | null;
  fulfilled_by: string | null;
  cancelled_at: Date | null;
  cancelled_by: string | null;
};

export type RewardItemCodesTable = {
  id: Generated<number>;
  item_id: string;
  code: string;
  redemption_id: string | null;
};
