import { z } from 'zod';
import { defineBlock, buildOptionalText } from '../../definition/schema.ts';
import { currencyCode, price } from '../../money/schema.ts';

const MAX_SECTIONS = 20;
const MAX_SECTION_ITEMS = 50;
const MAX_ITEMS = 150;

export const menuBlock = defineBlock({
  url: 'none',
  buildData: (line) =>
    z.strictObject({
      currency: currencyCode,
      sections: z
        .array(
          z.strictObject({
            title: line(1, 80),
            items: z
              .array(
                z.strictObject({
                  name: line(1, 120),
                  description: buildOptionalText(line(1, 280)),
                  price: price.nullable().default(null),
                }),
              )
              .max(MAX_SECTION_ITEMS),
          }),
        )
        .min(1, { error: 'Add at least one section' })
        .max(MAX_SECTIONS),
      note: buildOptionalText(line(1, 280)).describe('Such as allergens or a cover charge'),
    }),
  listErrors: ({ sections }) =>
    sections.reduce((count, { items }) => count + items.length, 0) > MAX_ITEMS
      ? [{ path: 'data.sections', message: `Use at most ${MAX_ITEMS} items`, code: 'too_big' }]
      : [],
});
