import { z } from 'zod';
import { timestamp } from '../../../core/text/validation.ts';
import { titleVariant } from '../../pages/blocks/title-tests/schema.ts';

const variantCounts = z
  .object({
    variant: titleVariant,
    title: z.string().nullable(),
    thumbnailUrl: z.string().nullable(),
    share: z.number().int().describe('Of a hundred visitors'),
    views: z.number().int().describe('How often a page with this title was viewed'),
    clicks: z.number().int(),
    ctr: z.number().describe('Clicks per view'),
  })
  .meta({ id: 'TitleVariantCounts' });

export const titleTestResultOutput = z
  .object({
    id: z.uuid(),
    firstViewAt: timestamp.nullable(),
    variants: z.array(variantCounts).describe('a and b'),
    verdict: z
      .enum(['collecting', 'undecided', 'decided'])
      .describe(
        '`collecting`: too few views or clicks to say anything; `undecided`: the difference may be chance',
      ),
    winner: titleVariant.nullable().describe('Only if it is decided'),
    pValue: z
      .number()
      .nullable()
      .describe('How likely so large a difference is if both titles are equally good; null while collecting'),
    statement: z.string().describe('The verdict in words, in English'),
  })
  .meta({ id: 'TitleTestResult' });
export type TitleTestResult = z.infer<typeof titleTestResultOutput>;

export const titleTestResultInput = z.strictObject({ id: z.uuid().describe('The id of the block') });
