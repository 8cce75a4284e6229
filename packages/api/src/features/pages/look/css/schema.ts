import { z } from 'zod';
import { timestamp } from '../../../../core/text/validation.ts';

export const allowCustomCssInput = z
  .strictObject({ id: z.uuid().describe('The id of the workspace'), allowed: z.boolean() })
  .meta({ id: 'AllowCustomCssInput' });
export const customCssAllowanceOutput = z
  .object({ id: z.uuid(), name: z.string(), allowed: z.boolean(), allowedAt: timestamp.nullable() })
  .meta({ id: 'CustomCssAllowance' });
export type CustomCssAllowance = z.infer<typeof customCssAllowanceOutput>;
