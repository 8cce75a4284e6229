import { z } from 'zod';
import { buildOptionalText, defineBlock } from '../../definition/schema.ts';

const MAX_CODE_LENGTH = 64;

export const referralBlock = defineBlock({
  url: 'none',
  noUrlMessage: 'This block has a referral link; choose it with data.code',
  buildData: (line) =>
    z.strictObject({
      message: buildOptionalText(line(1, 280)),
      code: buildOptionalText(line(1, MAX_CODE_LENGTH)).describe(
        "A referral code of one of the workspace's owners; null for the first link of the owner of longest standing",
      ),
    }),
});
