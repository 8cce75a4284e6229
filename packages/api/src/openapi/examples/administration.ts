import { FRAUD_SIGNALS } from '../../features/referrals/sign-up/policy.ts';
import { campaignOffer, exportedReferral } from './referrals.ts';
import { IDS } from './shared.ts';
import type { RouterExamples } from './types.ts';

const adminUser = {
  id: IDS.otherUser,
  email: 'grace@example.com',
  username: 'grace',
  role: 'user' as const,
  suspended: false,
  emailVerified: true,
  createdAt: '2026-11-22T13:00:00.000Z',
};

export const admin: RouterExamples<'admin'> = {
  listUsers: { answer: { items: [adminUser], nextCursor: null } },
  getUser: {
    answer: {
      ...adminUser,
      suspendedAt: null,
      hasPassword: true,
      identities: [
        {
          provider: 'google',
          email: 'grace@example.com',
          createdAt: '2026-11-22T13:00:00.000Z',
          lastUsedAt: null,
        },
      ],
      mfa: { totp: true, recoveryCodes: 10, passkeys: 0 },
      sessions: 2,
      lastSignInAt: '2026-11-23T08:00:00.000Z',
      workspaces: [{ id: IDS.otherUser, name: 'grace', role: 'owner' }],
    },
  },
  createUser: {
    body: { email: 'hopper@example.com', username: 'hopper' },
    answer: { ...adminUser, email: 'hopper@example.com', username: 'hopper', emailVerified: false },
  },
  setUserRole: {
    body: { role: 'admin', reason: 'Joins the support team' },
    answer: { ...adminUser, role: 'admin' },
  },
  suspendUser: { body: { reason: 'Sends spam' }, answer: { ...adminUser, suspended: true } },
  restoreUser: { body: { reason: 'It was a mistake' }, answer: adminUser },
  sendReset: { answer: { accepted: true } },
  endSessions: { body: { reason: 'Lost a laptop' } },
  removeSecondFactor: { body: { reason: 'Lost the phone; knows the last three invoices' } },
  listAudit: {
    answer: {
      items: [
        {
          id: IDS.event,
          at: '2026-11-22T14:00:00.000Z',
          action: 'suspended',
          actor: { id: IDS.admin, username: 'root' },
          user: { id: IDS.otherUser, username: 'grace' },
          reason: 'Sends spam',
          details: { reason: 'Sends spam' },
          requestId: '01998f3e-725d-7bee-895d-0aebfcadbe0e',
          ip: '203.0.113.7',
        },
      ],
      nextCursor: null,
    },
  },
  impersonateUser: {
    body: { reason: 'Ticket 4711: the page looks broken' },
    answer: {
      id: IDS.session,
      accessToken: 'eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiJncmFjZSJ9.c2lnbmF0dXJl',
      tokenType: 'Bearer',
      expiresIn: 600,
    },
  },
  endImpersonation: {},
  allowCustomCss: {
    body: { allowed: true },
    answer: {
      id: IDS.otherUser,
      name: 'Engines Ltd',
      allowed: true,
      allowedAt: '2026-11-22T14:00:00.000Z',
    },
  },
};

const terms = {
  attribution: 'last' as const,
  requiresPage: false,
  minAgeSeconds: 0,
  reviewsSameDomain: true,
  autoApproveLimit: null,
  referrerCredits: 10,
  referredCredits: 5,
  holdDays: 14,
  cap: 50,
  capPeriod: 'month' as const,
  timezone: 'Europe/Vienna',
  milestones: [{ referrals: 10, credits: 50 }],
  reviewRisk: 50,
  signalWeights: { ...FRAUD_SIGNALS, same_network: 0 },
};
const campaign = {
  id: IDS.campaign,
  name: 'Spring',
  state: 'draft' as const,
  audience: { kind: 'everyone' as const, group: null, users: 0 },
  version: 1,
  terms,
  createdAt: '2026-11-22T12:00:00.000Z',
  startsAt: null,
  endsAt: null,
  startedAt: null,
  pausedAt: null,
  endedAt: null,
};
const totals = {
  signups: 40,
  pending: 4,
  successful: 33,
  rejected: 3,
  review: 0,
  reversed: { refund: 1, fraud: 1, other: 0 },
  credits: { standing: 425, pending: 0, inReview: 0, reversed: 20 },
};
const running = { ...campaign, state: 'running' as const, startedAt: '2026-11-22T14:00:00.000Z' };
const planned = { startsAt: '2099-03-01T00:00:00.000Z', endsAt: '2099-06-01T00:00:00.000Z' };
const version = { id: IDS.campaign, version: 1, terms, publishedAt: '2026-11-22T12:00:00.000Z' };

export const referralCampaigns: RouterExamples<'referralCampaigns'> = {
  list: { answer: { items: [campaign], nextCursor: null } },
  create: { body: { name: 'Spring', terms }, answer: campaign },
  versions: { answer: { items: [version], nextCursor: null } },
  publish: {
    body: { terms: { referrerCredits: 20 } },
    answer: { ...campaign, version: 2, terms: { ...terms, referrerCredits: 20 } },
  },
  get: { answer: campaign },
  update: { body: { name: 'Spring 2027' }, answer: { ...campaign, name: 'Spring 2027' } },
  users: { answer: { items: [{ id: IDS.user, username: 'ada' }], nextCursor: null } },
  schedule: { body: planned, answer: { ...campaign, ...planned, state: 'scheduled' } },
  start: { answer: running },
  pause: { answer: { ...running, state: 'paused', pausedAt: '2026-11-23T08:00:00.000Z' } },
  resume: { answer: running },
  end: { answer: { ...running, state: 'ended', endedAt: '2026-11-23T08:00:00.000Z' } },
  current: { answer: campaignOffer },
  payMilestones: {
    body: { preview: true },
    answer: {
      preview: true,
      referrers: 12,
      remaining: 0,
      credits: 300,
      milestones: [{ referrals: 5, credits: 25, referrers: 12 }],
    },
  },
  totals: {
    answer: {
      ...totals,
      byHand: 50,
      redeemed: 100,
      balances: 375,
      campaigns: [
        {
          id: IDS.campaign,
          name: 'Spring',
          milestones: { count: 0, credits: { ...totals.credits, standing: 0 } },
          versions: [{ version: 1, publishedAt: '2026-11-22T12:00:00.000Z', ...totals }],
        },
      ],
    },
  },
};

export const referrerGroups: RouterExamples<'referrerGroups'> = {
  list: { answer: { items: [{ group: 'partners', members: 1 }] } },
  members: {
    answer: {
      items: [{ id: IDS.user, username: 'ada', addedAt: '2026-11-22T12:00:00.000Z' }],
      nextCursor: null,
    },
  },
  change: {
    body: { add: ['ada'] },
    answer: { group: 'partners', members: 1, added: 1, removed: 0 },
  },
};

const reviewed = {
  id: IDS.referral,
  status: 'review' as const,
  reason: null,
  risk: 60,
  signals: ['same_network', 'disposable_address'],
  dateReferred: '2026-11-22T13:00:00.000Z',
  qualifiedAt: null,
  referrer: { id: IDS.user, username: 'ada' },
  referred: { id: IDS.otherUser, username: 'grace' },
  link: { code: 'Kx7Qm2Pd', label: null },
  campaign: { id: IDS.campaign, version: 1 },
  history: [],
};
const decision = { reason: 'Checked by hand' };
const decide = (
  from: 'review' | 'successful' | 'rejected',
  to: 'pending' | 'rejected' | 'successful',
  cause: 'refund' | null = null,
) => ({
  ...reviewed,
  status: to,
  reason: decision.reason,
  history: [{ from, to, reason: decision.reason, actor: 'root', cause, at: '2026-11-23T08:00:00.000Z' }],
});

export const referralReview: RouterExamples<'referralReview'> = {
  list: { answer: { items: [reviewed], nextCursor: null } },
  export: {
    answer: {
      items: [
        { ...exportedReferral, referrerId: IDS.user, referrer: 'ada', reason: null, risk: 0, signals: '' },
      ],
      nextCursor: null,
    },
  },
  add: {
    body: { referrer: 'ada', referred: 'grace@example.com', reason: 'Forgot the code' },
    answer: { ...reviewed, status: 'pending', risk: 0, signals: [] },
  },
  import: {
    body: { csv: 'referrer,referred,dateReferred\nada,grace,2025-03-01', preview: false },
    answer: { preview: false, imported: 1, existing: 0, refused: 0, ignoredColumns: [], problems: [] },
  },
  decide: {
    body: { decision: 'approve', ids: [IDS.referral, IDS.reward], reason: 'Checked by hand' },
    answer: {
      decided: 1,
      items: [
        { id: IDS.referral, status: 'pending', error: null },
        { id: IDS.reward, status: null, error: { code: 'NOT_FOUND', detail: 'Referral not found' } },
      ],
    },
  },
  approve: { body: decision, answer: decide('review', 'pending') },
  reject: { body: decision, answer: decide('review', 'rejected') },
  reverse: { body: { ...decision, cause: 'refund' }, answer: decide('successful', 'rejected', 'refund') },
  restore: { body: decision, answer: decide('rejected', 'successful') },
};
