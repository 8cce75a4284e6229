import { z } from 'zod';

const domain = z.object({
  id: z.uuid(),
  workspaceId: z.uuid(),
  pageId: z.uuid(),
  hostname: z.string(),
  status: z.enum(['pending', 'active', 'failed']),
  statusDetail: z.string().nullable(),
});
const exampleDomain = {
  id: '01979e8f-5a2b-7c31-9d4e-8f1a2b3c4d5e',
  workspaceId: '01979e90-1c4d-7e52-8a6f-7b8c9d0e1f2a',
  pageId: '01979e90-1c4d-7e52-8a6f-7b8c9d0e1f2a',
  hostname: 'links.example.com',
  status: 'active' as const,
  statusDetail: null,
};

export const DOMAIN_EVENTS = {
  'domain.verified': {
    description: 'A custom domain became active: ownership is proven, and it points to this server.',
    data: domain,
    example: exampleDomain,
  },
  'domain.failed': {
    description: 'The DNS records of an active custom domain were wrong for a day.',
    data: domain,
    example: {
      ...exampleDomain,
      status: 'failed',
      statusDetail: 'links.example.com has no address in DNS',
    },
  },
};
