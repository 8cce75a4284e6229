import { z } from 'zod';
import { buildAmountUrl } from '../../../pages/blocks/types/support/schema.ts';
import { href } from '../view/schema.ts';
import { checkStoredUrl, defineView, type RowOf } from '../view/content.ts';

function listAmounts({ data, url }: RowOf<'support'>): { amount: number; url: string }[] {
  const { amounts, amountUrl, currency } = data;
  return amounts.flatMap((amount) => {
    const target = amountUrl === null ? url : buildAmountUrl(amountUrl, amount, currency);
    const checked = checkStoredUrl('link', target);
    return checked === null ? [] : [{ amount, url: checked }];
  });
}

export const supportView = defineView<'support'>()({
  data: z.object({
    message: z.string().nullable(),
    currency: z.string(),
    amounts: z.array(
      z
        .object({
          amount: z.number().int().describe('In the smallest unit of the currency'),
          url: z.string(),
          href,
        })
        .meta({ id: 'PublicAmount' }),
    ),
  }),
  toData: (row, { createHref }) => ({
    message: row.data.message,
    currency: row.data.currency,
    amounts: listAmounts(row).map((one, index) => ({ ...one, href: createHref(one.url, index) })),
  }),
  findTarget: (row, index) =>
    index === undefined ? checkStoredUrl('link', row.url) : (listAmounts(row)[index]?.url ?? null),
});
