import { z } from 'zod';
import { defineBlock } from '../../definition/schema.ts';

export const dividerBlock = defineBlock({
  url: 'none',
  buildData: () => z.strictObject({ style: z.enum(['line', 'dots', 'space']).default('line') }),
});
