import { z } from 'zod';
import { defineBlock, buildOptionalText } from '../../definition/schema.ts';
import { currencyCode, price } from '../../money/schema.ts';

export const productBlock = defineBlock({
  url: 'required',
  use: 'link',
  urlDescription: 'Where to buy it',
  title: 'required',
  buildData: (line) =>
    z.strictObject({
      price,
      currency: currencyCode,
      priceBefore: price.nullable().default(null).describe('A higher price that is crossed out'),
      description: buildOptionalText(line(1, 280)),
      soldOut: z.boolean().default(false),
    }),
  listErrors: ({ price: now, priceBefore }) =>
    priceBefore !== null && priceBefore <= now
      ? [{ path: 'data.priceBefore', message: 'Enter a price above the current one', code: 'invalid_price' }]
      : [],
});
