import { z } from 'zod';
import { timestamp } from '../../../core/text/validation.ts';

const count = z.number().int().min(1);

export const blockClicked = {
  description:
    'People clicked links of a page. Clicks are added up for about a second, so there is one event for many clicks; those that analytics leaves out, such as the clicks of bots, are not in it.',
  data: z.object({
    pageId: z.uuid(),
    workspaceId: z.uuid(),
    clicks: count.describe('All clicks of the event'),
    blocks: z.array(z.object({ id: z.uuid(), clicks: count })).describe('The most clicked first'),
    from: timestamp.describe('Time of the first click'),
    to: timestamp.describe('Time of the last click'),
  }),
  example: {
    pageId: '01979e8f-5a2b-7c31-9d4e-8f1a2b3c4d5e',
    workspaceId: '01979e90-1c4d-7e52-8a6f-7b8c9d0e1f2a',
    clicks: 3,
    blocks: [
      { id: '01979e91-2d5e-7f63-9b70-8c9d0e1f2a3b', clicks: 2 },
      { id: '01979e92-3e6f-7074-8c81-9d0e1f2a3b4c', clicks: 1 },
    ],
    from: '2026-11-22T12:00:00.000Z',
    to: '2026-11-22T12:00:00.700Z',
  },
};
