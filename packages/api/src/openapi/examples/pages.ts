import type { Block } from '../../features/pages/blocks/schema.ts';
import { DEFAULT_SEO, DEFAULT_THEME, type Page } from '../../features/pages/schema.ts';
import { NEW_BLOCKS } from './new-blocks.ts';
import { IDS } from './shared.ts';
import type { RouterExamples } from './types.ts';

export const page: Page = {
  id: IDS.page,
  workspaceId: IDS.user,
  handle: 'ada',
  url: 'https://linkgrove.example.com/@ada',
  title: 'Ada Lovelace',
  bio: 'Poetical science',
  avatarUrl: null,
  avatarFileId: null,
  language: 'en',
  theme: { ...DEFAULT_THEME, preset: 'midnight' },
  seo: DEFAULT_SEO,
  madeWith: false,
  published: true,
  publishing: 'immediate',
  locked: false,
  hasUnpublishedChanges: false,
  verified: false,
  takedown: null,
  blockCount: 1,
  version: 2,
  createdAt: '2026-11-22T12:00:00.000Z',
  updatedAt: '2026-11-22T12:20:00.000Z',
  deletedAt: null,
};
const draft: Page = {
  ...page,
  handle: 'ada-talks',
  title: 'Talks',
  published: false,
  blockCount: 0,
  version: 1,
};

export const content = {
  title: 'My notes on the engine',
  url: 'https://example.com/notes',
  enabled: true,
  startsAt: null,
  endsAt: null,
  pinned: false,
  gate: null,
  thumbnailUrl: null,
  thumbnailFileId: null,
  layout: null,
  targeting: null,
  schedule: null,
  titleTest: null,
};
export const block: Block = {
  ...content,
  id: IDS.block,
  pageId: IDS.page,
  parentId: null,
  type: 'link',
  data: { description: 'With the first program' },
  version: 1,
  createdAt: '2026-11-22T12:10:00.000Z',
  updatedAt: '2026-11-22T12:10:00.000Z',
  deletedAt: null,
};
const blockContent = {
  group: null,
  ...content,
  type: 'link' as const,
  data: { description: 'With the first program' },
};

const { handle, title, bio, avatarUrl, avatarFileId, language, theme, seo, madeWith } = page;
const pageFile = {
  format: 'linkgrove.page' as const,
  formatVersion: 1,
  exportedAt: '2026-11-23T08:00:00.000Z',
  page: { handle, language, title, bio, avatarUrl, avatarFileId, theme, seo, madeWith },
  blocks: [blockContent],
};
const importReport = {
  imported: [{ type: 'link' as const, count: 1 }],
  changed: [{ title: 'Shop', reason: 'Its schedule is not readable, so the link is switched off' }],
  skipped: [{ title: 'Tip jar', reason: 'The file does not contain its link' }],
};
const fileText = JSON.stringify({ ...pageFile, exportedAt: undefined });

const version = {
  id: IDS.version,
  number: 3,
  reason: 'publish' as const,
  note: 'Spring tour',
  createdBy: { id: IDS.user, username: 'ada' },
  createdAt: '2026-11-23T09:00:00.000Z',
};

export const pages: Omit<RouterExamples<'pages'>, 'appeal'> = {
  publish: { body: { note: 'Spring tour' }, answer: { ...page, publishedVersion: version } },
  discardDraft: { answer: { ...page, publishing: 'manual' } },
  listVersions: { answer: { items: [version], nextCursor: null } },
  compareVersions: {
    answer: {
      changes: [
        {
          kind: 'page',
          block: null,
          member: 'bio',
          before: 'Poetical science',
          after: 'Poet of science',
          text: 'Bio changed from “Poetical science” to “Poet of science”',
        },
        {
          kind: 'block_added',
          block: { id: IDS.block, type: 'link', title: 'My notes on the engine' },
          member: null,
          before: null,
          after: null,
          text: 'The link “My notes on the engine” was added',
        },
      ],
    },
  },
  getVersion: {
    answer: {
      ...version,
      page: { title, bio, avatarUrl, avatarFileId, language, theme, seo, madeWith },
      blocks: [{ id: IDS.block, ...blockContent }],
    },
  },
  restoreVersion: { answer: page },
  list: { answer: { items: [page], nextCursor: null } },
  create: { body: { handle: 'ada-talks', title: 'Talks' }, answer: draft },
  get: { answer: page },
  update: {
    bodies: {
      profile: { title: 'Ada Lovelace', bio: 'Poetical science', theme: { preset: 'midnight' } },
      publish: { published: true },
    },
    answer: page,
  },
  transfer: { body: { workspaceId: IDS.workspace }, answer: { ...page, workspaceId: IDS.workspace } },
  duplicate: { body: { handle: 'ada-copy' }, answer: { ...draft, handle: 'ada-copy', blockCount: 1 } },
  delete: {},
  restore: { body: { handle: 'ada-lectures' }, answer: { ...draft, handle: 'ada-lectures' } },
  previewLink: {
    answer: {
      url: 'https://linkgrove.example.com/@ada?preview=eyJwIjoiYWRhIn0.c2ln',
      expiresAt: '2026-11-23T12:00:00.000Z',
    },
  },
  revokePreviewLinks: {},
  setPassword: { body: { password: 'rehearsal-7' }, answer: { ...page, locked: true } },
  removePassword: {},
  export: { answer: pageFile },
  previewImport: {
    body: { content: fileText },
    answer: {
      format: 'linkgrove',
      page: { language, title, bio, avatarUrl, avatarFileId, theme, seo, madeWith },
      blocks: [blockContent],
      pictures: 0,
      ...importReport,
    },
  },
  import: {
    body: { content: fileText, handle: 'ada-imported' },
    answer: {
      page: { ...draft, handle: 'ada-imported', title, blockCount: 1 },
      pictures: 0,
      ...importReport,
    },
  },
};

const order = [IDS.otherBlock, IDS.block];

export const blocks: RouterExamples<'blocks'> = {
  list: { answer: { items: [block], nextCursor: null } },
  create: {
    bodies: NEW_BLOCKS,
    answer: block,
  },
  get: { answer: block },
  update: {
    bodies: {
      content: { title: 'My notes', pinned: true },
      targeting: {
        targeting: {
          countries: { include: ['AT', 'DE'] },
          languages: { exclude: ['en'] },
          devices: { include: ['phone', 'tablet'] },
        },
      },
      test: { titleTest: { title: 'How the engine works', share: 50 } },
      schedule: { schedule: { timezone: 'Europe/Vienna', startsAt: '2026-12-24T18:00' } },
    },
    answer: { ...block, title: 'My notes', pinned: true, version: 2 },
  },
  delete: {},
  restore: { answer: { ...block, version: 4 } },
  move: { body: { after: null }, answer: block },
  transfer: { body: { pageId: IDS.page }, answer: block },
  edit: {
    body: {
      operations: [
        { op: 'create', key: 'talks', type: 'heading', title: 'Talks' },
        { op: 'update', id: IDS.block, title: 'My notes' },
        { op: 'order', ids: ['talks', IDS.block] },
      ],
    },
    answer: {
      items: [block],
      created: [{ operation: 0, key: 'talks', id: IDS.otherBlock }],
    },
  },
  endTitleTest: { body: { winner: 'b' }, answer: { ...block, title: 'How the engine works', version: 3 } },
  order: {
    body: { ids: order },
    answer: { items: [{ ...block, id: IDS.otherBlock, title: 'Writing' }, block], nextCursor: null },
  },
};

const template = {
  id: IDS.template,
  workspaceId: IDS.user,
  name: 'Speaker',
  description: 'For talks',
  blockCount: 1,
  createdAt: '2026-11-23T10:00:00.000Z',
};
const builtInTemplate = {
  id: 'musician',
  workspaceId: null,
  name: 'Musician',
  description: 'A release, dates and shops',
  blockCount: 8,
  createdAt: null,
};

export const templates: RouterExamples<'templates'> = {
  list: { answer: { items: [builtInTemplate, template], nextCursor: null } },
  create: { body: { pageId: IDS.page, name: 'Speaker', description: 'For talks' }, answer: template },
  delete: {},
  createPage: {
    body: { handle: 'ada-on-tour' },
    answer: { ...draft, handle: 'ada-on-tour', title: 'ada-on-tour', blockCount: 8 },
  },
};

export const handles: RouterExamples<'handles'> = {
  check: { answer: { handle: 'ada', available: false, reason: 'taken' } },
};
