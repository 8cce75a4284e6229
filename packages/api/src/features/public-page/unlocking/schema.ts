import { z } from 'zod';
import { singleLineSchema, timestamp } from '../../../core/text/validation.ts';

const MAX_TOKEN_LENGTH = 256;

export const unlockToken = z
  .string()
  .max(MAX_TOKEN_LENGTH)
  .optional()
  .describe('Of a locked page, from `POST /api/public/pages/{handle}/unlock`');

export const unlockPageInput = z
  .strictObject({
    handle: singleLineSchema(1, 64),
    password: z.string().max(1_000),
  })
  .meta({ id: 'UnlockPageInput' });

export const unlockedPageOutput = z
  .object({
    token: z.string().describe('For `unlock` of other calls. A new password of the page ends it'),
    expiresAt: timestamp,
  })
  .meta({ id: 'UnlockedPage' });
export type UnlockedPage = z.infer<typeof unlockedPageOutput>;
