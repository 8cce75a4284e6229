import { z } from 'zod';

/** A page as administrators see it, whoever owns it. */
export const moderatedPage = z
  .object({
    id: z.uuid(),
    workspaceId: z.uuid(),
    handle: z.string(),
    url: z.url(),
    title: z.string(),
    published: z.boolean(),
    deleted: z.boolean().describe('Whether it is in the trash'),
    verified: z.boolean(),
    takenDown: z.boolean(),
    openReports: z.number().int().describe('From different reporters or for different reasons'),
  })
  .meta({ id: 'ModeratedPage' });
export type ModeratedPage = z.infer<typeof moderatedPage>;
