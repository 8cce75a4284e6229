import { z } from 'zod';
import { defineBlock, listUrlErrors, buildOptionalText } from '../../definition/schema.ts';
import { currencyCode, price } from '../../money/schema.ts';
import { buildAmountUrl } from './policy.ts';

export { buildAmountUrl } from './policy.ts';

const MAX_AMOUNTS = 6;

export const supportBlock = defineBlock({
  url: 'required',
  use: 'link',
  urlDescription: 'Where to give any amount',
  buildData: (line) =>
    z.strictObject({
      message: buildOptionalText(line(1, 280)),
      currency: currencyCode.default('USD'),
      amounts: z
        .array(price.min(1))
        .max(MAX_AMOUNTS)
        .default([])
        .describe('Each becomes a button, in the smallest unit of the currency'),
      amountUrl: z
        .string()
        .trim()
        .max(2_048)
        .nullable()
        .default(null)
        .describe('The link of an amount, such as `https://paypal.me/ada/{amount}`; defaults to `url`'),
    }),
  listErrors: ({ amountUrl, currency: code }) => {
    if (amountUrl === null) return [];
    if (!amountUrl.includes('{amount}'))
      return [
        { path: 'data.amountUrl', message: 'Write {amount} where the amount goes', code: 'invalid_url' },
      ];
    return listUrlErrors('data.amountUrl', 'link', buildAmountUrl(amountUrl, 100, code));
  },
});
