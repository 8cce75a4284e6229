import { page } from './pages.ts';
import { IDS } from './shared.ts';
import type { RouterExamples } from './types.ts';

const moderatedPage = {
  id: IDS.page,
  workspaceId: IDS.user,
  handle: 'ada',
  url: 'https://linkgrove.example.com/@ada',
  title: 'Ada Lovelace',
  published: true,
  deleted: false,
  verified: false,
  takenDown: false,
  openReports: 1,
};
const report = {
  id: IDS.event,
  page: moderatedPage,
  reason: 'impersonation' as const,
  details: 'This is not her.',
  email: 'grace@example.com',
  times: 1,
  status: 'open' as const,
  note: null,
  createdAt: '2026-11-22T13:00:00.000Z',
  reportedAt: '2026-11-22T13:00:00.000Z',
  resolvedAt: null,
};
const takedown = {
  reason: 'impersonation' as const,
  note: 'Send us a proof that this is you.',
  takenDownAt: '2026-11-22T14:00:00.000Z',
  appeal: null,
};
const appeal = {
  text: 'It is me: see my site.',
  appealedAt: '2026-11-22T15:00:00.000Z',
  decision: null,
  note: null,
  decidedAt: null,
};
const taken = { ...moderatedPage, takenDown: true, openReports: 0 };
const past = { ...takedown, id: IDS.version, restoredAt: null };

const badge = { ...moderatedPage, openReports: 0, takedowns: [] };
const blockedHost = {
  id: IDS.entry,
  host: 'phishing.example',
  level: 'blocked' as const,
  reason: 'Imitates a bank',
  createdAt: '2026-11-22T13:00:00.000Z',
};

export const reports: RouterExamples<'reports'> = {
  create: {
    body: { handle: 'ada', reason: 'impersonation', details: 'This is not her.', email: 'grace@example.com' },
    answer: { accepted: true },
  },
};

export const pageAppeal = {
  body: { text: appeal.text },
  answer: { ...page, takedown: { ...takedown, appeal } },
};

export const moderation: RouterExamples<'moderation'> = {
  listReports: { answer: { items: [report], nextCursor: null } },
  resolveReport: {
    body: { action: 'dismiss', note: 'She proved who she is.' },
    answer: {
      ...report,
      page: { ...moderatedPage, openReports: 0 },
      status: 'dismissed',
      note: 'She proved who she is.',
      resolvedAt: '2026-11-22T13:30:00.000Z',
    },
  },
  findPage: { answer: { ...moderatedPage, takedowns: [] } },
  takeDown: {
    body: { reason: 'impersonation', note: takedown.note },
    answer: { ...taken, takedowns: [past] },
  },
  restorePage: {
    body: { note: 'Thank you for the proof.' },
    answer: {
      ...moderatedPage,
      openReports: 0,
      takedowns: [{ ...past, restoredAt: '2026-11-22T16:00:00.000Z' }],
    },
  },
  verifyPage: { answer: { ...badge, verified: true } },
  unverifyPage: { answer: badge },
  listBlockedHosts: { answer: { items: [blockedHost], nextCursor: null } },
  blockHost: {
    body: { host: 'phishing.example', level: 'blocked', reason: 'Imitates a bank' },
    answer: blockedHost,
  },
  unblockHost: {},
  listAppeals: {
    answer: {
      items: [{ id: IDS.version, page: taken, takedown: { ...takedown, appeal } }],
      nextCursor: null,
    },
  },
  decideAppeal: {
    body: { decision: 'uphold', note: 'The proof is not enough.' },
    answer: {
      id: IDS.version,
      page: taken,
      takedown: {
        ...takedown,
        appeal: {
          ...appeal,
          decision: 'upheld',
          note: 'The proof is not enough.',
          decidedAt: '2026-11-22T16:00:00.000Z',
        },
      },
    },
  },
};
