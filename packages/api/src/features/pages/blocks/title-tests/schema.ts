import { z } from 'zod';
import { singleLineSchema } from '../../../../core/text/validation.ts';
import { imageUrl } from '../../schema.ts';

export const titleVariant = z.enum(['a', 'b']).meta({ id: 'TitleVariant' });
export type TitleVariant = z.infer<typeof titleVariant>;

const [MIN_SHARE, MAX_SHARE] = [1, 99];

export const titleTestInput = z
  .strictObject({
    title: singleLineSchema(1, 128).describe('Variant b; a is the title of the block'),
    thumbnailUrl: imageUrl.nullable().default(null).describe('Null for that of the block'),
    share: z
      .number()
      .int()
      .min(MIN_SHARE)
      .max(MAX_SHARE)
      .default(50)
      .describe('How many of a hundred visitors get variant b'),
    id: z.uuid().optional().describe('Only for blocks of an exported page'),
  })
  .meta({ id: 'TitleTestInput' });

export const titleTestOutput = z
  .object({
    id: z.uuid().describe('Each change of the test starts a new one, whose counts begin at zero'),
    title: z.string(),
    thumbnailUrl: z.string().nullable(),
    share: z.number().int(),
  })
  .meta({ id: 'TitleTest' });
export type TitleTest = z.infer<typeof titleTestOutput>;

export const endTitleTestInput = z
  .strictObject({
    id: z.uuid().describe('The id of the block'),
    winner: titleVariant.describe('The title that the block has from now on'),
  })
  .meta({ id: 'EndTitleTestInput' });
