import { z } from 'zod';
import { createRequiredError, defineBlock, buildOptionalText } from '../../definition/schema.ts';

export const textBlock = defineBlock({
  url: 'none',
  noUrlMessage: "Text blocks can't have a link of their own. Put it into the text.",
  isDataRequired: true,
  buildData: (_line, prose) =>
    z.strictObject({
      text: buildOptionalText(prose(1, 2_000)).describe('Markdown, limited to simple formatting'),
    }),
  listErrors: ({ text }, { title }) =>
    title === null && text === null ? [createRequiredError('data.text')] : [],
});
