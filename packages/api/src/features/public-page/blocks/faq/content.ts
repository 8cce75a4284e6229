import { z } from 'zod';
import { renderMarkdown } from '../../../../core/text/markdown.ts';
import { defineView } from '../view/content.ts';

export const faqView = defineView<'faq'>()({
  data: z.object({
    items: z.array(
      z
        .object({
          question: z.string(),
          answer: z.string(),
          html: z.string().describe('The answer, sanitized; safe to insert as HTML'),
        })
        .meta({ id: 'PublicQuestion' }),
    ),
  }),
  toData: ({ data: { items } }) => ({
    items: items.map(({ question, answer }) => ({ question, answer, html: renderMarkdown(answer) })),
  }),
});
