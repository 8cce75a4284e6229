import { defineBlock, noData } from '../../definition/schema.ts';

export const emailBlock = defineBlock({
  url: 'required',
  use: 'email',
  urlDescription: 'An address such as `mailto:ada@example.com`',
  buildData: () => noData,
});
