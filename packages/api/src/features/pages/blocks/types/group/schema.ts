import { z } from 'zod';
import { defineBlock } from '../../definition/schema.ts';

export const groupBlock = defineBlock({
  url: 'none',
  noUrlMessage: 'Groups have no link of their own',
  title: 'required',
  buildData: () =>
    z.strictObject({
      layout: z.enum(['list', 'grid']).default('list'),
      collapsible: z.boolean().default(false).describe('Whether visitors can fold it'),
      open: z.boolean().default(true).describe('Whether it is unfolded at first, if it can be folded'),
    }),
});
