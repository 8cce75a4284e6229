import { z } from 'zod';
import { defineBlock } from '../../definition/schema.ts';

const MAX_QUESTIONS = 30;

export const faqBlock = defineBlock({
  url: 'none',
  buildData: (line, prose) =>
    z.strictObject({
      items: z
        .array(
          z.strictObject({
            question: line(1, 200),
            answer: prose(1, 2_000).describe('Markdown, limited to simple formatting'),
          }),
        )
        .min(1, { error: 'Add at least one question' })
        .max(MAX_QUESTIONS),
    }),
});
