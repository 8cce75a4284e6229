import { creditEntry } from './referrals.ts';
import { IDS } from './shared.ts';
import type { RouterExamples } from './types.ts';

const decision = { reason: 'Checked by hand' };

const reward = {
  id: IDS.reward,
  state: 'review' as const,
  role: 'referrer' as const,
  credits: 10,
  user: { id: IDS.user, username: 'ada', balance: 0 },
  referralId: IDS.referral,
  milestone: null,
  campaignId: IDS.campaign,
  createdAt: '2026-11-22T13:05:00.000Z',
  dueAt: null,
};

const { user: _user, campaignId: _campaignId, dueAt: _dueAt, ...exported } = reward;

export const rewardReview: RouterExamples<'rewardReview'> = {
  list: { answer: { items: [reward], nextCursor: null } },
  export: {
    answer: {
      items: [{ ...exported, state: 'granted', userId: IDS.user, username: 'ada', campaign: 'Spring' }],
      nextCursor: null,
    },
  },
  exportLedger: {
    answer: {
      items: [{ ...creditEntry, userId: IDS.user, username: 'ada', reason: null }],
      nextCursor: null,
    },
  },
  reverse: {
    body: decision,
    answer: { ...reward, state: 'reversed', user: { ...reward.user, balance: 20 } },
  },
  restore: {
    body: decision,
    answer: {
      ...reward,
      state: 'granted',
      role: 'milestone',
      referralId: null,
      milestone: 5,
      credits: 25,
      user: { ...reward.user, balance: 25 },
    },
  },
  adjust: {
    body: { user: 'ada', amount: 50, reason: 'Won the raffle' },
    answer: {
      id: IDS.redemption,
      userId: IDS.user,
      amount: 50,
      balance: 60,
      createdAt: '2026-11-22T13:10:00.000Z',
    },
  },
  waive: { body: decision, answer: { ...reward, state: 'waived' } },
  decide: {
    body: { decision: 'waive', ids: [IDS.reward], reason: 'Small amounts' },
    answer: { decided: 1, items: [{ id: IDS.reward, state: 'waived', error: null }] },
  },
};

const rewardItem = {
  id: IDS.item,
  item: 'voucher',
  kind: 'code' as const,
  name: 'Voucher for 5 euros',
  description: null,
  cost: 50,
  minReferrals: 5,
  maxPerUser: 2,
  enabled: true,
  redeemed: 0,
  open: 0,
  codesLeft: 0,
  createdAt: '2026-11-22T12:00:00.000Z',
};

export const rewardItems: RouterExamples<'rewardItems'> = {
  list: { answer: { items: [rewardItem], nextCursor: null } },
  create: {
    body: {
      item: 'voucher',
      kind: 'code',
      name: 'Voucher for 5 euros',
      cost: 50,
      minReferrals: 5,
      maxPerUser: 2,
    },
    answer: rewardItem,
  },
  update: { body: { cost: 40 }, answer: { ...rewardItem, cost: 40 } },
  addCodes: { body: { codes: ['SPRING-7F3K', 'SPRING-9Q2M'] }, answer: { added: 2, left: 2 } },
};
