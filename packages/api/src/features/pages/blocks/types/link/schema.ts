import { z } from 'zod';
import { defineBlock, buildOptionalText } from '../../definition/schema.ts';

export const linkBlock = defineBlock({
  url: 'required',
  use: 'link',
  urlDescription: 'Starts with `https://` or `http://`',
  buildData: (line) => z.strictObject({ description: buildOptionalText(line(1, 280)) }),
});
