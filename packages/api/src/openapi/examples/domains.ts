import type { Domain } from '../../features/domains/schema.ts';
import { IDS } from './shared.ts';
import type { RouterExamples } from './types.ts';

export const domain: Domain = {
  id: IDS.domain,
  workspaceId: IDS.user,
  hostname: 'links.ada-lovelace.com',
  pageId: IDS.page,
  primary: true,
  status: 'pending',
  statusDetail: null,
  isApex: false,
  records: [
    {
      type: 'TXT',
      name: '_linkgrove.links.ada-lovelace.com',
      value: 'linkgrove-verify=k7m2p9q4r8t3v6w2x5y9z3a7b4c8d2e6',
      purpose: 'ownership',
      required: true,
    },
    {
      type: 'CNAME',
      name: 'links.ada-lovelace.com',
      value: 'linkgrove.example.com',
      purpose: 'routing',
      required: true,
    },
  ],
  verifiedAt: null,
  checkedAt: null,
  createdAt: '2026-11-22T12:55:00.000Z',
};
const active: Domain = {
  ...domain,
  status: 'active',
  verifiedAt: '2026-11-22T13:05:00.000Z',
  checkedAt: '2026-11-22T13:05:00.000Z',
};

export const domains: RouterExamples<'domains'> = {
  list: { answer: { items: [active], nextCursor: null } },
  create: { body: { hostname: 'links.ada-lovelace.com', pageId: IDS.page }, answer: domain },
  get: { answer: active },
  update: { body: { primary: true }, answer: active },
  delete: {},
  verify: { answer: active },
};
