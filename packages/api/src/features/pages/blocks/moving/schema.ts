import { z } from 'zod';

export const transferBlockInput = z
  .strictObject({ id: z.uuid(), pageId: z.uuid().describe('The page to whose end the block moves') })
  .meta({ id: 'TransferBlockInput' });
