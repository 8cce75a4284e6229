import { IDS } from './shared.ts';
import type { RouterExamples } from './types.ts';

const createdAt = '2026-11-22T12:00:00.000Z';
const link = { code: 'Kx7Qm2Pd', label: null };

export const referral = {
  id: IDS.referral,
  username: 'grace',
  status: 'successful' as const,
  dateReferred: '2026-11-22T13:00:00.000Z',
  qualifiedAt: '2026-11-22T13:05:00.000Z',
  link,
  source: 'page' as const,
  page: { id: IDS.page, handle: 'ada' },
  reward: { state: 'granted' as const, credits: 10 },
  utm: { utm_source: 'newsletter' },
};
export const exportedReferral = {
  id: IDS.referral,
  username: 'grace',
  status: 'successful' as const,
  dateReferred: '2026-11-22T13:00:00.000Z',
  qualifiedAt: '2026-11-22T13:05:00.000Z',
  linkCode: 'Kx7Qm2Pd',
  linkLabel: null,
  campaign: 'Invite your friends',
  campaignVersion: 2,
  utmSource: 'newsletter',
  utmMedium: null,
  utmCampaign: null,
  utmTerm: null,
  utmContent: null,
  source: 'page' as const,
  page: 'ada',
};
const linkCounts = { visits: 12, signups: 1, successful: 1 };
const seriesCounts = { ...linkCounts, reversed: 0 };
const funnelStage = {
  ...seriesCounts,
  signupsWithVisit: 1,
  signupsWithoutVisit: 0,
  signupRate: 1 / 12,
  successRate: 1,
};

export const referrals: RouterExamples<'referrals'> = {
  list: { answer: { items: [referral], nextCursor: null } },
  export: { answer: { items: [exportedReferral], nextCursor: null } },
  stats: {
    answer: {
      ...linkCounts,
      missedVisits: 0,
      pending: 0,
      rejected: 0,
      review: 0,
      conversionRate: 1,
      creditsEarned: 10,
      creditsBalance: 10,
      creditsPending: 0,
      nextMilestone: { referrals: 5, credits: 25, remaining: 4 },
      links: [{ id: IDS.link, ...link, ...linkCounts, deleted: false }],
      sources: [
        { source: 'link', page: null, visits: 8, signups: 0, successful: 0 },
        { source: 'page', page: { id: IDS.page, handle: 'ada' }, visits: 4, signups: 1, successful: 1 },
      ],
      period: seriesCounts,
      daily: [{ date: '2026-11-22', ...seriesCounts }],
    },
  },
  funnel: {
    answer: {
      ...funnelStage,
      previous: { ...funnelStage, visits: 10, signupRate: 0.1 },
      series: [{ start: '2026-11-22T00:00:00.000Z', ...seriesCounts, signupsWithVisit: 1 }],
    },
  },
  utm: {
    answer: {
      items: [
        { source: 'newsletter', medium: 'email', campaign: null, visits: 12, signups: 1, successful: 1 },
      ],
    },
  },
  leaderboard: {
    answer: {
      items: [{ rank: 1, username: 'ada', displayName: 'Ada Lovelace', avatarUrl: null, successful: 1 }],
      nextCursor: null,
      me: { rank: 1, successful: 1 },
    },
  },
};

const referralLink = {
  id: IDS.link,
  code: 'Hn4Tz9Wb',
  url: 'https://linkgrove.example.com/r/Hn4Tz9Wb',
  landingUrl: null,
  label: 'Conference slides',
  enabled: true,
  expiresAt: null,
  maxUses: 100,
  maxUsesOf: 'signups' as const,
  uses: 0,
  visits: 0,
  signups: 0,
  successful: 0,
  createdAt,
};

export const referralLinks: RouterExamples<'referralLinks'> = {
  list: { answer: { items: [referralLink], nextCursor: null } },
  create: { body: { label: 'Conference slides', maxUses: 100 }, answer: referralLink },
  update: {
    body: { label: 'Slides of the conference', enabled: false },
    answer: { ...referralLink, label: 'Slides of the conference', enabled: false },
  },
  delete: {},
};

export const campaignOffer = {
  id: IDS.campaign,
  name: 'Spring',
  version: 1,
  referrerCredits: 10,
  referredCredits: 5,
  milestones: [{ referrals: 10, credits: 50 }],
  requiresPage: false,
  minAgeSeconds: 0,
  holdDays: 14,
  cap: 50,
  capPeriod: 'month' as const,
  timezone: 'Europe/Vienna',
  startedAt: '2026-11-22T14:00:00.000Z',
  endsAt: null,
};

export const referralCodes: RouterExamples<'referralCodes'> = {
  show: {
    answer: {
      code: link.code,
      referrer: { username: 'ada', displayName: 'Ada Lovelace', avatarUrl: null },
      campaign: campaignOffer,
    },
  },
  visit: { body: { utm: { utm_source: 'newsletter' } }, answer: { accepted: true } },
};

export const creditEntry = {
  id: IDS.reward,
  kind: 'reward' as const,
  amount: 10,
  role: 'referrer' as const,
  referralId: IDS.referral,
  milestone: null,
  item: null,
  createdAt: '2026-11-22T13:05:00.000Z',
};

export const ownCreditEntry = { ...creditEntry, state: 'granted' as const, dueAt: null };

const catalogueItem = {
  item: 'premium_month',
  kind: 'premium' as const,
  name: 'A month of premium',
  description: null,
  cost: 100,
  minReferrals: 0,
  maxPerUser: null,
  obstacle: 'credits' as const,
};

export const rewards: RouterExamples<'rewards'> = {
  list: {
    answer: {
      balance: 10,
      pending: 0,
      held: 0,
      items: [ownCreditEntry],
      nextCursor: null,
      catalogue: [catalogueItem],
    },
  },
  export: { answer: { items: [creditEntry], nextCursor: null } },
  redeem: {
    body: { item: 'premium_month' },
    answer: {
      id: IDS.redemption,
      item: 'premium_month',
      balance: 20,
      premiumUntil: '2026-12-22T13:10:00.000Z',
      code: null,
      state: 'fulfilled',
    },
  },
};

const redemption = {
  id: IDS.redemption,
  item: 'mug',
  kind: 'external' as const,
  name: 'A mug',
  cost: 50,
  state: 'open' as const,
  note: null,
  createdAt: '2026-11-22T13:10:00.000Z',
  fulfilledAt: null,
  cancelledAt: null,
};
const redeemed = { ...redemption, user: { id: IDS.user, username: 'ada' } };

export const redemptions: RouterExamples<'redemptions'> = {
  list: { answer: { items: [{ ...redemption, code: null }], nextCursor: null } },
  listAll: { answer: { items: [redeemed], nextCursor: null } },
  fulfil: {
    body: { note: 'Sent by post' },
    answer: {
      ...redeemed,
      state: 'fulfilled',
      note: 'Sent by post',
      fulfilledAt: '2026-11-24T09:00:00.000Z',
    },
  },
  cancel: {
    body: { reason: 'Sold out for good' },
    answer: {
      ...redeemed,
      state: 'cancelled',
      note: 'Sold out for good',
      cancelledAt: '2026-11-24T09:00:00.000Z',
    },
  },
};
