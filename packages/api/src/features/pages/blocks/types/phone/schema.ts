import { defineBlock, noData } from '../../definition/schema.ts';

export const phoneBlock = defineBlock({
  url: 'required',
  use: 'phone',
  urlDescription: 'A number such as `tel:+15550100`',
  buildData: () => noData,
});
