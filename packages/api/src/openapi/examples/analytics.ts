import type { Analytics } from '../../features/analytics/schema.ts';
import { IDS } from './shared.ts';
import type { RouterExamples } from './types.ts';

const counts = { views: 240, clicks: 96 };
const before = { views: 180, clicks: 63 };
const bucket = { start: '2026-11-23T00:00:00.000Z', ...counts, visitors: 151 };

const analytics: Analytics = {
  totals: {
    ...counts,
    visitors: 151,
    visitorsDaily: 151,
    visitorsUnique: 151,
    ctr: 0.4,
    excluded: { bots: 31, owner: 4, repeats: 2 },
    dropped: 0,
    sampled: false,
  },
  previous: { ...before, visitors: 120, ctr: 0.35 },
  series: [bucket],
  blocks: [{ id: IDS.block, title: 'My essay', clicks: 96 }],
  referrers: [
    { name: 'instagram.com', views: 200, clicks: 80 },
    { name: 'direct', views: 40, clicks: 16 },
  ],
  countries: [{ name: 'GB', ...counts }],
  regions: [{ name: 'unknown', ...counts }],
  devices: [{ name: 'mobile', ...counts }],
  browsers: [{ name: 'Instagram', ...counts }],
  os: [{ name: 'iOS', ...counts }],
  languages: [{ name: 'en', ...counts }],
  utm: { sources: [{ name: 'bio', views: 30, clicks: 12 }], mediums: [], campaigns: [] },
  via: [
    { name: 'web', views: 220, clicks: 90 },
    { name: 'qr', views: 20, clicks: 6 },
  ],
  since: null,
  detailsSince: '2026-11-22T12:00:00.000Z',
};

const event = {
  at: '2026-11-23T07:58:12.345Z',
  type: 'view' as const,
  blockId: null,
  blockTitle: null,
  referrer: 'instagram.com',
  country: 'GB',
  region: null,
  device: 'mobile',
  browser: 'Instagram',
  os: 'iOS',
  language: 'en',
  utmSource: null,
  utmMedium: null,
  utmCampaign: null,
  via: null,
};

export const ownAnalytics = [
  { pageId: IDS.page, handle: 'ada', days: [{ date: '2026-11-23', ...counts, visitors: 151 }] },
];

const titleTestResult = {
  id: '01998f3e-5a10-7c3b-8f21-6d0c5f3b9a77',
  firstViewAt: '2026-11-23T09:00:00.000Z',
  variants: [
    {
      variant: 'a' as const,
      title: 'My notes',
      thumbnailUrl: null,
      share: 50,
      views: 1000,
      clicks: 100,
      ctr: 0.1,
    },
    {
      variant: 'b' as const,
      title: 'How the engine works',
      thumbnailUrl: null,
      share: 50,
      views: 1000,
      clicks: 160,
      ctr: 0.16,
    },
  ],
  verdict: 'decided' as const,
  winner: 'b' as const,
  pValue: 0.0001,
  statement:
    'Title b is clicked more often: 10.0 % of views of a and 16.0 % of b led to a click (p = 0.0001)',
};

const analyticsExamples: RouterExamples<'analytics'> = {
  page: { answer: analytics },
  workspace: { answer: { ...analytics, pages: [{ id: IDS.page, handle: 'ada', ...counts }] } },
  live: {},
  export: { answer: { items: [event], nextCursor: null } },
  titleTest: { answer: titleTestResult },
  settings: { answer: { public: false, resetAt: null } },
  updateSettings: { body: { public: true }, answer: { public: true, resetAt: null } },
  reset: {},
};
export { analyticsExamples as analytics };
