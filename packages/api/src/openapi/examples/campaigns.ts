import { IDS } from './shared.ts';
import type { RouterExamples } from './types.ts';

const terms = {
  attribution: 'last' as const,
  qualifiesBy: 'sale' as const,
  rewardKind: 'external' as const,
  referrerCredits: 0,
  referredCredits: 0,
  basisPoints: 2_000,
  months: 12,
  holdDays: 30,
  cap: null,
  capPeriod: 'all' as const,
  timezone: 'Europe/Berlin',
};
const settings = {
  landingUrl: 'https://shop.example.com/welcome',
  allowedOrigins: ['https://app.example.com'],
};
export const campaign = {
  id: IDS.campaign,
  workspaceId: IDS.user,
  name: 'Partners',
  state: 'draft' as const,
  version: 1,
  terms,
  ...settings,
  createdAt: '2026-11-22T12:00:00.000Z',
  startedAt: null,
  endedAt: null,
};
const running = { ...campaign, state: 'running' as const, startedAt: '2026-11-22T14:00:00.000Z' };
const version = { id: IDS.campaign, version: 1, terms, publishedAt: '2026-11-22T12:00:00.000Z' };

const conversion = {
  id: IDS.conversion,
  workspaceId: IDS.user,
  type: 'sale' as const,
  externalId: 'user-42',
  eventName: 'order-1001',
  amount: 4_900,
  currency: 'EUR',
  referralId: IDS.referral,
  createdAt: '2026-11-23T09:00:00.000Z',
};

export const campaigns: RouterExamples<'campaigns'> = {
  list: { answer: { items: [running], nextCursor: null } },
  create: { body: { name: 'Partners', terms, ...settings }, answer: campaign },
  get: { answer: running },
  update: { body: { name: 'Friends' }, answer: { ...running, name: 'Friends' } },
  versions: { answer: { items: [version], nextCursor: null } },
  publish: {
    body: { terms: { ...terms, basisPoints: 2_500 } },
    answer: { ...running, version: 2, terms: { ...terms, basisPoints: 2_500 } },
  },
  start: { answer: running },
  end: { answer: { ...running, state: 'ended', endedAt: '2026-12-22T14:00:00.000Z' } },
  conversions: { answer: { items: [{ ...conversion, refundedAt: null }], nextCursor: null } },
};

const person = { externalId: 'user-17', email: 'grace@example.com', name: 'Grace Hopper' };
const referrer = {
  id: IDS.referrer,
  campaignId: IDS.campaign,
  ...person,
  code: 'grace10',
  url: 'https://links.example.com/r/grace10',
  enabled: true,
  clicks: 12,
  referrals: 2,
  successful: 1,
  rewards: [{ unit: 'EUR', pending: 980, balance: 0, earned: 0 }],
  createdAt: '2026-11-22T15:00:00.000Z',
};
const entry = {
  id: IDS.entry,
  kind: 'reward' as const,
  amount: 980,
  unit: 'EUR',
  rewardId: IDS.reward,
  externalId: null,
  createdAt: '2026-12-23T09:00:00.000Z',
};

export const campaignReferrers: RouterExamples<'campaignReferrers'> = {
  list: { answer: { items: [referrer], nextCursor: null } },
  create: {
    body: { ...person, code: 'grace10' },
    answer: { ...referrer, clicks: 0, referrals: 0, successful: 0, rewards: [] },
  },
  get: { answer: referrer },
  update: { body: { enabled: false }, answer: { ...referrer, enabled: false } },
  delete: {},
  entries: { answer: { items: [entry], nextCursor: null } },
  spend: {
    body: { externalId: 'order-2002', amount: 50 },
    answer: { id: IDS.entry, externalId: 'order-2002', amount: 50, createdAt: entry.createdAt },
  },
  createEmbedToken: {
    body: { expiresIn: 900 },
    answer: {
      token: `${IDS.referrer}.1795430700.q0T9rVnXo2hS7yJ4mB1kLw`,
      expiresAt: '2026-11-23T10:45:00.000Z',
    },
  },
};

const referral = {
  id: IDS.referral,
  campaignId: IDS.campaign,
  version: 1,
  referrerId: IDS.referrer,
  referrerExternalId: 'user-17',
  externalId: 'user-42',
  status: 'successful' as const,
  reason: null,
  dateReferred: '2026-11-22T16:00:00.000Z',
  qualifiedAt: '2026-11-23T09:00:00.000Z',
};
const decision = { reason: 'Paid with a stolen card' };

export const campaignReferrals: RouterExamples<'campaignReferrals'> = {
  list: { answer: { items: [referral], nextCursor: null } },
  reject: {
    body: decision,
    answer: { ...referral, status: 'rejected', reason: decision.reason, qualifiedAt: null },
  },
};

const pending = {
  id: IDS.reward,
  campaignId: IDS.campaign,
  referralId: IDS.referral,
  conversionId: IDS.conversion,
  referrerId: IDS.referrer,
  externalId: 'user-17',
  role: 'referrer' as const,
  kind: 'external' as const,
  amount: 980,
  currency: 'EUR',
  state: 'pending' as const,
  dueAt: '2026-12-23T09:00:00.000Z',
  grantedAt: null,
  fulfilledAt: null,
  createdAt: '2026-11-23T09:00:00.000Z',
};
const fulfilled = {
  ...pending,
  state: 'fulfilled' as const,
  grantedAt: '2026-12-23T09:00:02.000Z',
  fulfilledAt: '2027-01-01T08:00:00.000Z',
};

export const campaignRewards: RouterExamples<'campaignRewards'> = {
  list: { answer: { items: [pending], nextCursor: null } },
  fulfil: { answer: fulfilled },
  reverse: { body: decision, answer: { ...fulfilled, state: 'reversed' } },
  waive: { body: decision, answer: { ...fulfilled, state: 'waived' } },
};

export const campaignExports: RouterExamples<'campaignExports'> = {
  referrals: { answer: { items: [referral], nextCursor: null } },
  rewards: { answer: { items: [pending], nextCursor: null } },
  ledger: {
    answer: {
      items: [{ ...entry, recipientId: IDS.referrer, recipient: person.externalId }],
      nextCursor: null,
    },
  },
};

const { amount, currency, eventName, externalId } = conversion;
const clickId = IDS.click;

export const track: RouterExamples<'track'> = {
  click: { body: { referralCode: 'grace10', url: 'https://shop.example.com/' }, answer: { clickId } },
  lead: {
    body: { externalId, clickId, email: 'bob@example.com' },
    answer: { ...conversion, type: 'lead', eventName: 'lead', amount: null, currency: null },
  },
  sale: { body: { externalId, eventName, amount, currency }, answer: conversion },
  refund: {
    body: { externalId, eventName },
    answer: { ...conversion, refundedAt: '2026-11-25T09:00:00.000Z' },
  },
};

const { id, name, code, url, clicks, referrals, successful, rewards } = referrer;

export const embed: RouterExamples<'embed'> = {
  me: {
    answer: {
      campaign: { id: IDS.campaign, name: 'Partners' },
      referrer: {
        id,
        externalId: person.externalId,
        name,
        code,
        url,
        clicks,
        referrals,
        successful,
        rewards,
      },
      referrals: [
        {
          id: IDS.referral,
          status: 'successful',
          dateReferred: referral.dateReferred,
          qualifiedAt: referral.qualifiedAt,
        },
      ],
      rewards: [
        {
          id: IDS.reward,
          amount: pending.amount,
          currency: pending.currency,
          state: 'pending',
          dueAt: pending.dueAt,
          createdAt: pending.createdAt,
        },
      ],
    },
  },
};
