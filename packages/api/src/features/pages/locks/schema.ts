import { z } from 'zod';

export const MIN_PASSWORD_LENGTH = 4;
const MAX_PASSWORD_LENGTH = 128;

/** Not judged by its strength: it is shared with everyone who may see the page. */
export const pagePassword = z
  .string()
  .min(MIN_PASSWORD_LENGTH, { error: `Use at least ${MIN_PASSWORD_LENGTH} characters` })
  .max(MAX_PASSWORD_LENGTH, { error: `Use at most ${MAX_PASSWORD_LENGTH} characters` })
  .meta({ example: 'rehearsal-7' });

export const lockPageInput = z
  .strictObject({ id: z.uuid(), password: pagePassword })
  .meta({ id: 'LockPageInput' });
