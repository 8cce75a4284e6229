import { z } from 'zod';
import { pageHandle } from '../schema.ts';

export const transferPageInput = z
  .strictObject({
    id: z.uuid(),
    workspaceId: z.uuid().describe('Where the page goes; your role there must allow you to create pages'),
  })
  .meta({ id: 'TransferPageInput' });
export const duplicatePageInput = z
  .strictObject({ id: z.uuid(), handle: pageHandle })
  .meta({ id: 'DuplicatePageInput' });
