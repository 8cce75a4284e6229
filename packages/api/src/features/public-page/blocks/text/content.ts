import { z } from 'zod';
import { renderMarkdown } from '../../../../core/text/markdown.ts';
import { defineView } from '../view/content.ts';

export const textView = defineView<'text'>()({
  data: z.object({ text: z.string(), html: z.string().describe('Sanitized; safe to insert as HTML') }),
  toData: ({ data: { text } }) => ({ text: text ?? '', html: renderMarkdown(text ?? '') }),
});
